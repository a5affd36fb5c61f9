import type { OrderedMap } from 'immutable';
import type { KnownEdge } from './graph.ts';

/**
 * The edges of a graph that is being changed. Those of a node are found by walking over all edges once: whoever merges, splits
 * or retracts many nodes walks no more often.
 */
export class EdgesByEnd {
  /** May be changed; by {@link edgeId}. */
  readonly #edges: OrderedMap<string, Readonly<KnownEdge>>;
  /** Ids of each node's edges, in the order of the map. */
  #ids: Map<string, Set<string>> | undefined;

  constructor(edges: OrderedMap<string, Readonly<KnownEdge>>) {
    this.#edges = edges;
  }

  get(id: string): Readonly<KnownEdge> | undefined {
    return this.#edges.get(id);
  }

  set(id: string, edge: Readonly<KnownEdge>): void {
    this.#edges.set(id, edge);
    if (this.#ids !== undefined) note(this.#ids, id, edge);
  }

  delete(id: string): void {
    const edge = this.#ids === undefined ? undefined : this.#edges.get(id);
    this.#edges.delete(id);
    if (edge === undefined) return;
    this.#ids!.get(edge.from)?.delete(id);
    this.#ids!.get(edge.to)?.delete(id);
  }

  /** The edges that leave or reach a node, as they are now. */
  of(key: string): [id: string, edge: Readonly<KnownEdge>][] {
    if (this.#ids === undefined) {
      this.#ids = new Map();
      for (const [id, edge] of this.#edges) note(this.#ids, id, edge);
    }
    return [...(this.#ids.get(key) ?? [])].map((id) => [id, this.#edges.get(id)!]);
  }
}

function note(ids: Map<string, Set<string>>, id: string, { from, to }: Readonly<KnownEdge>): void {
  for (const key of from === to ? [from] : [from, to]) {
    const own = ids.get(key);
    if (own === undefined) ids.set(key, new Set([id]));
    else own.add(id);
  }
}
