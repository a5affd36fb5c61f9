import neo4j from 'neo4j-driver';
import type { Properties, PropertyValue } from '../../domain/changes.ts';
import type { KnownEdge, KnownNode, Provenance } from '../../domain/graph.ts';

/** Labels and property names of our own begin with one underscore: those of a graph that begin so get another. */
const OWN = '_';

/** The label of every node of a run. */
export const NODE_LABEL = '_Node';
/** The label of the node that says at which revision a run's graph is. */
export const GRAPH_LABEL = '_Graph';

/** What the server keeps of a node or an edge, by property. */
type Stored = Record<string, unknown>;

/** A label or a property's name as the server holds it, apart from those of our own. */
export function escapeName(name: string): string {
  return name.startsWith(OWN) ? OWN + name : name;
}

function unescapeName(name: string): string {
  return name.startsWith(OWN) ? name.slice(OWN.length) : name;
}

function isOwn(name: string): boolean {
  return name.startsWith(OWN) && !name.startsWith(OWN + OWN);
}

/** What a changed node is to be. */
export interface NodeRow {
  key: string;
  labels: string[];
  /** Labels that it has no more. */
  goneLabels: string[];
  properties: Stored;
}

export function nodeRow(run: string, node: KnownNode, before: KnownNode): NodeRow {
  const { key } = node;
  const goneLabels = before.labels.filter((label) => !node.labels.includes(label)).map(escapeName);
  const properties = { _run: run, ...shared(node), ...nodeProperties(node), _key: key };
  return { key, labels: node.labels.map(escapeName), goneLabels, properties };
}

/** What names an edge, and what a changed one is to be. */
export interface EdgeRow {
  from: string;
  to: string;
  type: string;
  /** Empty for an edge without a key. */
  key: string;
  properties: Stored;
}

export function edgeRow(run: string, edge: KnownEdge): EdgeRow {
  const { from, to, type, key = '' } = edge;
  return { from, to, type, key, properties: { _run: run, ...shared(edge), ...edgeProperties(edge) } };
}

/** What several new nodes or edges have in common, once, and what each has of its own. */
export interface NewItems<Item extends unknown[]> {
  /** Of nodes. */
  labels?: string[];
  /** Of edges. */
  type?: string;
  /** Properties. */
  shared: Stored;
  items: Item[];
}

export function newNodes(nodes: readonly KnownNode[]): NewItems<[key: string, Stored]>[] {
  return grouped(
    nodes,
    ({ labels }) => labels,
    (labels) => ({ labels: labels.map(escapeName) }),
    (node) => [node.key, nodeProperties(node)],
  );
}

export function newEdges(edges: readonly KnownEdge[]): NewItems<[from: string, to: string, Stored]>[] {
  return grouped(
    edges,
    ({ type }) => [type],
    ([type]) => ({ type: type! }),
    (edge) => [edge.from, edge.to, edgeProperties(edge)],
  );
}

function grouped<Known extends KnownNode | KnownEdge, Item extends unknown[]>(
  all: readonly Known[],
  namesOf: (known: Known) => readonly string[],
  head: (names: readonly string[]) => { labels: string[] } | { type: string },
  itemOf: (known: Known) => Item,
): NewItems<Item>[] {
  const groups = new Map<string, NewItems<Item>>();
  for (const known of all) {
    const names = namesOf(known);
    const id = JSON.stringify([names, known.since, known.sources[0]]);
    const group = groups.get(id) ?? { ...head(names), shared: shared(known), items: [] };
    group.items.push(itemOf(known));
    groups.set(id, group);
  }
  return [...groups.values()];
}

/** Properties of our own that many have alike. */
function shared({ since, sources }: Provenance): Stored {
  return { _since: neo4j.int(since), _source: sources[0] };
}

function nodeProperties(node: KnownNode): Stored {
  const properties = propertiesOf(node);
  // The server keeps labels in no order.
  if (node.labels.length > 1) properties['_labels'] = node.labels.map(escapeName);
  return properties;
}

function edgeProperties(edge: KnownEdge): Stored {
  const properties = propertiesOf(edge);
  if (edge.key !== undefined) properties['_key'] = edge.key;
  return properties;
}

function propertiesOf(item: KnownNode | KnownEdge): Stored {
  const stored: Stored = {};
  for (const [name, value] of Object.entries(item.properties)) stored[escapeName(name)] = toServer(value);
  const details = detailsOf(item);
  if (details !== undefined) stored['_details'] = details;
  return stored;
}

/** What the first source alone does not say; mostly nothing: then it stated all there is. */
function detailsOf(item: KnownNode | KnownEdge): string | undefined {
  const { stated, earlier, sources, merged } = item;
  const plain =
    sources.length === 1 &&
    earlier.length === 0 &&
    merged === undefined &&
    Object.values(stated).every((by) => by === sources[0]);
  return plain ? undefined : JSON.stringify({ sources, stated, earlier, merged });
}

/** Whole numbers as integers, so that they read as such; all others as the doubles that they are. */
function toServer(value: PropertyValue): unknown {
  return typeof value === 'number' && Number.isSafeInteger(value) ? neo4j.int(value) : value;
}

/** @param labels those of our own among them */
export function knownNode(labels: readonly string[], stored: Stored): KnownNode {
  const ordered = (stored['_labels'] as string[] | undefined) ?? labels.filter((label) => !isOwn(label));
  return known({ key: stored['_key'] as string, labels: ordered.map(unescapeName) }, stored);
}

export function knownEdge({ from, to, type }: { from: string; to: string; type: string }, stored: Stored): KnownEdge {
  const key = stored['_key'] as string | undefined;
  return known(key === undefined ? { from, to, type } : { from, to, type, key }, stored);
}

type Known = Provenance & { properties: Properties };

/** Adds what the server keeps of it to a node or an edge: in place, since a read has many. */
function known<Head extends object>(head: Head, stored: Stored): Head & Known {
  const properties: Properties = {};
  const stated: Record<string, string> = {};
  const source = stored['_source'] as string;
  for (const name in stored) {
    if (isOwn(name)) continue;
    setOwn(properties, unescapeName(name), stored[name] as PropertyValue);
    setOwn(stated, unescapeName(name), source);
  }
  const item = head as Head & Known;
  item.properties = properties;
  item.since = stored['_since'] as number;
  item.sources = [source];
  item.stated = stated;
  item.earlier = [];
  const details = stored['_details'] as string | undefined;
  return details === undefined ? item : Object.assign(item, JSON.parse(details) as Partial<Known>);
}

/** Whatever the name: one alone means something else to an assignment. */
function setOwn<T>(target: Record<string, T>, name: string, value: T): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, ...ORDINARY });
  else target[name] = value;
}

const ORDINARY = { writable: true, enumerable: true, configurable: true };
