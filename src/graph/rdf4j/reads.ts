import type { Graph, KnownNode } from '../../domain/graph.ts';
import type { GraphDescription, Neighbourhood, NeighbourLimits } from '../graph-store.ts';
import { listCounts, neighbourhoodOf } from '../read-graph.ts';
import { GraphReader } from './read-back.ts';
import type { Repository } from './repository.ts';
import {
  EDGE_TYPE,
  FROM,
  GRAPH,
  iriOf,
  META_GRAPH,
  nameOf,
  RELATIONS_GRAPH,
  REVISION,
  TO,
  TYPE,
} from './vocabulary.ts';

const DESCRIPTION = `SELECT ?kind ?name ?count {
  { GRAPH ${META_GRAPH} { ${GRAPH} ${REVISION} ?count } BIND("revision" AS ?kind) }
  UNION { SELECT ("nodes" AS ?kind) (COUNT(DISTINCT ?node) AS ?count) { ?node ${TYPE} ?label } }
  UNION { SELECT ("label" AS ?kind) (?label AS ?name) (COUNT(*) AS ?count) { ?node ${TYPE} ?label } GROUP BY ?label }
  UNION { SELECT ("type" AS ?kind) (?type AS ?name) (COUNT(*) AS ?count) { ?edge ${EDGE_TYPE} ?type } GROUP BY ?type }
}`;

export async function describeRepository(repository: Repository): Promise<GraphDescription> {
  const rows = (await repository.rows(DESCRIPTION)).map(([kind, name, count]) => ({
    kind: kind?.value,
    name: name?.value ?? '',
    count: Number(count?.value ?? 0),
  }));
  const counts = (kind: string, prefix: 'label' | 'rel'): Map<string, number> =>
    new Map(rows.filter((row) => row.kind === kind).map(({ name, count }) => [nameOf(prefix, name)!, count]));
  const one = (kind: string): number => rows.find((row) => row.kind === kind)?.count ?? 0;
  const types = counts('type', 'rel');
  return {
    revision: one('revision'),
    nodes: one('nodes'),
    edges: [...types.values()].reduce((sum, count) => sum + count, 0),
    ...listCounts(counts('label', 'label'), types),
  };
}

/** All that a repository holds. */
export async function readRepository(repository: Repository): Promise<Graph> {
  return readGraph(await repository.rows('SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } }'));
}

function readGraph(rows: Awaited<ReturnType<Repository['rows']>>): Graph {
  const reader = new GraphReader();
  for (const row of rows) reader.add(row);
  return reader.graph;
}

/** One round trip a hop, and one for what was reached. */
export async function neighboursInRepository(
  repository: Repository,
  keys: readonly string[],
  { hops, nodes: most }: NeighbourLimits,
): Promise<Neighbourhood> {
  const asked = keys.map((key) => iriOf('node', key));
  const reached = new Set(await present(repository, asked));
  for (let hop = 0, rim = [...reached]; hop < hops && rim.length > 0 && reached.size <= most; hop += 1) {
    const next = await around(repository, rim, most + 1 + reached.size);
    rim = next.filter((node) => !reached.has(node));
    for (const node of rim) reached.add(node);
  }
  const shown = [...reached].slice(0, most + 1);
  const graph = readGraph(await repository.rows(contentOf(shown)));
  const nodes = shown.flatMap(
    (iri): Readonly<KnownNode> | [] => graph.nodes.get(nameOf('node', iri.slice(1, -1))!) ?? [],
  );
  return neighbourhoodOf(graph.revision, nodes, [...graph.edges.values()], most);
}

async function present(repository: Repository, nodes: readonly string[]): Promise<string[]> {
  if (nodes.length === 0) return [];
  const rows = await repository.rows(
    `SELECT DISTINCT ?node { VALUES ?node { ${nodes.join(' ')} } ?node ${TYPE} ?label }`,
  );
  const found = new Set(rows.map(([node]) => `<${node!.value}>`));
  return nodes.filter((node) => found.has(node));
}

async function around(repository: Repository, rim: readonly string[], limit: number): Promise<string[]> {
  const rows = await repository.rows(
    `SELECT DISTINCT ?next { VALUES ?node { ${rim.join(' ')} } ` +
      `GRAPH ${RELATIONS_GRAPH} { { ?node ?out ?next } UNION { ?next ?in ?node } } } LIMIT ${limit}`,
  );
  return rows.map(([next]) => `<${next!.value}>`);
}

/** Nodes with the edges between them, and what describes their sources. */
function contentOf(nodes: readonly string[]): string {
  const list = nodes.join(' ');
  return `SELECT ?g ?s ?p ?o {
    { GRAPH ${META_GRAPH} { ?s ?p ?o } BIND(${META_GRAPH} AS ?g) }
    UNION { VALUES ?s { ${list} } GRAPH ?g { ?s ?p ?o } FILTER(?g != ${RELATIONS_GRAPH}) }
    UNION { VALUES ?from { ${list} } ?s ${FROM} ?from . ?s ${TO} ?to . FILTER(?to IN (${nodes.join(', ')})) GRAPH ?g { ?s ?p ?o } }
  }`;
}
