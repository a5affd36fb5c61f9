import { edgeId } from './changes.ts';
import type { Batch, GraphEdge, GraphNode, PropertyValue } from './changes.ts';
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

/** A graph at one revision, in memory: the fold of its batches. Iterates in the order in which things became known. */
export interface Graph {
  revision: number;
  nodes: Map<string, KnownNode>;
  /** By {@link edgeId}. */
  edges: Map<string, KnownEdge>;
}

export function emptyGraph(): Graph {
  return { revision: 0, nodes: new Map(), edges: new Map() };
}

/** Folds one batch into `graph`, in place. On conflict the last value counts; retracting a node retracts its edges. */
export function applyBatch(graph: Graph, batch: Batch): void {
  if (batch.base !== graph.revision || batch.revision !== graph.revision + 1) {
    throw new RangeError(
      `Batch ${batch.revision} builds on revision ${batch.base}, but the graph is at revision ${graph.revision}.`,
    );
  }
  for (const change of batch.changes) {
    switch (change.op) {
      case 'upsert-node': {
        const node = graph.nodes.get(change.node.key);
        if (node === undefined) {
          graph.nodes.set(change.node.key, {
            ...structuredCopy(change.node),
            ...provenance(change.node.properties, change.source, batch.revision),
          });
        } else {
          for (const label of change.node.labels) if (!node.labels.includes(label)) node.labels.push(label);
          merge(node, change.node.properties, change.source);
        }
        break;
      }
      case 'upsert-edge': {
        const id = edgeId(change.edge);
        const edge = graph.edges.get(id);
        if (!graph.nodes.has(change.edge.from) || !graph.nodes.has(change.edge.to)) break;
        if (edge === undefined) {
          graph.edges.set(id, {
            ...structuredCopy(change.edge),
            ...provenance(change.edge.properties, change.source, batch.revision),
          });
        } else merge(edge, change.edge.properties, change.source);
        break;
      }
      case 'retract-node':
        graph.nodes.delete(change.key);
        for (const [id, edge] of graph.edges) {
          if (edge.from === change.key || edge.to === change.key) graph.edges.delete(id);
        }
        break;
      case 'retract-edge':
        graph.edges.delete(edgeId(change));
        break;
    }
  }
  graph.revision = batch.revision;
}

function structuredCopy<T extends { properties: Record<string, PropertyValue>; labels?: string[] }>(item: T): T {
  return { ...item, ...(item.labels ? { labels: [...item.labels] } : {}), properties: { ...item.properties } };
}

function provenance(properties: GraphNode['properties'], source: string, since: number): Provenance {
  const stated = Object.fromEntries(Object.keys(properties).map((property) => [property, source]));
  return { since, sources: [source], stated, earlier: [] };
}

function merge(item: GraphEdge & Provenance, properties: GraphEdge['properties'], source: string): void;
function merge(item: GraphNode & Provenance, properties: GraphNode['properties'], source: string): void;
function merge(item: (GraphNode | GraphEdge) & Provenance, properties: GraphNode['properties'], source: string): void {
  for (const [property, value] of Object.entries(properties)) {
    // Only its own: every object inherits a `constructor`.
    const earlier = Object.hasOwn(item.properties, property) ? item.properties[property] : undefined;
    if (earlier !== undefined && earlier !== value) {
      item.earlier.push({ property, value: earlier, source: item.stated[property]! });
    }
    item.properties[property] = value;
    item.stated[property] = source;
  }
  if (!item.sources.includes(source)) item.sources.push(source);
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
