import { MultiDirectedGraph } from 'graphology';
import type { Batch } from '../../domain/changes.ts';
import type { Graph, KnownEdge, KnownNode } from '../../domain/graph.ts';
import { touchedBy } from '../../domain/touched.ts';
import type { GraphDescription, NeighbourLimits, Neighbourhood } from '../graph-store.ts';
import { countGraph, graphFrom, neighbourhoodOf } from '../read-graph.ts';

interface Held<Item> {
  item: Readonly<Item>;
}

/** A run's newest graph in graphology, changed in place by each batch. */
export class MemoryGraph {
  readonly #graph = new MultiDirectedGraph<Held<KnownNode>, Held<KnownEdge>>();
  #revision = 0;

  get revision(): number {
    return this.#revision;
  }

  /** Makes of it what a batch made of the graph: the work is that of the batch, however large the graph is. */
  follow(before: Graph, after: Graph, batch: Batch): void {
    if (before.revision !== this.#revision) {
      throw new RangeError(`Batch ${batch.revision} does not follow revision ${this.#revision} of the graph.`);
    }
    const graph = this.#graph;
    const touched = touchedBy(before, after, batch.changes);
    for (const id of touched.edges) if (!after.edges.has(id) && graph.hasEdge(id)) graph.dropEdge(id);
    for (const key of touched.nodes) {
      const item = after.nodes.get(key);
      if (item !== undefined) graph.mergeNode(key, { item });
      else if (graph.hasNode(key)) graph.dropNode(key);
    }
    for (const id of touched.edges) {
      const item = after.edges.get(id);
      if (item !== undefined) graph.mergeEdgeWithKey(id, item.from, item.to, { item });
    }
    this.#revision = after.revision;
  }

  describe(): GraphDescription {
    return countGraph(this.#revision, this.#nodes(), this.#edges());
  }

  /** Walks outwards by the edges of each node that is reached, and by no others. */
  neighbours(keys: readonly string[], { hops, nodes: most }: NeighbourLimits): Neighbourhood {
    const graph = this.#graph;
    const reached = new Set(keys.filter((key) => graph.hasNode(key)));
    for (let hop = 0, rim = reached; hop < hops && rim.size > 0; hop += 1) {
      const next = new Set<string>();
      for (const key of rim) {
        graph.forEachNeighbor(key, (other) => {
          if (!reached.has(other)) next.add(other);
        });
      }
      for (const key of next) reached.add(key);
      rim = next;
    }
    const shown = [...reached].slice(0, most);
    const edges: KnownEdge[] = [];
    for (const key of shown) {
      graph.forEachOutEdge(key, (_, { item }) => {
        if (reached.has(item.to)) edges.push(item);
      });
    }
    const nodes = [...reached].map((key) => graph.getNodeAttribute(key, 'item'));
    return neighbourhoodOf(this.#revision, nodes, edges, most);
  }

  /** The graph as it is held, as one that does not change. */
  snapshot(): Graph {
    return graphFrom(this.#revision, [...this.#nodes()], [...this.#edges()]);
  }

  *#nodes(): Generator<Readonly<KnownNode>> {
    for (const { attributes } of this.#graph.nodeEntries()) yield attributes.item;
  }

  *#edges(): Generator<Readonly<KnownEdge>> {
    for (const { attributes } of this.#graph.edgeEntries()) yield attributes.item;
  }
}
