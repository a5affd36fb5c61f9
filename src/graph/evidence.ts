import type { PropertyValue } from '../domain/changes.ts';
import type { Evidence } from '../domain/run.ts';
import { describeEdge, displayName } from '../domain/graph.ts';
import type { Graph, KnownEdge, KnownNode } from '../domain/graph.ts';
import { normalizeName } from '../domain/text.ts';

/** Facts that an answer shows at most. */
const MOST_FACTS = 8;

/**
 * Facts that an answer rests on: the shortest paths between what the question names and what the answer names, or, where
 * the graph does not name the answer, what is beside what the question names; failing that, what is known of the answer;
 * failing that, the newest facts.
 */
export function evidenceFor(graph: Graph, question: string, answer: string): Evidence[] {
  const asked = ` ${normalizeName(question)} `;
  const said = ` ${normalizeName(answer)} `;
  const nodes = [...graph.nodes.values()];
  const goals = nodes.filter((node) => answers(node, said)).map(({ key }) => key);
  const starts = nodes.filter((node) => asked.includes(` ${nameOf(node)} `)).map(({ key }) => key);
  // An answer that was calculated stands nowhere in the graph: it rests on what is beside the things that were asked about.
  const edges = goals.length > 0 ? pathEdges(graph, starts, new Set(goals)) : edgesOf(graph, starts);
  const facts: Evidence[] = edges.map((edge) => ({ fact: describeEdge(graph, edge), source: edge.sources[0]! }));
  const reached = new Set([...starts, ...goals, ...edges.flatMap(({ from, to }) => [from, to])]);
  for (const key of reached) facts.push(...propertyFacts(graph, graph.nodes.get(key)!, said));
  if (facts.length === 0) {
    const beside = edgesOf(graph, goals);
    facts.push(...beside.map((edge) => ({ fact: describeEdge(graph, edge), source: edge.sources[0]! })));
  }
  if (facts.length === 0) {
    const newest = [...graph.edges.values()].sort((a, b) => b.since - a.since).slice(0, 4);
    facts.push(...newest.map((edge) => ({ fact: describeEdge(graph, edge), source: edge.sources[0]! })));
  }
  return facts.slice(0, MOST_FACTS);
}

function edgesOf(graph: Graph, keys: readonly string[]): KnownEdge[] {
  return [...graph.edges.values()].filter(({ from, to }) => keys.includes(from) || keys.includes(to));
}

function nameOf(node: KnownNode): string {
  return normalizeName(String(node.properties['name'] ?? node.key));
}

/** Whether the node's name, or a property of it, is what the answer says. */
function answers(node: KnownNode, said: string): boolean {
  return Object.values(node.properties).some((value) => {
    const text = normalizeName(String(value));
    return text !== '' && (said.includes(` ${text} `) || (said.trim() !== '' && ` ${text} `.includes(said)));
  });
}

function propertyFacts(graph: Graph, node: KnownNode, said: string): Evidence[] {
  return Object.entries(node.properties)
    .filter(([property, value]) => property !== 'name' && (typeof value === 'number' || says(said, value)))
    .map(([property, value]) => ({
      fact: `${displayName(graph, node.key)}.${property} = ${String(value)}`,
      source: node.stated[property]!,
    }));
}

/** Whether the answer holds the value, as whole words. */
function says(said: string, value: PropertyValue): boolean {
  const text = normalizeName(String(value));
  return text !== '' && said.includes(` ${text} `);
}

/** Edges of the shortest undirected paths from each start to the nearest goal. */
function pathEdges(graph: Graph, starts: string[], goals: ReadonlySet<string>): KnownEdge[] {
  const neighbours = new Map<string, { to: string; edge: KnownEdge }[]>();
  const join = (from: string, to: string, edge: KnownEdge): void => {
    const list = neighbours.get(from) ?? [];
    list.push({ to, edge });
    neighbours.set(from, list);
  };
  for (const edge of graph.edges.values()) {
    join(edge.from, edge.to, edge);
    join(edge.to, edge.from, edge);
  }
  const found = new Set<KnownEdge>();
  for (const start of starts) {
    const cameBy = new Map<string, { from: string; edge: KnownEdge } | null>([[start, null]]);
    const queue = [start];
    for (let here = queue.shift(); here !== undefined; here = queue.shift()) {
      if (goals.has(here) && here !== start) {
        for (let step = cameBy.get(here); step; step = cameBy.get(step.from)) found.add(step.edge);
        break;
      }
      for (const { to, edge } of neighbours.get(here) ?? []) {
        if (cameBy.has(to)) continue;
        cameBy.set(to, { from: here, edge });
        queue.push(to);
      }
    }
  }
  return [...found];
}
