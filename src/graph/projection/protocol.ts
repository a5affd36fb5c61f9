import type { GraphEdge, GraphNode } from '../../domain/changes.ts';
import type { QueryRows } from '../graph-store.ts';

/** A graph as it is sent to a query process. */
export interface ProjectionContent {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

/** What a model writes: Cypher, or JavaScript over the graph. Each has a projection of its own kind. */
export type QuestionKind = 'cypher' | 'code';

/** What a query process is asked. */
export interface QueryQuestion {
  kind: QuestionKind;
  /** Names the projection: a run's graph at one revision. */
  projection: string;
  /** The graph itself, when the process does not hold the projection yet. */
  graph?: ProjectionContent;
  /** The Cypher or the code. */
  query: string;
  rows: number;
  /** Until the process is killed: code ends itself a little before that. */
  milliseconds: number;
  memoryBytes: number;
}

/** What it answers; a query at fault is an answer too. */
export type QueryReply = { kind: 'rows'; rows: QueryRows } | { kind: 'error'; error: string };

/** Characters of one cell of an answer. */
export const CELL_CHARACTERS = 2_000;

/** Projections that a process holds at once; the least recently used goes first. */
export const PROJECTIONS = 16;

/** Under which name a process holds a projection. */
export function heldName({ kind, projection }: Pick<QueryQuestion, 'kind' | 'projection'>): string {
  return `${kind} ${projection}`;
}

/** How errors speak of what was asked. */
export const WORDS = {
  cypher: { noun: 'query', less: 'match less, or bound the path length', smaller: 'match less, or return fewer rows' },
  code: { noun: 'code', less: 'do less, and end every loop', smaller: 'hold less at once, and end every loop' },
} as const satisfies Record<QuestionKind, { noun: string; less: string; smaller: string }>;

/** What a query or code is told that is ended for its time. */
export function tookTooLong(kind: QuestionKind, milliseconds: number): string {
  return `The ${WORDS[kind].noun} took longer than ${milliseconds / 1000} seconds: ${WORDS[kind].less}.`;
}

/** What a query or code is told that is ended for its memory. */
export function tookTooMuch(kind: QuestionKind): string {
  return `The ${WORDS[kind].noun} took too much memory: ${WORDS[kind].smaller}.`;
}
