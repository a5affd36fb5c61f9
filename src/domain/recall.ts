import type { Change } from './changes.ts';
import type { Graph, KnownEdge, KnownNode } from './graph.ts';
import { recalledSource } from './knowledge.ts';
import { namesOf } from './names.ts';
import { edgeStatements, nodeStatements } from './statements.ts';
import { normalizeName } from './text.ts';

/** Nodes that a question is taken to name at most. */
const MOST_NAMED = 12;
/** Characters of the shortest name that is looked for. */
const SHORTEST = 2;

/**
 * Keys of the nodes that a text names, by any of their names as whole words: the longest names first. What is a part of a
 * longer name that was found is not taken for a name itself.
 */
export function namedIn(graph: Graph, text: string): string[] {
  let left = ` ${normalizeName(text)} `;
  const names = [...graph.nodes.values()]
    .flatMap((node) => namesOf(node).map((name) => ({ key: node.key, name })))
    .filter(({ name }) => name.length >= SHORTEST && left.includes(` ${name} `))
    .sort((a, b) => b.name.length - a.name.length || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const found = new Map<string, string[]>();
  for (const { key, name } of names) {
    const taken = found.get(name);
    if (taken !== undefined) taken.push(key);
    else if (left.includes(` ${name} `)) {
      found.set(name, [key]);
      left = left.replaceAll(` ${name} `, ' | ');
    }
  }
  return [...new Set([...found.values()].flat())].slice(0, MOST_NAMED);
}

/** Changes that bring nodes and edges of the knowledge graph into a run's graph, their sources kept. */
export function recallChanges(nodes: readonly KnownNode[], edges: readonly KnownEdge[]): Change[] {
  const changes = [...nodes.flatMap(nodeStatements), ...edges.flatMap(edgeStatements)];
  return changes.map((change) => ({ ...change, source: recalledSource(change.source) }));
}
