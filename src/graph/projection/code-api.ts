import type { Cell, QueryRows } from '../graph-store.ts';
import type { ProjectionContent } from './protocol.ts';

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

/**
 * Makes what code reads the graph with. This function's text runs inside of QuickJS, before the code: it uses nothing from
 * outside of itself but what it is given.
 *
 * @param normalizeName the one spelling of names
 */
export function makeCodeApi(
  content: ProjectionContent,
  normalizeName: (name: string) => string,
  cellCharacters: number,
): CodeApi {
  const { freeze, keys: keysOf, hasOwn } = Object;
  const { stringify } = JSON;
  const MOST_COLUMNS = 100;
  const DEEPEST = 6;

  const nodes = content.nodes.map(({ key, labels, properties }): CodeNode => {
    const name = String(properties['name'] ?? key);
    return freeze({ key, name, labels: freeze(labels), properties: freeze(properties) });
  });
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const edges = content.edges.map(({ from, to, type, properties }): CodeEdge => {
    return freeze({ type, from: byKey.get(from)!, to: byKey.get(to)!, properties: freeze(properties) });
  });
  const ours = new Set<unknown>([...nodes, ...edges]);

  let names: Map<string, CodeNode[]> | undefined;
  const namesOf = (): Map<string, CodeNode[]> => (names ??= groupBy(nodes, ({ name }) => normalizeName(name)));
  let incident: { out: Map<CodeNode, CodeEdge[]>; in: Map<CodeNode, CodeEdge[]> } | undefined;
  const incidentTo = (node: CodeNode, side: 'out' | 'in'): CodeEdge[] =>
    (incident ??= { out: groupBy(edges, ({ from }) => from), in: groupBy(edges, ({ to }) => to) })[side].get(node) ??
    [];

  function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
    const groups = new Map<Key, Item[]>();
    for (const item of items) {
      const group = groups.get(keyOf(item));
      if (group === undefined) groups.set(keyOf(item), [item]);
      else group.push(item);
    }
    return groups;
  }

  /** A misspelt filter would match everything without a word. */
  function checkFilter(call: string, filter: unknown, known: readonly string[]): void {
    if (typeof filter !== 'object' || filter === null || ours.has(filter)) {
      throw new TypeError(`graph.${call} takes a filter {${known.join(', ')}}, not ${short(filter)}.`);
    }
    for (const name of keysOf(filter)) {
      if (known.includes(name)) continue;
      throw new TypeError(`graph.${call} takes {${known.join(', ')}}, not ${name}.`);
    }
  }

  const spell = (word: unknown): string => String(word).toUpperCase();

  /** The nodes that are meant; what is not there is none. */
  function nodesMeant(which: unknown): Set<CodeNode> {
    if (which === undefined || which === null) return new Set();
    if (Array.isArray(which)) return new Set(which.flatMap((one) => [...nodesMeant(one)]));
    if (typeof which === 'object') {
      const node = byKey.get(String((which as { key?: unknown }).key));
      return new Set(node === undefined ? [] : [node]);
    }
    if (typeof which !== 'string') return new Set();
    const node = byKey.get(which);
    return new Set(node === undefined ? namesOf().get(normalizeName(which)) : [node]);
  }

  const graph: CodeGraph = {
    nodes(filter = {}) {
      checkFilter('nodes', filter, ['label', 'name', 'where']);
      const { label, name, where } = filter;
      if (where !== undefined && typeof where !== 'function') {
        throw new TypeError('graph.nodes takes as where a function of a node, as in node => node.properties.age > 3.');
      }
      let found: CodeNode[] = hasOwn(filter, 'name')
        ? [...(namesOf().get(normalizeName(String(name))) ?? [])]
        : [...nodes];
      if (label !== undefined) {
        const spelt = spell(label);
        found = found.filter(({ labels }) => labels.some((one) => spell(one) === spelt));
      }
      return where === undefined ? found : found.filter((node) => where(node));
    },
    node(nameOrKey) {
      const [first] = nodesMeant(nameOrKey);
      return first;
    },
    edges(filter = {}) {
      checkFilter('edges', filter, ['type', 'from', 'to']);
      const from = hasOwn(filter, 'from') ? nodesMeant(filter.from) : undefined;
      const to = hasOwn(filter, 'to') ? nodesMeant(filter.to) : undefined;
      const type = filter.type === undefined ? undefined : spell(filter.type);
      const side = from ?? to;
      const candidates =
        side === undefined ? edges : [...side].flatMap((node) => incidentTo(node, from === undefined ? 'in' : 'out'));
      return candidates.filter(
        (edge) => (type === undefined || spell(edge.type) === type) && (to === undefined || to.has(edge.to)),
      );
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
    isObject(value) && !ours.has(value) && !isIterable(value) && !(value instanceof Date) && !(value instanceof Error);
  const isIterable = (value: object): value is Iterable<unknown> =>
    typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';

  function rowsOf(value: unknown, limit: number): string {
    refuseUnready(value, 'The code returned');
    if (value === undefined || value === null) return stringify({ columns: [], rows: [], truncated: false });
    const given: unknown[] = [];
    let truncated = false;
    if (isObject(value) && !ours.has(value) && isIterable(value)) {
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
    if (ours.has(value)) return 'from' in value ? edgeText(value as CodeEdge, room) : nodeText(value as CodeNode, room);
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
