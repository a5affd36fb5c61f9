import { counted } from './text.ts';

/** The run whose graph is the knowledge graph: no run of a workflow has this name, as theirs hold a `~`. */
export const KNOWLEDGE = 'knowledge';

const RECALLED = `${KNOWLEDGE}: `;

/** A run's source as the knowledge graph names it: `RUN: round 1: …`. What was recalled keeps the source that it had there. */
export function rememberedSource(run: string, source: string): string {
  return source.startsWith(RECALLED) ? source.slice(RECALLED.length) : `${run}: ${source}`;
}

/** A source of the knowledge graph as a run that recalled it names it: `knowledge: RUN: round 1: …`. */
export function recalledSource(source: string): string {
  return `${RECALLED}${source}`;
}

/** The run that a source of the knowledge graph names; undefined when it names none. */
export function runOfSource(source: string): string | undefined {
  return /^([\w.-]+~[\w-]+): /.exec(source)?.[1];
}

/** What a run began with, as a sentence. */
export function recalledText({ nodes, edges }: { nodes: number; edges: number }): string {
  if (nodes === 0) return 'The knowledge graph held nothing about the question.';
  return `Recalled ${counted(edges, 'fact')} about ${counted(nodes, 'thing')} from the knowledge graph.`;
}

/** What a run kept, as a sentence. */
export function rememberedText({ nodes, edges }: { nodes: number; edges: number }): string {
  if (nodes + edges === 0) return 'The knowledge graph held all facts of the run already.';
  return `Remembered ${counted(edges, 'fact')} about ${counted(nodes, 'thing')} in the knowledge graph.`;
}
