import { edgeId } from './changes.ts';
import type { Properties } from './changes.ts';
import type { EdgesByEnd } from './edges-by-end.ts';
import type { EarlierValue, Graph, KnownEdge, KnownNode, Provenance } from './graph.ts';

/** What was said of a node of which several spellings are known, under one of them: a node as it was, or one statement. */
export interface NodePart {
  /** The key that the spelling has, or would have, as a node of its own. */
  key: string;
  /** The name as it was spelled. */
  name: string;
  source: string;
  /** Revision of the batch that said so. */
  since: number;
  /** The node as it was when it was merged. */
  node?: Readonly<KnownNode>;
  /** What a statement said; absent with `node`. */
  labels?: string[];
  properties?: Properties;
}

/** The same of an edge: between which keys it was stated. */
export interface EdgePart {
  from: string;
  to: string;
  source: string;
  since: number;
  edge?: Readonly<KnownEdge>;
  properties?: Properties;
}

/** Another spelling of a node. */
export interface KnownSpelling {
  key: string;
  name: string;
  source: string;
  since: number;
}

/** The other spellings of a node, in the order in which they became known; those of merged nodes among them. */
export function spellingsOf({ key, merged = [] }: Pick<KnownNode, 'key' | 'merged'>): KnownSpelling[] {
  const spellings = new Map<string, KnownSpelling>();
  for (const part of merged) {
    if (part.key !== key && !spellings.has(part.key)) {
      spellings.set(part.key, { key: part.key, name: part.name, source: part.source, since: part.since });
    }
    for (const inner of part.node === undefined ? [] : spellingsOf(part.node)) {
      if (!spellings.has(inner.key)) spellings.set(inner.key, inner);
    }
  }
  return [...spellings.values()];
}

/** The node with one more thing said of it. What is said under another spelling keeps the name, and is kept apart besides. */
export function sayOfNode(node: Readonly<KnownNode>, part: NodePart): Readonly<KnownNode> {
  const own = part.key === node.key;
  const said = part.node ?? {
    labels: part.labels ?? [],
    ...provenanceOf(part.properties ?? {}, part.source, part.since),
    properties: part.properties ?? {},
  };
  const labels = [...node.labels, ...new Set(said.labels.filter((label) => !node.labels.includes(label)))];
  const next = { ...united(node, said, own ? undefined : 'name'), labels };
  if (own && node.merged === undefined) return next;
  const merged = node.merged ?? [partOfNode(node, node.sources[0]!)];
  return { ...next, merged: [...merged, part] };
}

export function sayOfEdge(edge: Readonly<KnownEdge>, part: EdgePart): Readonly<KnownEdge> {
  const said = part.edge ?? {
    ...provenanceOf(part.properties ?? {}, part.source, part.since),
    properties: part.properties ?? {},
  };
  const next = united(edge, said);
  if (edge.merged === undefined && part.from === edge.from && part.to === edge.to) return next;
  return { ...next, merged: [...partsOfEdge(edge), part] };
}

/** An edge that is first stated by a part: it reaches from `from` to `to`, whatever keys the part named. */
export function edgeOfPart(edge: { from: string; to: string; type: string; key?: string }, part: EdgePart): KnownEdge {
  const { from, to, type, key } = edge;
  const ends = { from, to, type, ...(key === undefined ? {} : { key }) };
  const properties = { ...part.properties };
  const made = part.edge ?? { ...ends, properties, ...provenanceOf(properties, part.source, part.since) };
  const own = part.from === from && part.to === to;
  return own ? made : { ...made, ...ends, merged: [part] };
}

/** Who says what now, of something that one source states. */
export function provenanceOf(properties: Properties, source: string, since: number): Provenance {
  const stated = Object.fromEntries(Object.keys(properties).map((property) => [property, source]));
  return { since, sources: [source], stated, earlier: [] };
}

/** Last values count, what they replace is kept with its source. */
function united<T extends Readonly<KnownNode> | Readonly<KnownEdge>>(
  known: T,
  said: Provenance & { properties: Properties },
  left?: string,
): T {
  const given = Object.entries(said.properties).filter(([property]) => property !== left);
  const replaced = given.flatMap(([property, value]): EarlierValue[] => {
    // Only its own: every object inherits a `constructor`.
    const earlier = Object.hasOwn(known.properties, property) ? known.properties[property]! : value;
    return earlier === value ? [] : [{ property, value: earlier, source: known.stated[property]! }];
  });
  const stated = Object.fromEntries(given.map(([property]) => [property, said.stated[property]!]));
  const earlier = said.earlier.filter(({ property }) => property !== left);
  return {
    ...known,
    properties: { ...known.properties, ...Object.fromEntries(given) },
    stated: { ...known.stated, ...stated },
    earlier: earlier.length + replaced.length === 0 ? known.earlier : [...known.earlier, ...earlier, ...replaced],
    sources: [...known.sources, ...said.sources.filter((source) => !known.sources.includes(source))],
  };
}

/** A graph that may be changed. */
export interface ChangingGraph {
  nodes: Graph['nodes'];
  edges: EdgesByEnd;
}

/** Merges the node `key` into another: its edges move along. */
export function mergeNode(graph: ChangingGraph, key: string, into: string, source: string): void {
  const { nodes, edges } = graph;
  const [node, target] = [nodes.get(key), nodes.get(into)];
  if (node === undefined || target === undefined || key === into) return;
  nodes.delete(key);
  nodes.set(into, sayOfNode(target, partOfNode(node, source)));
  const moving = edges.of(key);
  for (const [id] of moving) edges.delete(id);
  for (const [, edge] of moving) {
    const ends = { from: edge.from === key ? into : edge.from, to: edge.to === key ? into : edge.to };
    const parts = partsOfEdge(edge);
    const id = edgeId({ ...edge, ...ends });
    const there = edges.get(id);
    edges.set(
      id,
      there === undefined ? { ...edge, ...ends, merged: parts } : parts.reduce<Readonly<KnownEdge>>(sayOfEdge, there),
    );
  }
}

/** Takes a spelling out of a node again, with all that was said under it: see `split-node`. */
export function splitNode(graph: ChangingGraph, key: string, spelling: string): void {
  const { nodes, edges } = graph;
  const { merged = [] } = nodes.get(key) ?? {};
  const leaving = merged.filter((part) => part.key === spelling);
  const inner = merged.some(({ node }) => node !== undefined && spellingsOf(node).some((one) => one.key === spelling));
  if (spelling === key || leaving.length === 0 || inner || nodes.has(spelling)) return;
  const nested = leaving.flatMap(({ node }) => (node === undefined ? [] : spellingsOf(node)));
  const gone = new Set([spelling, ...nested.map((one) => one.key)]);
  nodes.set(key, nodeOfParts(merged.filter((part) => !gone.has(part.key))));
  nodes.set(spelling, nodeOfParts(merged.filter((part) => gone.has(part.key))));
  for (const [id, edge] of edges.of(key)) {
    if (edge.merged === undefined) continue;
    const endsOf = (part: EdgePart): { from: string; to: string } => ({
      from: edge.from === key && gone.has(part.from) ? spelling : edge.from,
      to: edge.to === key && gone.has(part.to) ? spelling : edge.to,
    });
    const groups = Map.groupBy(edge.merged, (part) => edgeId({ ...edge, ...endsOf(part) }));
    if (groups.size === 1 && groups.has(id)) continue;
    if (!groups.has(id)) edges.delete(id);
    for (const [other, [first, ...rest]] of groups) {
      const made = edgeOfPart({ ...edge, ...endsOf(first!) }, first!);
      edges.set(other, rest.reduce<Readonly<KnownEdge>>(sayOfEdge, made));
    }
  }
}

function nodeOfParts([first, ...rest]: readonly NodePart[]): Readonly<KnownNode> {
  const { key, name, source, since, labels = [], properties = {} } = first!;
  const named = { name, ...properties };
  const start = first!.node ?? { key, labels, properties: named, ...provenanceOf(named, source, since) };
  return rest.reduce<Readonly<KnownNode>>(sayOfNode, start);
}

function partOfNode(node: Readonly<KnownNode>, source: string): NodePart {
  return { key: node.key, name: String(node.properties['name'] ?? node.key), source, since: node.since, node };
}

function partsOfEdge(edge: Readonly<KnownEdge>): EdgePart[] {
  const { from, to, sources, since } = edge;
  return edge.merged ?? [{ from, to, source: sources[0]!, since, edge }];
}
