import { MultiDirectedGraph } from 'graphology';
import { OrderedMap } from 'immutable';
import type { Batch } from '../../domain/changes.ts';
import { foldChange } from '../../domain/graph.ts';
import type { Graph, GraphHolder, KnownEdge, KnownNode } from '../../domain/graph.ts';
import type { GraphDescription, NeighbourLimits, Neighbourhood } from '../graph-store.ts';
import { countGraph, neighbourhoodOf } from '../read-graph.ts';

interface Held<Item> {
  item: Readonly<Item>;
}

/** A run's newest graph in graphology, changed in place by each batch. */
export class MemoryGraph {
  readonly #graph = new MultiDirectedGraph<Held<KnownNode>, Held<KnownEdge>>();
  readonly #holder = holderOf(this.#graph);
  #revision = 0;

  get revision(): number {
    return this.#revision;
  }

  /** Folds the batch of the next revision in: the work is that of the batch, however large the graph is. */
  fold({ revision, changes }: Batch): void {
    if (revision !== this.#revision + 1) {
      throw new RangeError(`Batch ${revision} does not follow revision ${this.#revision} of the graph.`);
    }
    for (const change of changes) foldChange(this.#holder, change, revision);
    this.#revision = revision;
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
    return {
      revision: this.#revision,
      nodes: OrderedMap(this.#graph.mapNodes((key, { item }) => [key, item] as const)),
      edges: OrderedMap(this.#graph.mapEdges((id, { item }) => [id, item] as const)),
    };
  }

  *#nodes(): Generator<Readonly<KnownNode>> {
    for (const { attributes } of this.#graph.nodeEntries()) yield attributes.item;
  }

  *#edges(): Generator<Readonly<KnownEdge>> {
    for (const { attributes } of this.#graph.edgeEntries()) yield attributes.item;
  }
}

function holderOf(graph: MultiDirectedGraph<Held<KnownNode>, Held<KnownEdge>>): GraphHolder {
  return {
    node: (key) => (graph.hasNode(key) ? graph.getNodeAttribute(key, 'item') : undefined),
    setNode: (item) => void graph.mergeNode(item.key, { item }),
    deleteNode: (key) => {
      if (graph.hasNode(key)) graph.dropNode(key);
    },
    edge: (id) => (graph.hasEdge(id) ? graph.getEdgeAttribute(id, 'item') : undefined),
    setEdge: (id, item) => void graph.mergeEdgeWithKey(id, item.from, item.to, { item }),
    deleteEdge: (id) => {
      if (graph.hasEdge(id)) graph.dropEdge(id);
    },
  };
}
