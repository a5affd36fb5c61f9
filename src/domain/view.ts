import type { Graph, KnownEdge, KnownNode } from './graph.ts';
import { displayName } from './graph.ts';
import { LIMITS } from './limits.ts';
import { spellingsOf } from './merge.ts';
import { counted, normalizeName, truncate } from './text.ts';

/**
 * The part of a graph that a prompt shows, as text of at most `limit` characters: what kinds of nodes and edges there
 * are, then the facts that share most words with `focus`, newest first among equals, and how much was left out.
 */
export function viewGraph(graph: Graph, focus: readonly string[], limit: number = LIMITS.viewCharacters): string {
  if (graph.nodes.size === 0) return truncate('(the graph is empty)', limit);
  const words = new Set(focus.flatMap((text) => normalizeName(text).split(' ')).filter((word) => word.length > 2));
  const score = (text: string): number => {
    let hits = 0;
    for (const word of new Set(normalizeName(text).split(' '))) if (words.has(word)) hits += 1;
    return hits;
  };
  const ranked = <T extends { since: number }>(items: Iterable<T>, text: (item: T) => string): string[] =>
    [...items]
      .map((item) => ({ line: text(item), since: item.since }))
      .map((entry) => ({ ...entry, score: score(entry.line) }))
      .sort((a, b) => b.score - a.score || b.since - a.since || (a.line < b.line ? -1 : a.line > b.line ? 1 : 0))
      .map((entry) => entry.line);

  const schema = schemaLines(graph, Math.floor(limit / 4));
  const nodeLines = ranked(graph.nodes.values(), nodeLine);
  const edgeLines = ranked(graph.edges.values(), (edge) => edgeLine(graph, edge));
  const room = limit - schema.length - 200;
  const shownEdges = take(edgeLines, Math.floor(room * (nodeLines.length === 0 ? 1 : 0.55)));
  const used = shownEdges.reduce((sum, line) => sum + line.length + 1, 0);
  const shownNodes = take(nodeLines, room - used);
  const left = { nodes: nodeLines.length - shownNodes.length, edges: edgeLines.length - shownEdges.length };
  const lines = [
    schema,
    'Nodes:',
    ...shownNodes,
    'Edges:',
    ...(shownEdges.length > 0 ? shownEdges : ['(none)']),
    ...(left.nodes + left.edges > 0
      ? [`Left out here: ${counted(left.nodes, 'node')}, ${counted(left.edges, 'edge')}.`]
      : []),
  ];
  return truncate(lines.join('\n'), limit);
}

function schemaLines(graph: Graph, limit: number): string {
  const labels = new Map<string, { count: number; properties: Set<string> }>();
  for (const node of graph.nodes.values()) {
    for (const label of node.labels) {
      const entry = labels.get(label) ?? { count: 0, properties: new Set<string>() };
      entry.count += 1;
      for (const property of Object.keys(node.properties)) entry.properties.add(property);
      labels.set(label, entry);
    }
  }
  const types = new Map<string, number>();
  for (const edge of graph.edges.values()) types.set(edge.type, (types.get(edge.type) ?? 0) + 1);
  const labelList = [...labels]
    .sort(byCountThenName(([, entry]) => entry.count))
    .map(([label, entry]) => `${label} ×${entry.count} (${[...entry.properties].sort().join(', ')})`);
  const typeList = [...types].sort(byCountThenName(([, count]) => count)).map(([type, count]) => `${type} ×${count}`);
  return [
    truncate(`Labels: ${labelList.join('; ')}`, Math.floor(limit / 2)),
    truncate(`Edge types: ${typeList.join('; ') || '(none)'}`, Math.floor(limit / 2)),
  ].join('\n');
}

function byCountThenName<T>(count: (entry: [string, T]) => number): (a: [string, T], b: [string, T]) => number {
  return (a, b) => count(b) - count(a) || (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);
}

function nodeLine(node: KnownNode): string {
  const { name, ...others } = node.properties;
  const properties = Object.entries({ name, ...others })
    .filter(([, value]) => value !== undefined)
    .map(([property, value]) => `${property}: ${JSON.stringify(short(value!))}`);
  const spellings = spellingsOf(node).map(({ name: spelling }) => JSON.stringify(short(spelling)));
  const also = spellings.length === 0 ? '' : ` also called ${spellings.join(', ')}`;
  return `(:${node.labels.join(':')} {${properties.join(', ')}})${also}`;
}

function edgeLine(graph: Graph, edge: KnownEdge): string {
  const properties = Object.entries(edge.properties).map(([name, value]) => `${name}: ${JSON.stringify(short(value))}`);
  const label = properties.length > 0 ? `${edge.type} {${properties.join(', ')}}` : edge.type;
  const end = (key: string): string => `(${JSON.stringify(displayName(graph, key))})`;
  return `${end(edge.from)}-[:${label}]->${end(edge.to)}`;
}

function short(value: string | number | boolean): string | number | boolean {
  return typeof value === 'string' ? truncate(value, 300) : value;
}

/** The first lines that fit together; one that alone is too long hides none of the others. */
function take(lines: string[], room: number): string[] {
  const taken: string[] = [];
  let left = room;
  for (const line of lines) {
    if (line.length + 1 > room) continue;
    if (line.length + 1 > left) break;
    taken.push(line);
    left -= line.length + 1;
  }
  return taken;
}
