import { describeEdge, describeNode } from './graph.ts';
import type { Graph } from './graph.ts';
import { namesOf } from './names.ts';
import { normalizeName } from './text.ts';
import { oneLine } from './unseen.ts';

/** A fact as a graph holds it. */
export interface SourcedFact {
  /** For example `Ada Vega —LEADS→ Peru`, or `Peru.population = 34`. */
  fact: string;
  /** Every source that stated it. */
  sources: string[];
}

/** Facts that hold some of the words, or are about what is called so: those with most of them first, then the newest. */
export function searchFacts(graph: Graph, words: string): SourcedFact[] {
  const wanted = [...new Set(normalizeName(words).split(' ').filter(Boolean))];
  const hits = (texts: readonly string[]): number => {
    const found = new Set(texts.flatMap((text) => normalizeName(text).split(' ')));
    return wanted.filter((word) => found.has(word)).length;
  };
  const names = (key: string): string[] => namesOf(graph.nodes.get(key)!);
  const facts: (SourcedFact & { hits: number; since: number })[] = [];
  for (const edge of graph.edges.values()) {
    const values = Object.values(edge.properties).map(String);
    const count = hits([edge.type, ...values, ...names(edge.from), ...names(edge.to)]);
    facts.push({ fact: factOfEdge(graph, edge), sources: edge.sources, hits: count, since: edge.since });
  }
  for (const node of graph.nodes.values()) {
    for (const [property, value] of Object.entries(node.properties)) {
      if (property === 'name') continue;
      const fact = oneLine(`${describeNode(graph, node.key)}.${property} = ${String(value)}`);
      const count = hits([property, String(value), ...namesOf(node)]);
      facts.push({ fact, sources: [node.stated[property]!], hits: count, since: node.since });
    }
  }
  return facts
    .filter((fact) => fact.hits > 0)
    .sort((a, b) => b.hits - a.hits || b.since - a.since)
    .map(({ fact, sources }) => ({ fact, sources }));
}

function factOfEdge(graph: Graph, edge: Parameters<typeof describeEdge>[1]): string {
  const properties = Object.entries(edge.properties).map(([property, value]) => `${property} = ${String(value)}`);
  const fact = describeEdge(graph, edge);
  return oneLine(properties.length === 0 ? fact : `${fact} (${properties.join(', ')})`);
}

/** Keys of the nodes that are called so, by any of their names. */
export function calledSo(graph: Graph, name: string): string[] {
  const wanted = normalizeName(name);
  return [...graph.nodes.values()].filter((node) => namesOf(node).includes(wanted)).map(({ key }) => key);
}

/** Names of nodes that share most words, or a beginning, with a name that none has; at most five. */
export function nearNames(graph: Graph, name: string): string[] {
  const wanted = normalizeName(name).split(' ').filter(Boolean);
  const near = [...graph.nodes.values()].map((node) => {
    const words = namesOf(node).flatMap((other) => other.split(' '));
    const shared = wanted.filter((word) =>
      words.some((other) => other === word || (word.length > 2 && other.slice(0, 3) === word.slice(0, 3))),
    );
    return { name: String(node.properties['name'] ?? node.key), shared: shared.length };
  });
  return near
    .filter(({ shared }) => shared > 0)
    .sort((a, b) => b.shared - a.shared || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .slice(0, 5)
    .map((found) => found.name);
}

/** Runs that a graph's sources name, with the things that each spoke of, most first. */
export function runsIn(graph: Graph, runOf: (source: string) => string | undefined): { run: string; things: number }[] {
  const things = new Map<string, number>();
  for (const { sources } of [...graph.nodes.values(), ...graph.edges.values()]) {
    for (const run of new Set(sources.map(runOf))) if (run !== undefined) things.set(run, (things.get(run) ?? 0) + 1);
  }
  return [...things].map(([run, count]) => ({ run, things: count })).sort((a, b) => b.things - a.things);
}
