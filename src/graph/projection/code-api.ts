import type { Properties } from '../../domain/changes.ts';
import type { Cell, QueryRows } from '../graph-store.ts';
import type { ProjectionContent } from './protocol.ts';

/** A graph as it is parsed anew for each piece of code: every word once, nothing that is named twice. */
export interface CodeContent {
  /** Lists of labels that nodes have. */
  labels: string[][];
  types: string[];
  nodes: [key: string, labels: number, properties: Properties][];
  edges: [from: number, to: number, type: number, properties: Properties][];
}

/** A node as code sees it: frozen, like all that hangs on it. */
export interface CodeNode {
  key: string;
  name: string;
  labels: readonly string[];
  properties: Readonly<Record<string, string | number | boolean>>;
}

/** An edge as code sees it. */
export interface CodeEdge {
  type: string;
  from: CodeNode;
  to: CodeNode;
  properties: Readonly<Record<string, string | number | boolean>>;
}

/** A node itself, its key, or its name in any spelling; several of them. */
type Named = CodeNode | string | null | undefined;
type Which = Named | readonly Named[];

/** What code reads the graph with: the variable `graph`. */
export interface CodeGraph {
  nodes(filter?: { label?: string; name?: string; where?: (node: CodeNode) => unknown }): CodeNode[];
  node(nameOrKey: string): CodeNode | undefined;
  edges(filter?: { type?: string; from?: Which; to?: Which }): CodeEdge[];
  neighbours(node: Which, filter?: { type?: string; direction?: 'out' | 'in' | 'both' }): CodeNode[];
}

export interface CodeApi {
  graph: CodeGraph;
  /** The rows of a value that code returned, as JSON of {@link QueryRows}. */
  rowsOf(value: unknown, limit: number): string;
  /** What was thrown, as JSON of {@link ThrownError}. */
  errorOf(thrown: unknown): string;
}

export interface ThrownError {
  name: string;
  message: string;
  stack: string;
}

export function toCodeContent({ nodes, edges }: ProjectionContent): CodeContent {
  const places = new Map(nodes.map(({ key }, index) => [key, index]));
  const labels = new Map<string, number>();
  const types = new Map<string, number>();
  const place = (words: Map<string, number>, word: string): number => {
    if (!words.has(word)) words.set(word, words.size);
    return words.get(word)!;
  };
  return {
    nodes: nodes.map((node) => [node.key, place(labels, JSON.stringify(node.labels)), node.properties]),
    edges: edges.map(({ from, to, type, properties }) => [
      places.get(from)!,
      places.get(to)!,
      place(types, type),
      properties,
    ]),
    labels: [...labels.keys()].map((list) => JSON.parse(list) as string[]),
    types: [...types.keys()],
  };
}

/**
 * Makes what code reads the graph with. This function's text runs inside of QuickJS, before the code: it uses nothing from
 * outside of itself but what it is given.
 *
 * @param normalizeName the one spelling of names
 */
export function makeCodeApi(
  content: CodeContent,
  normalizeName: (name: string) => string,
  cellCharacters: number,
): CodeApi {
  const { freeze, keys: keysOf, hasOwn } = Object;
  const { stringify } = JSON;
  const MOST_COLUMNS = 100;
  const DEEPEST = 6;

  const labelLists = content.labels.map((list) => freeze(list));
  // Nodes and edges are made when they are first asked for: most of a large graph never is.
  const nodes: CodeNode[] = [];
  const edges: CodeEdge[] = [];
  const placeOf = new Map<unknown, number>();

  function nodeAt(place: number): CodeNode {
    let node = nodes[place];
    if (node === undefined) {
      const [key, labels, properties] = content.nodes[place]!;
      node = freeze({ key, name: nameAt(place), labels: labelLists[labels]!, properties: freeze(properties) });
      nodes[place] = node;
      placeOf.set(node, place);
    }
    return node;
  }

  function edgeAt(place: number): CodeEdge {
    let edge = edges[place];
    if (edge === undefined) {
      const [from, to, type, properties] = content.edges[place]!;
      const ends = { from: nodeAt(from), to: nodeAt(to) };
      edge = freeze({ type: content.types[type]!, ...ends, properties: freeze(properties) });
      edges[place] = edge;
      placeOf.set(edge, place);
    }
    return edge;
  }

  function nameAt(place: number): string {
    const [key, , properties] = content.nodes[place]!;
    return String(properties['name'] ?? key);
  }

  let byKey: Map<string, number> | undefined;
  let byName: Map<string, number[]> | undefined;
  let incident: { out: Map<number, number[]>; in: Map<number, number[]> } | undefined;
  const allNodes = content.nodes.map((_, place) => place);
  const allEdges = content.edges.map((_, place) => place);

  function placeOfKey(key: string): number | undefined {
    return (byKey ??= new Map(content.nodes.map(([own], place) => [own, place]))).get(key);
  }

  function placesOfName(name: string): readonly number[] {
    return (byName ??= groupBy(allNodes, (place) => normalizeName(nameAt(place)))).get(normalizeName(name)) ?? [];
  }

  function edgesAt(node: number, side: 'out' | 'in'): readonly number[] {
    incident ??= {
      out: groupBy(allEdges, (place) => content.edges[place]![0]),
      in: groupBy(allEdges, (place) => content.edges[place]![1]),
    };
    return incident[side].get(node) ?? [];
  }

  function groupBy<Key>(places: readonly number[], keyOf: (place: number) => Key): Map<Key, number[]> {
    const groups = new Map<Key, number[]>();
    for (const place of places) {
      const key = keyOf(place);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [place]);
      else group.push(place);
    }
    return groups;
  }

  /** A misspelt filter would match everything without a word. */
  function checkFilter(call: string, filter: unknown, known: readonly string[]): void {
    if (typeof filter !== 'object' || filter === null || placeOf.has(filter)) {
      throw new TypeError(`graph.${call} takes a filter {${known.join(', ')}}, not ${short(filter)}.`);
    }
    for (const name of keysOf(filter)) {
      if (known.includes(name)) continue;
      throw new TypeError(`graph.${call} takes {${known.join(', ')}}, not ${name}.`);
    }
  }

  const spell = (word: unknown): string => String(word).toUpperCase();

  /** The nodes that are meant; what is not there is none. */
  function placesMeant(which: unknown): Set<number> {
    if (which === undefined || which === null) return new Set();
    if (Array.isArray(which)) return new Set(which.flatMap((one) => [...placesMeant(one)]));
    if (typeof which === 'object') {
      const place = placeOf.get(which) ?? placeOfKey(String((which as { key?: unknown }).key));
      return new Set(place === undefined ? [] : [place]);
    }
    if (typeof which !== 'string') return new Set();
    const place = placeOfKey(which);
    return new Set(place === undefined ? placesOfName(which) : [place]);
  }

  const graph: CodeGraph = {
    nodes(filter = {}) {
      checkFilter('nodes', filter, ['label', 'name', 'where']);
      const { label, name, where } = filter;
      if (where !== undefined && typeof where !== 'function') {
        throw new TypeError('graph.nodes takes as where a function of a node, as in node => node.properties.age > 3.');
      }
      let places = hasOwn(filter, 'name') ? placesOfName(String(name)) : allNodes;
      if (label !== undefined) {
        const spelt = spell(label);
        const labelled = labelLists.map((list) => list.some((one) => spell(one) === spelt));
        places = places.filter((place) => labelled[content.nodes[place]![1]]);
      }
      const found = places.map(nodeAt);
      return where === undefined ? found : found.filter((node) => where(node));
    },
    node(nameOrKey) {
      const [first] = placesMeant(nameOrKey);
      return first === undefined ? undefined : nodeAt(first);
    },
    edges(filter = {}) {
      checkFilter('edges', filter, ['type', 'from', 'to']);
      const from = hasOwn(filter, 'from') ? placesMeant(filter.from) : undefined;
      const to = hasOwn(filter, 'to') ? placesMeant(filter.to) : undefined;
      const spelt = filter.type === undefined ? undefined : spell(filter.type);
      const typed = content.types.map((type) => spelt === undefined || spell(type) === spelt);
      const side = from ?? to;
      const places =
        side === undefined ? allEdges : [...side].flatMap((node) => edgesAt(node, from === undefined ? 'in' : 'out'));
      return places
        .filter((place) => {
          const [, end, type] = content.edges[place]!;
          return typed[type] && (to === undefined || to.has(end));
        })
        .map(edgeAt);
    },
    neighbours(node, filter = {}) {
      checkFilter('neighbours', filter, ['type', 'direction']);
      const { type, direction = 'both' } = filter;
      if (!['out', 'in', 'both'].includes(direction)) {
        throw new TypeError('graph.neighbours takes as direction "out", "in" or "both".');
      }
      const typed = type === undefined ? {} : { type };
      const reached = new Set<CodeNode>();
      if (direction !== 'in') for (const { to } of graph.edges({ ...typed, from: node })) reached.add(to);
      if (direction !== 'out') for (const { from } of graph.edges({ ...typed, to: node })) reached.add(from);
      return [...reached];
    },
  };
  freeze(graph);

  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    isObject(value) &&
    !placeOf.has(value) &&
    !isIterable(value) &&
    !(value instanceof Date) &&
    !(value instanceof Error);
  const isIterable = (value: object): value is Iterable<unknown> =>
    typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';

  function rowsOf(value: unknown, limit: number): string {
    refuseUnready(value, 'The code returned');
    if (value === undefined || value === null) return stringify({ columns: [], rows: [], truncated: false });
    const given: unknown[] = [];
    let truncated = false;
    if (isObject(value) && !placeOf.has(value) && isIterable(value)) {
      for (const item of value) {
        truncated = given.length === limit;
        if (truncated) break;
        given.push(item);
      }
    } else given.push(value);
    const { columns, cells } = shapeOf(given);
    const rows = cells.map((row) => row.map(toCell));
    return stringify({ columns, rows, truncated } satisfies QueryRows);
  }

  /** Objects are rows of named columns, arrays rows of numbered ones; anything else is a row of one cell. */
  function shapeOf(items: readonly unknown[]): { columns: string[]; cells: unknown[][] } {
    if (items.length > 0 && items.every(isRecord)) {
      const columns = [...new Set(items.flatMap((item) => keysOf(item)))];
      checkWidth(columns.length);
      return {
        columns: columns.map((name) => cut(name)),
        cells: items.map((item) => columns.map((name) => (hasOwn(item, name) ? item[name] : null))),
      };
    }
    if (items.length > 0 && items.every((item) => Array.isArray(item))) {
      const width = Math.max(...items.map((item) => item.length));
      checkWidth(width);
      const columns = Array.from({ length: width }, (_, index) => String(index + 1));
      return { columns, cells: items.map((item) => columns.map((_, index) => item[index] as unknown)) };
    }
    return { columns: ['value'], cells: items.map((item) => [item]) };
  }

  function checkWidth(width: number): void {
    if (width <= MOST_COLUMNS) return;
    throw new RangeError(`A row has ${width} columns, the most is ${MOST_COLUMNS}: return an array of smaller rows.`);
  }

  function toCell(value: unknown): Cell {
    if (value === undefined || value === null) return null;
    if (typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    return cut(textOf(value, 0, cellCharacters));
  }

  function cut(text: string): string {
    return text.length <= cellCharacters
      ? text
      : `${text.slice(0, cellCharacters - 1).replace(/[\ud800-\udbff]$/, '')}…`;
  }

  function short(value: unknown): string {
    return textOf(value, DEEPEST - 1, 60).slice(0, 60);
  }

  /** A value as a person writes it, as deep and as long as a cell may be: what is cyclic ends there too. */
  function textOf(value: unknown, depth: number, room: number): string {
    refuseUnready(value, 'The code returned');
    if (typeof value === 'string') return value;
    if (!isObject(value)) return String(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'no date' : value.toISOString();
    if (value instanceof Error) return String(value);
    if (value instanceof RegExp) return String(value);
    if (placeOf.has(value))
      return 'from' in value ? edgeText(value as CodeEdge, room) : nodeText(value as CodeNode, room);
    if (depth >= DEEPEST) return '…';
    if (isIterable(value)) return `[${joined(value, room, (item, left) => textOf(item, depth + 1, left))}]`;
    return `{${joined(keysOf(value), room, (name, left) => `${name}: ${textOf((value as Record<string, unknown>)[name], depth + 1, left)}`)}}`;
  }

  function joined<Item>(items: Iterable<Item>, room: number, text: (item: Item, room: number) => string): string {
    let all = '';
    for (const item of items) {
      if (all.length > room) return `${all}, …`;
      all += (all === '' ? '' : ', ') + (text(item, room - all.length) || '""');
    }
    return all;
  }

  function propertiesText(properties: CodeNode['properties'], room: number): string {
    return joined(keysOf(properties), room, (name) => `${name}: ${properties[name]}`);
  }

  function nodeText({ labels, properties }: CodeNode, room: number): string {
    return `(:${labels.join(':')} {${propertiesText(properties, room)}})`;
  }

  function edgeText({ from, to, type, properties }: CodeEdge, room: number): string {
    const inside = propertiesText(properties, room);
    return `(${from.name})-[:${type}${inside && ` {${inside}}`}]->(${to.name})`;
  }

  /** What is no value yet. */
  function refuseUnready(value: unknown, words: string): void {
    if (typeof value === 'function') throw new TypeError(`${words} a function: call it, and return what it gives.`);
    if (typeof value === 'symbol') throw new TypeError(`${words} a symbol: return text or a number.`);
    if (value instanceof Promise || (isObject(value) && typeof (value as { then?: unknown }).then === 'function')) {
      throw new TypeError(`${words} a promise: nothing here waits, so use no async function.`);
    }
  }

  function errorOf(thrown: unknown): string {
    // Code may have given an error anything for a name.
    const { name, message, stack } = thrown instanceof Error ? thrown : { name: '', message: short(thrown), stack: '' };
    const [nameText, messageText, stackText] = [name, message, stack].map((part) => cut(textOf(part, DEEPEST, 500)));
    return stringify({ name: nameText!, message: messageText!, stack: stackText! } satisfies ThrownError);
  }

  return { graph, rowsOf, errorOf };
}
