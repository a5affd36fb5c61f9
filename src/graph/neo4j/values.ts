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

export interface NodeRow {
  key: string;
  labels: string[];
  /** Labels that it has no more. */
  goneLabels: string[];
  properties: Stored;
}

export function nodeRow(run: string, node: KnownNode, before?: KnownNode): NodeRow {
  const { key } = node;
  const labels = node.labels.map(escapeName);
  const goneLabels = (before?.labels ?? []).filter((label) => !node.labels.includes(label)).map(escapeName);
  // The server keeps labels in no order.
  const order = labels.length > 1 ? { _labels: labels } : {};
  return { key, labels, goneLabels, properties: { ...storedOf(run, node), ...order, _key: key } };
}

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
  return { from, to, type, key, properties: { ...storedOf(run, edge), ...(key === '' ? {} : { _key: key }) } };
}

function storedOf(run: string, item: KnownNode | KnownEdge): Stored {
  const { properties, since, sources } = item;
  const stored: Stored = { _run: run, _since: neo4j.int(since), _source: sources[0] };
  for (const [name, value] of Object.entries(properties)) stored[escapeName(name)] = toServer(value);
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
  return {
    key: String(stored['_key']),
    labels: ordered.map(unescapeName),
    ...knownOf(stored),
  };
}

export function knownEdge({ from, to, type }: { from: string; to: string; type: string }, stored: Stored): KnownEdge {
  const key = stored['_key'] as string | undefined;
  return { from, to, type, ...(key === undefined ? {} : { key }), ...knownOf(stored) };
}

function knownOf(stored: Stored): Provenance & { properties: Properties } {
  const properties: [string, PropertyValue][] = [];
  for (const name in stored) {
    if (!isOwn(name)) properties.push([unescapeName(name), stored[name] as PropertyValue]);
  }
  const source = String(stored['_source']);
  const details = stored['_details'];
  return {
    properties: Object.fromEntries(properties),
    since: Number(stored['_since']),
    sources: [source],
    stated: Object.fromEntries(properties.map(([name]) => [name, source])),
    earlier: [],
    ...(typeof details === 'string' ? (JSON.parse(details) as Partial<Provenance>) : {}),
  };
}
