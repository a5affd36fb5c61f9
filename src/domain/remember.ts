import { edgeId } from './changes.ts';
import type { Change, Properties } from './changes.ts';
import { knownNames } from './graph.ts';
import type { Graph, KnownEdge, KnownNode } from './graph.ts';
import { rememberedSource, runOfSource } from './knowledge.ts';
import { edgeStatements, nodeStatements } from './statements.ts';
import { normalizeName } from './text.ts';

/** Whether the knowledge graph holds anything that a run has said. */
export function isRemembered(knowledge: Graph, run: string): boolean {
  const says = ({ sources }: { sources: readonly string[] }): boolean =>
    sources.some((source) => runOfSource(source) === run);
  return knowledge.nodes.some(says) || knowledge.edges.some(says);
}

/**
 * What a run's graph adds to the knowledge graph, each thing with its source. What is there under the same name is the same
 * thing; what is there with the same value only gains the source.
 */
export function rememberChanges(knowledge: Graph, own: Graph, run: string): Change[] {
  const names = knownNames(knowledge);
  const keys = new Map<string, string>();
  const changes: Change[] = [];
  for (const node of own.nodes.values()) {
    const there = knowledge.nodes.has(node.key) ? node.key : names.get(normalizeName(nameOf(node)));
    const key = there ?? node.key;
    keys.set(node.key, key);
    for (const change of nodeStatements(node)) {
      if (change.op !== 'upsert-node') continue;
      const source = rememberedSource(run, change.source);
      const properties = news(knowledge.nodes.get(key), change.node.properties, source);
      if (properties === undefined) continue;
      if (there !== undefined) delete properties['name'];
      changes.push({ op: 'upsert-node', node: { key, labels: [...node.labels], properties }, source });
    }
  }
  for (const edge of own.edges.values()) {
    const ends = { from: keys.get(edge.from)!, to: keys.get(edge.to)! };
    for (const change of edgeStatements(edge)) {
      if (change.op !== 'upsert-edge') continue;
      const source = rememberedSource(run, change.source);
      const properties = news(knowledge.edges.get(edgeId({ ...edge, ...ends })), change.edge.properties, source);
      if (properties === undefined) continue;
      changes.push({ op: 'upsert-edge', edge: { ...change.edge, ...ends, properties }, source });
    }
  }
  return changes;
}

/** The properties of a statement that are new; undefined when all of it is known, from this source. */
function news(
  known: Readonly<KnownNode> | Readonly<KnownEdge> | undefined,
  properties: Properties,
  source: string,
): Properties | undefined {
  if (known?.sources.includes(source) === true) return undefined;
  const there: Properties = known?.properties ?? {};
  return Object.fromEntries(
    Object.entries(properties).filter(([name, value]) => !Object.hasOwn(there, name) || there[name] !== value),
  );
}

function nameOf(node: Readonly<KnownNode>): string {
  return String(node.properties['name'] ?? node.key);
}
