import type { Batch, Change } from './changes.ts';
import { applyBatch, emptyGraph } from './graph.ts';
import type { Graph, KnownEdge, KnownNode } from './graph.ts';
import { runOfSource } from './knowledge.ts';
import { edgeStatements, nodeStatements } from './statements.ts';

/** The knowledge graph as it would be had a run said nothing. */
export function knowledgeWithout(batches: Iterable<Batch>, run: string): Graph {
  let graph = emptyGraph();
  for (const batch of batches) {
    const changes = batch.changes.filter(({ source }) => runOfSource(source) !== run);
    graph = applyBatch(graph, { ...batch, changes });
  }
  return graph;
}

/**
 * Changes that take out of the knowledge graph what only one run has said: nodes, edges and values. What other runs have
 * said of the same things stays, as they said it.
 *
 * @param without see {@link knowledgeWithout}
 */
export function forgetRunChanges(knowledge: Graph, without: Graph, run: string): Change[] {
  const saidByRun = ({ sources }: KnownNode | KnownEdge): boolean =>
    sources.some((source) => runOfSource(source) === run);
  const source = `forget ${run}`;
  const changes: Change[] = [];
  const again: Change[] = [];
  const remade = new Set<string>();
  for (const node of knowledge.nodes.values()) {
    if (!saidByRun(node)) continue;
    remade.add(node.key);
    changes.push({ op: 'retract-node', key: node.key, source });
    const left = without.nodes.get(node.key);
    if (left !== undefined) again.push(...named(node, nodeStatements(left)));
  }
  for (const [id, edge] of knowledge.edges) {
    const { from, to, type, key } = edge;
    const ended = remade.has(from) || remade.has(to);
    if (!ended && !saidByRun(edge)) continue;
    if (!ended) changes.push({ op: 'retract-edge', from, to, type, ...(key === undefined ? {} : { key }), source });
    const left = without.edges.get(id);
    if (left !== undefined) again.push(...edgeStatements(left));
  }
  return [...changes, ...again];
}

/** A node that others speak of keeps its name, whoever named it first. */
function named(node: Readonly<KnownNode>, changes: Change[]): Change[] {
  const [first, ...rest] = changes;
  const name = node.properties['name'];
  if (first?.op !== 'upsert-node' || name === undefined) return changes;
  const properties = { name, ...first.node.properties };
  return [{ ...first, node: { ...first.node, properties } }, ...rest];
}

/** Changes that leave nothing in a graph. Its revisions go on: whoever keeps an older one in memory finds the way. */
export function forgetAllChanges(knowledge: Graph): Change[] {
  const source = 'forget all';
  return [
    // Before their ends: an end would look for its edges.
    ...[...knowledge.edges.values()].map(({ from, to, type, key }): Change => ({
      op: 'retract-edge',
      ...{ from, to, type, ...(key === undefined ? {} : { key }) },
      source,
    })),
    ...[...knowledge.nodes.keys()].map((key): Change => ({ op: 'retract-node', key, source })),
  ];
}
