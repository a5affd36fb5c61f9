import { edgeId } from '../domain/changes.ts';
import type { Graph, KnownEdge, KnownNode } from '../domain/graph.ts';
import { toCypherScript } from './cypher.ts';
import { drawGraph, toDot } from './picture.ts';

/** How a graph can be written down. */
export const GRAPH_FORMATS = ['svg', 'json', 'cypher', 'dot'] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

/** A graph with all that is known of where it comes from, in an order that depends on nothing but its content. */
export interface GraphDocument {
  revision: number;
  nodes: KnownNode[];
  edges: KnownEdge[];
}

export function toDocument(graph: Graph): GraphDocument {
  const sorted = <T>(items: ReadonlyMap<string, T>): T[] =>
    [...items].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, item]) => item);
  const edges = new Map([...graph.edges.values()].map((edge) => [edgeId(edge), edge]));
  return { revision: graph.revision, nodes: sorted(new Map(graph.nodes)), edges: sorted(edges) };
}

/** The graph's text in a format: all of it, but for a picture, which shows the newest of too many nodes. */
export async function exportGraph(graph: Graph, format: GraphFormat): Promise<string> {
  switch (format) {
    case 'svg':
      return drawGraph(graph);
    case 'json':
      return `${JSON.stringify(toDocument(graph), null, 2)}\n`;
    case 'cypher':
      return toCypherScript(graph);
    case 'dot':
      return `${toDot(graph, Infinity)}\n`;
  }
}
