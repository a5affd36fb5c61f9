import type { PropertyValue } from '../domain/changes.ts';
import type { Evidence } from '../domain/run.ts';
import { describeEdge, describeNode, displayName } from '../domain/graph.ts';
import type { Graph, KnownEdge, KnownNode } from '../domain/graph.ts';
import { normalizeName } from '../domain/text.ts';
import { oneLine } from '../domain/unseen.ts';

/** A fact as the graph holds it, and the words by which it is found in the text that it was read from. */
export interface FoundFact extends Evidence {
  words: PropertyValue[];
}

/** Facts that an answer shows at most. */
const MOST_FACTS = 8;

/**
 * Facts that an answer rests on: the shortest paths between what the question names and what the answer names, or, where
 * the graph does not name the answer, what is beside what the question names; failing that, what is known of the answer;
 * failing that, the newest facts.
 */
export function findFacts(graph: Graph, question: string, answer: string): FoundFact[] {
  const asked = ` ${normalizeName(question)} `;
  const said = ` ${normalizeName(answer)} `;
  const nodes = [...graph.nodes.values()];
  const goals = goalsOf(nodes, said);
  const starts = nodes.filter((node) => asked.includes(` ${nameOf(node)} `)).map(({ key }) => key);
  // An answer that was calculated stands nowhere in the graph: it rests on what is beside the things that were asked about.
  const edges = goals.length > 0 ? pathEdges(graph, starts, new Set(goals)) : edgesOf(graph, starts);
  const facts = edges.flatMap((edge) => edgeFacts(graph, edge, said));
  const reached = new Set([...starts, ...goals, ...edges.flatMap(({ from, to }) => [from, to])]);
  for (const key of reached) facts.push(...propertyFacts(graph, graph.nodes.get(key)!, said));
  if (facts.length === 0) facts.push(...edgesOf(graph, goals).flatMap((edge) => edgeFacts(graph, edge, said)));
  if (facts.length === 0) {
    const newest = [...graph.edges.values()].sort((a, b) => b.since - a.since).slice(0, 4);
    facts.push(...newest.flatMap((edge) => edgeFacts(graph, edge, said)));
  }
  return facts.slice(0, MOST_FACTS);
}

/** The same as an answer shows them. */
export function evidenceFor(graph: Graph, question: string, answer: string): Evidence[] {
  return findFacts(graph, question, answer).map(({ words: _, ...evidence }) => evidence);
}

/** Nodes that are what the answer says; where there are none, those that hold a part of it, or hold it as a part. */
function goalsOf(nodes: readonly KnownNode[], said: string): string[] {
  const exact = nodes.filter((node) => valuesOf(node).some((value) => ` ${value} ` === said));
  return (exact.length > 0 ? exact : nodes.filter((node) => answers(node, said))).map(({ key }) => key);
}

function edgesOf(graph: Graph, keys: readonly string[]): KnownEdge[] {
  return [...graph.edges.values()].filter(({ from, to }) => keys.includes(from) || keys.includes(to));
}

function nameOf(node: KnownNode): string {
  return normalizeName(String(node.properties['name'] ?? node.key));
}

/** Whether the node's name, or a property of it, is what the answer says. */
function answers(node: KnownNode, said: string): boolean {
  return valuesOf(node).some(
    (text) => said.includes(` ${text} `) || (said.trim() !== '' && ` ${text} `.includes(said)),
  );
}

/** Its name and properties in one spelling, without empty ones. */
function valuesOf(node: KnownNode): string[] {
  return Object.values(node.properties)
    .map((value) => normalizeName(String(value)))
    .filter(Boolean);
}

/** An edge, and those of its properties that the answer says: who stated them may be another than who stated the edge. */
function edgeFacts(graph: Graph, edge: KnownEdge, said: string): FoundFact[] {
  const fact = describeEdge(graph, edge);
  const words = [displayName(graph, edge.from), displayName(graph, edge.to)];
  return [
    { fact, source: edge.sources[0]!, words },
    ...Object.entries(edge.properties)
      .filter(([, value]) => says(said, value))
      .map(([property, value]) => ({
        fact: oneLine(`${fact}.${property} = ${String(value)}`),
        source: edge.stated[property]!,
        words: [...words, value],
      })),
  ];
}

function propertyFacts(graph: Graph, node: KnownNode, said: string): FoundFact[] {
  return Object.entries(node.properties)
    .filter(([property, value]) => property !== 'name' && (typeof value === 'number' || says(said, value)))
    .map(([property, value]) => ({
      fact: oneLine(`${describeNode(graph, node.key)}.${property} = ${String(value)}`),
      source: node.stated[property]!,
      words: [displayName(graph, node.key), value],
    }));
}

/** Whether the answer holds the value, as whole words. */
function says(said: string, value: PropertyValue): boolean {
  const text = normalizeName(String(value));
  return text !== '' && said.includes(` ${text} `);
}

/**
 * Edges of the shortest undirected paths from each start to the nearest goal. Between two things all of them are shown: the
 * answer may rest on any.
 */
function pathEdges(graph: Graph, starts: string[], goals: ReadonlySet<string>): KnownEdge[] {
  const neighbours = new Map<string, Map<string, KnownEdge[]>>();
  const join = (from: string, to: string, edge: KnownEdge): void => {
    const ofNode = neighbours.get(from) ?? new Map<string, KnownEdge[]>();
    ofNode.set(to, [...(ofNode.get(to) ?? []), edge]);
    neighbours.set(from, ofNode);
  };
  for (const edge of graph.edges.values()) {
    join(edge.from, edge.to, edge);
    join(edge.to, edge.from, edge);
  }
  const found = new Set<KnownEdge>();
  for (const start of starts) {
    const cameFrom = new Map<string, string | null>([[start, null]]);
    const queue = [start];
    for (let here = queue.shift(); here !== undefined; here = queue.shift()) {
      if (goals.has(here) && here !== start) {
        for (let to = here, from = cameFrom.get(to); from != null; to = from, from = cameFrom.get(to)) {
          for (const edge of neighbours.get(from)!.get(to)!) found.add(edge);
        }
        break;
      }
      for (const to of neighbours.get(here)?.keys() ?? []) {
        if (cameFrom.has(to)) continue;
        cameFrom.set(to, here);
        queue.push(to);
      }
    }
  }
  return [...found];
}
