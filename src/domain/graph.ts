import { OrderedMap } from 'immutable';
import { edgeId } from './changes.ts';
import { EdgesByEnd } from './edges-by-end.ts';
import type { Batch, Change, GraphEdge, GraphNode, PropertyValue } from './changes.ts';
import { edgeOfPart, mergeNode, provenanceOf, sayOfEdge, sayOfNode, splitNode } from './merge.ts';
import type { ChangingGraph, EdgePart, NodePart } from './merge.ts';
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

export interface KnownNode extends GraphNode, Provenance {
  /** What was said under each spelling, in order, the node's own among them; absent while there is no other. */
  merged?: NodePart[];
}
export interface KnownEdge extends GraphEdge, Provenance {
  /** The same, where not all of it was stated between these two keys. */
  merged?: EdgePart[];
}

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
  const changing = { nodes, edges: new EdgesByEnd(edges) };
  for (const change of batch.changes) applyChange(changing, change, batch.revision);
  return { revision: batch.revision, nodes: nodes.asImmutable(), edges: edges.asImmutable() };
}

/** Folds one change into a graph. */
function applyChange(graph: ChangingGraph, change: Change, since: number): void {
  const { nodes, edges } = graph;
  const { source } = change;
  switch (change.op) {
    case 'upsert-node': {
      const { key, labels, properties } = change.node;
      const known = nodes.get(key);
      if (known === undefined) nodes.set(key, { ...copyOf(change.node), ...provenanceOf(properties, source, since) });
      else {
        const { key: spelling, name } = change.as ?? { key, name: String(known.properties['name'] ?? key) };
        nodes.set(key, sayOfNode(known, { key: spelling, name, source, since, labels, properties }));
      }
      break;
    }
    case 'upsert-edge': {
      const { from, to, properties } = change.edge;
      if (!nodes.has(from) || !nodes.has(to)) break;
      const id = edgeId(change.edge);
      const part = { from: change.as?.from ?? from, to: change.as?.to ?? to, source, since, properties };
      const known = edges.get(id);
      edges.set(id, known !== undefined ? sayOfEdge(known, part) : edgeOfPart(change.edge, part));
      break;
    }
    case 'retract-node': {
      nodes.delete(change.key);
      for (const [id] of edges.of(change.key)) edges.delete(id);
      break;
    }
    case 'retract-edge':
      edges.delete(edgeId(change));
      break;
    case 'merge-node':
      mergeNode(graph, change.key, change.into, source);
      break;
    case 'split-node':
      splitNode(graph, change.key, change.spelling);
      break;
  }
}

function copyOf({ key, labels, properties }: GraphNode): GraphNode {
  return { key, labels: [...labels], properties: { ...properties } };
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
  const node = graph.nodes.get(key);
  return node === undefined ? key : nameOfNode(node);
}

export function nameOfNode({ key, properties }: Readonly<KnownNode>): string {
  return String(properties['name'] ?? key);
}
