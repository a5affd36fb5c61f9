import { OrderedMap } from 'immutable';
import { edgeId } from './changes.ts';
import type { Batch, Change, GraphEdge, GraphNode, Properties, PropertyValue } from './changes.ts';
import { normalizeName } from './text.ts';
import { oneLine } from './unseen.ts';

/** A value as it was before it was overwritten. */
export interface EarlierValue {
  property: string;
  value: PropertyValue;
  source: string;
}

/** Where a node or an edge comes from: every source that stated it, in order, and values that later ones replaced. */
export interface Provenance {
  /** Revision of the batch that made it. */
  since: number;
  sources: string[];
  /** The source that last stated each property. */
  stated: Record<string, string>;
  earlier: EarlierValue[];
}

export interface KnownNode extends GraphNode, Provenance {}
export interface KnownEdge extends GraphEdge, Provenance {}

/**
 * A graph at one revision, in memory: the fold of its batches. Iterates in the order in which things became known. It is
 * never changed: the graph of the next revision shares all that stays as it is.
 */
export interface Graph {
  revision: number;
  nodes: OrderedMap<string, Readonly<KnownNode>>;
  /** By {@link edgeId}. */
  edges: OrderedMap<string, Readonly<KnownEdge>>;
}

export function emptyGraph(): Graph {
  return { revision: 0, nodes: OrderedMap(), edges: OrderedMap() };
}

/** The graph with one batch folded into it. On conflict the last value counts; retracting a node retracts its edges. */
export function applyBatch(graph: Graph, batch: Batch): Graph {
  if (batch.base !== graph.revision || batch.revision !== graph.revision + 1) {
    throw new RangeError(
      `Batch ${batch.revision} builds on revision ${batch.base}, but the graph is at revision ${graph.revision}.`,
    );
  }
  const nodes = graph.nodes.asMutable();
  const edges = graph.edges.asMutable();
  const holder = holderOf(nodes, edges);
  for (const change of batch.changes) foldChange(holder, change, batch.revision);
  return { revision: batch.revision, nodes: nodes.asImmutable(), edges: edges.asImmutable() };
}

/** What holds a graph that changes are folded into. */
export interface GraphHolder {
  node(key: string): Readonly<KnownNode> | undefined;
  setNode(node: KnownNode): void;
  /** Takes a node away, and every edge that leaves or reaches it. */
  deleteNode(key: string): void;
  /** @param id see {@link edgeId} */
  edge(id: string): Readonly<KnownEdge> | undefined;
  setEdge(id: string, edge: KnownEdge): void;
  deleteEdge(id: string): void;
}

/** Folds one change of the batch of a revision into what holds the graph. */
export function foldChange(holder: GraphHolder, change: Change, revision: number): void {
  switch (change.op) {
    case 'upsert-node': {
      const { key, labels, properties } = change.node;
      const known = holder.node(key);
      if (known === undefined)
        holder.setNode({ ...copyOf(change.node), ...provenance(properties, change.source, revision) });
      else {
        const more = labels.filter((label) => !known.labels.includes(label));
        holder.setNode({
          ...merged(known, properties, change.source),
          labels: [...known.labels, ...new Set(more)],
        });
      }
      break;
    }
    case 'upsert-edge': {
      const { from, to, properties } = change.edge;
      if (holder.node(from) === undefined || holder.node(to) === undefined) break;
      const id = edgeId(change.edge);
      const known = holder.edge(id);
      if (known !== undefined) holder.setEdge(id, merged(known, properties, change.source));
      else holder.setEdge(id, { ...copyOf(change.edge), ...provenance(properties, change.source, revision) });
      break;
    }
    case 'retract-node':
      holder.deleteNode(change.key);
      break;
    case 'retract-edge':
      holder.deleteEdge(edgeId(change));
      break;
  }
}

/** Maps that may be changed, as what holds a graph. */
function holderOf(nodes: Graph['nodes'], edges: Graph['edges']): GraphHolder {
  return {
    node: (key) => nodes.get(key),
    setNode: (node) => void nodes.set(node.key, node),
    deleteNode: (key) => {
      nodes.delete(key);
      const ending = [...edges].filter(([, { from, to }]) => from === key || to === key);
      for (const [id] of ending) edges.delete(id);
    },
    edge: (id) => edges.get(id),
    setEdge: (id, edge) => void edges.set(id, edge),
    deleteEdge: (id) => void edges.delete(id),
  };
}

function copyOf<T extends { properties: Properties; labels?: string[] }>(item: T): T {
  return { ...item, ...(item.labels ? { labels: [...item.labels] } : {}), properties: { ...item.properties } };
}

function provenance(properties: Properties, source: string, since: number): Provenance {
  const stated = Object.fromEntries(Object.keys(properties).map((property) => [property, source]));
  return { since, sources: [source], stated, earlier: [] };
}

function merged<T extends Readonly<KnownNode> | Readonly<KnownEdge>>(
  known: T,
  properties: Properties,
  source: string,
): T {
  const replaced = Object.entries(properties).flatMap(([property, value]) => {
    // Only its own: every object inherits a `constructor`.
    const earlier = Object.hasOwn(known.properties, property) ? known.properties[property]! : value;
    return earlier === value ? [] : [{ property, value: earlier, source: known.stated[property]! }];
  });
  const stated = Object.fromEntries(Object.keys(properties).map((property) => [property, source]));
  return {
    ...known,
    properties: { ...known.properties, ...properties },
    stated: { ...known.stated, ...stated },
    earlier: [...known.earlier, ...replaced],
    sources: known.sources.includes(source) ? known.sources : [...known.sources, source],
  };
}

/** Node keys by normalised name, as {@link checkExtraction} takes them; of two nodes with one name the first. */
export function knownNames(graph: Graph): Map<string, string> {
  const names = new Map<string, string>();
  for (const node of graph.nodes.values()) {
    const name = normalizeName(String(node.properties['name'] ?? node.key));
    if (!names.has(name)) names.set(name, node.key);
  }
  return names;
}

/** `Barry Wesson —PLAYED_FOR→ Houston Astros`. */
export function describeEdge(graph: Graph, edge: GraphEdge): string {
  return `${describeNode(graph, edge.from)} —${edge.type}→ ${describeNode(graph, edge.to)}`;
}

/** A node's name as facts show it: in quotes where it could be taken for a fact itself. */
export function describeNode(graph: Graph, key: string): string {
  const name = oneLine(displayName(graph, key));
  return /[—→=]|^round \d+:/.test(name) ? JSON.stringify(name) : name;
}

export function displayName(graph: Graph, key: string): string {
  return String(graph.nodes.get(key)?.properties['name'] ?? key);
}
