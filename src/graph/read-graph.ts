import { OrderedMap } from 'immutable';
import { edgeId } from '../domain/changes.ts';
import type { Graph, KnownEdge, KnownNode } from '../domain/graph.ts';
import type { GraphDescription, NeighbourLimits, Neighbourhood } from './graph-store.ts';

/** How much of what a graph holds, by counting. */
export function describeGraph(graph: Graph): GraphDescription {
  return countGraph(graph.revision, graph.nodes.values(), graph.edges.values());
}

/** How much there is of nodes and edges, whatever holds them. */
export function countGraph(
  revision: number,
  nodes: Iterable<Readonly<KnownNode>>,
  edges: Iterable<Readonly<KnownEdge>>,
): GraphDescription {
  const count = { nodes: 0, edges: 0 };
  const labels = new Map<string, number>();
  for (const node of nodes) {
    count.nodes += 1;
    for (const label of node.labels) labels.set(label, (labels.get(label) ?? 0) + 1);
  }
  const types = new Map<string, number>();
  for (const { type } of edges) {
    count.edges += 1;
    types.set(type, (types.get(type) ?? 0) + 1);
  }
  return {
    revision,
    ...count,
    ...listCounts(labels, types),
  };
}

/** Counts of labels and types in the one order that all back ends give: most first, then by name. */
export function listCounts(
  labels: ReadonlyMap<string, number>,
  types: ReadonlyMap<string, number>,
): Pick<GraphDescription, 'labels' | 'types'> {
  return {
    labels: mostFirst(labels).map(([label, count]) => ({ label, count })),
    types: mostFirst(types).map(([type, count]) => ({ type, count })),
  };
}

function mostFirst(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : a > b ? 1 : 0));
}

/** A graph of what a back end gave. */
export function graphFrom(revision: number, nodes: readonly KnownNode[], edges: readonly KnownEdge[]): Graph {
  return {
    revision,
    nodes: OrderedMap(nodes.map((node) => [node.key, node])),
    edges: OrderedMap(edges.map((edge) => [edgeId(edge), edge])),
  };
}

/** What surrounds nodes of a graph in memory, by walking outwards from them. */
export function neighboursIn(
  graph: Graph,
  keys: readonly string[],
  { hops, nodes: most }: NeighbourLimits,
): Neighbourhood {
  const reached = new Set(keys.filter((key) => graph.nodes.has(key)));
  for (let hop = 0, rim = reached; hop < hops && rim.size > 0; hop += 1) {
    const next = new Set<string>();
    for (const { from, to } of graph.edges.values()) {
      if (rim.has(from) && !reached.has(to)) next.add(to);
      if (rim.has(to) && !reached.has(from)) next.add(from);
    }
    for (const key of next) reached.add(key);
    rim = next;
  }
  return neighbourhoodOf(
    graph.revision,
    [...reached].map((key) => graph.nodes.get(key)!),
    [...graph.edges.values()].filter(({ from, to }) => reached.has(from) && reached.has(to)),
    most,
  );
}

/** A neighbourhood within its limit, of nodes with the edges between them: those of nodes that are left out go with them. */
export function neighbourhoodOf(revision: number, nodes: KnownNode[], edges: KnownEdge[], most: number): Neighbourhood {
  if (nodes.length <= most) return { revision, nodes, edges, truncated: false };
  const shown = nodes.slice(0, most);
  const keys = new Set(shown.map(({ key }) => key));
  return {
    revision,
    nodes: shown,
    edges: edges.filter(({ from, to }) => keys.has(from) && keys.has(to)),
    truncated: true,
  };
}
