import type { Batch, Change, Properties, PropertyValue } from '../domain/changes.ts';
import { edgeId } from '../domain/changes.ts';
import { applyBatch, displayName, emptyGraph } from '../domain/graph.ts';
import type { Graph, KnownEdge, KnownNode } from '../domain/graph.ts';
import { spellingsOf } from '../domain/merge.ts';

/** A node as a difference names it. */
export interface DifferingNode {
  key: string;
  /** The name as it was first written. */
  name: string;
  labels: string[];
  properties: Properties;
}

/** An edge as a difference names it. */
export interface DifferingEdge {
  from: string;
  /** Name of the node that the edge leaves. */
  fromName: string;
  to: string;
  /** Name of the node that the edge reaches. */
  toName: string;
  type: string;
  key?: string;
  properties: Properties;
}

/** A property that was stated, changed, or lost with a retraction, of a node or an edge that was there before. */
export interface ChangedProperty {
  of: { node: DifferingNode } | { edge: DifferingEdge };
  property: string;
  /** Absent when the property was not stated before. */
  before?: PropertyValue;
  /** Absent when the property is not stated any more. */
  after?: PropertyValue;
  /** The tool call that the later value rests on. */
  source: string;
}

/** What happened to a run's graph between two revisions, each thing with the tool call that it rests on. */
export interface GraphDifference {
  from: number;
  to: number;
  added: { nodes: (DifferingNode & { sources: string[] })[]; edges: (DifferingEdge & { sources: string[] })[] };
  changed: ChangedProperty[];
  /** Labels that nodes of before were given, or lost with a retraction. */
  labels: { node: DifferingNode; label: string; added: boolean; source: string }[];
  retracted: { nodes: (DifferingNode & { source: string })[]; edges: (DifferingEdge & { source: string })[] };
  /** Other spellings under which nodes became known, or that were nodes of their own before; their edges have moved along. */
  merged: { node: DifferingNode; name: string; source: string }[];
  /** Spellings that are nodes of their own again. */
  split: { node: DifferingNode; from: string; source: string }[];
}

/**
 * Compares a run's graph at two revisions. A source is the last change that had this outcome.
 *
 * @param before the graph at the earlier revision, which stays as it is
 * @param batches those after it, in their order, up to the later revision
 */
export function differenceOf(before: Graph, batches: Iterable<Batch>): GraphDifference {
  let after = before;
  const sources = new LastSources();
  for (const batch of batches) {
    for (const change of batch.changes) sources.add(change);
    after = applyBatch(after, batch);
  }
  const difference: GraphDifference = {
    from: before.revision,
    to: after.revision,
    added: { nodes: [], edges: [] },
    changed: [],
    labels: [],
    retracted: { nodes: [], edges: [] },
    merged: [],
    split: [],
  };
  const [spelledBefore, spelledAfter] = [spelledIn(before), spelledIn(after)];
  const [movedBefore, movedAfter] = [statedIn(before), statedIn(after)];
  for (const [key, node] of after.nodes) {
    const earlier = before.nodes.get(key);
    const named = nodeOf(after, node);
    for (const { key: spelling, name, source } of spellingsOf(node)) {
      if (spelledBefore.get(spelling) !== key) difference.merged.push({ node: named, name, source });
    }
    const from = spelledBefore.get(key);
    if (earlier === undefined && from !== undefined) {
      difference.split.push({ node: named, from: displayName(before, from), source: sources.ofNode(key) });
    } else if (earlier === undefined) difference.added.nodes.push({ ...named, sources: node.sources });
    else {
      difference.changed.push(...changedProperties({ node: named }, earlier, node, sources.ofNode(key)));
      for (const label of new Set([...earlier.labels, ...node.labels])) {
        const added = node.labels.includes(label);
        if (added === earlier.labels.includes(label)) continue;
        const source = added ? sources.ofLabel(key, label) : sources.ofNode(key);
        difference.labels.push({ node: named, label, added, source });
      }
    }
  }
  for (const [id, edge] of after.edges) {
    const earlier = before.edges.get(id);
    const named = edgeOf(after, edge);
    if (earlier === undefined) {
      const moved = movedBefore.has(id) || partsOf(edge).every((part) => before.edges.has(part));
      if (!moved) difference.added.edges.push({ ...named, sources: edge.sources });
    } else difference.changed.push(...changedProperties({ edge: named }, earlier, edge, sources.ofEdge(edge)));
  }
  for (const [key, node] of before.nodes) {
    if (!after.nodes.has(key) && !spelledAfter.has(key)) {
      difference.retracted.nodes.push({ ...nodeOf(before, node), source: sources.ofNode(key) });
    }
  }
  for (const [id, edge] of before.edges) {
    if (!after.edges.has(id) && !movedAfter.has(id) && !partsOf(edge).every((part) => after.edges.has(part))) {
      difference.retracted.edges.push({ ...edgeOf(before, edge), source: sources.ofEdge(edge) });
    }
  }
  return difference;
}

/** The graph after `batches`, which begin with the first. */
export function foldBatches(batches: Iterable<Batch>): Graph {
  let graph = emptyGraph();
  for (const batch of batches) graph = applyBatch(graph, batch);
  return graph;
}

/** True when nothing that a difference shows has happened. */
export function isEmptyDifference({ added, changed, labels, retracted, merged, split }: GraphDifference): boolean {
  const lists = [added.nodes, added.edges, changed, labels, retracted.nodes, retracted.edges, merged, split];
  return lists.every((list) => list.length === 0);
}

/** The node of which a key is another spelling, by that key. */
function spelledIn(graph: Graph): Map<string, string> {
  const spelled = new Map<string, string>();
  for (const node of graph.nodes.values()) {
    if (node.merged !== undefined) for (const { key } of spellingsOf(node)) spelled.set(key, node.key);
  }
  return spelled;
}

/** Ids that edges had, or would have, between the keys that they were stated between. */
function statedIn(graph: Graph): Set<string> {
  return new Set([...graph.edges.values()].flatMap((edge) => (edge.merged === undefined ? [] : partsOf(edge))));
}

function partsOf(edge: KnownEdge): string[] {
  return (edge.merged ?? [edge]).map(({ from, to }) => edgeId({ ...edge, from, to }));
}

function changedProperties(
  of: ChangedProperty['of'],
  before: KnownNode | KnownEdge,
  after: KnownNode | KnownEdge,
  lastSource: string,
): ChangedProperty[] {
  const names = new Set([...Object.keys(before.properties), ...Object.keys(after.properties)]);
  return [...names].flatMap((property) => {
    const was = ownValue(before.properties, property);
    const is = ownValue(after.properties, property);
    if (was === is) return [];
    return {
      of,
      property,
      ...(was === undefined ? {} : { before: was }),
      ...(is === undefined ? {} : { after: is }),
      source: is === undefined ? lastSource : after.stated[property]!,
    };
  });
}

/** Only its own: every object inherits a `constructor`. */
function ownValue(properties: Properties, property: string): PropertyValue | undefined {
  return Object.hasOwn(properties, property) ? properties[property] : undefined;
}

function nodeOf(graph: Graph, { key, labels, properties }: KnownNode): DifferingNode {
  return { key, name: displayName(graph, key), labels, properties };
}

function edgeOf(graph: Graph, { from, to, type, key, properties }: KnownEdge): DifferingEdge {
  const ends = { from, fromName: displayName(graph, from), to, toName: displayName(graph, to) };
  return { ...ends, type, ...(key === undefined ? {} : { key }), properties };
}

/** Which change last touched a node, a label or an edge: of what was retracted, a graph remembers nothing. */
class LastSources {
  readonly #last = new Map<string, { turn: number; source: string }>();
  #turn = 0;

  add(change: Change): void {
    this.#turn += 1;
    switch (change.op) {
      case 'upsert-node':
        this.#set(['node', change.node.key], change.source);
        for (const label of change.node.labels) this.#set(['label', change.node.key, label], change.source);
        break;
      case 'retract-node':
        this.#set(['node', change.key], change.source);
        this.#set(['retracted', change.key], change.source);
        break;
      case 'upsert-edge':
        this.#set(['edge', edgeId(change.edge)], change.source);
        break;
      case 'retract-edge':
        this.#set(['edge', edgeId(change)], change.source);
        break;
      case 'merge-node':
        this.#set(['node', change.key], change.source);
        this.#set(['node', change.into], change.source);
        this.#set(['retracted', change.key], change.source);
        break;
      case 'split-node':
        this.#set(['node', change.key], change.source);
        this.#set(['node', change.spelling], change.source);
        break;
    }
  }

  ofNode(key: string): string {
    return this.#latest(['node', key]);
  }

  ofLabel(key: string, label: string): string {
    return this.#latest(['label', key, label]);
  }

  /** An edge also goes with either of its ends. */
  ofEdge(edge: { from: string; to: string; type: string; key?: string }): string {
    return this.#latest(['edge', edgeId(edge)], ['retracted', edge.from], ['retracted', edge.to]);
  }

  #set(what: string[], source: string): void {
    this.#last.set(JSON.stringify(what), { turn: this.#turn, source });
  }

  #latest(...whats: string[][]): string {
    const found = whats.flatMap((what) => this.#last.get(JSON.stringify(what)) ?? []);
    return found.sort((a, b) => b.turn - a.turn)[0]?.source ?? '';
  }
}
