import { edgeId } from './changes.ts';
import type { Change } from './changes.ts';
import type { Graph } from './graph.ts';

/** What of a graph a batch may have changed. */
export interface Touched {
  /** Keys of nodes that were made, changed or ended. */
  nodes: Set<string>;
  /** See {@link edgeId}; edges that were made, changed or ended. */
  edges: Set<string>;
}

/**
 * What differs between a graph before and after a batch: every key and every edge id whose node or edge is not the same in
 * both. Costs as much as the batch is long; a batch that ends or moves nodes costs a walk over the edges besides.
 */
export function touchedBy(before: Graph, after: Graph, changes: readonly Change[]): Touched {
  const nodes = new Set<string>();
  const edges = new Set<string>();
  /** Nodes whose edges go with them. */
  const moved = new Set<string>();
  for (const change of changes) {
    switch (change.op) {
      case 'upsert-node':
        nodes.add(change.node.key);
        break;
      case 'upsert-edge':
        edges.add(edgeId(change.edge));
        break;
      case 'retract-node':
        moved.add(change.key);
        break;
      case 'merge-node':
        moved.add(change.key).add(change.into);
        break;
      case 'split-node':
        moved.add(change.key).add(change.spelling);
        break;
      case 'retract-edge':
        edges.add(edgeId(change));
        break;
    }
  }
  for (const key of moved) nodes.add(key);
  if (moved.size > 0) {
    for (const graph of [before, after]) {
      for (const [id, { from, to }] of graph.edges) if (moved.has(from) || moved.has(to)) edges.add(id);
    }
  }
  return {
    nodes: new Set([...nodes].filter((key) => before.nodes.get(key) !== after.nodes.get(key))),
    edges: new Set([...edges].filter((id) => before.edges.get(id) !== after.edges.get(id))),
  };
}
