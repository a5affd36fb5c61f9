import { GRAPH_LABEL, NODE_LABEL } from './values.ts';

/** Keys are unique within a run; and by these constraints' indexes, nodes are found. */
export const CONSTRAINTS = [
  `CREATE CONSTRAINT kgot_graph IF NOT EXISTS FOR (g:${GRAPH_LABEL}) REQUIRE g._run IS UNIQUE`,
  `CREATE CONSTRAINT kgot_node IF NOT EXISTS FOR (n:${NODE_LABEL}) REQUIRE (n._run, n._key) IS UNIQUE`,
];

/** Revision of a graph that is being dropped: what is left of it counts for nothing. */
export const DROPPING = -1;

/**
 * Moves the graph of `$run` from `$base` to `$revision`, if it is there. The lock on the graph's own node keeps another of
 * the same run waiting until this transaction has ended, and then shows it the new revision.
 */
const MOVE = `
MERGE (g:${GRAPH_LABEL} {_run: $run}) ON CREATE SET g._revision = 0
SET g._locked = true
WITH g, g._revision AS found
SET g._revision = CASE WHEN found = $base THEN $revision ELSE found END
REMOVE g._locked`;

/**
 * What makes each kind of rows true, in the order in which they must come true. What is new comes in groups that say once
 * what all of their items have: to write each of it down for the wire is most of what a large batch costs here.
 */
const CHANGES = {
  goneEdges: `
  MATCH (a:${NODE_LABEL} {_run: $run, _key: row.from})-[r]->(b:${NODE_LABEL} {_run: $run, _key: row.to})
  WHERE type(r) = row.type AND coalesce(r._key, '') = row.key
  DELETE r`,
  goneNodes: `
  MATCH (n:${NODE_LABEL} {_run: $run, _key: row.key})
  DETACH DELETE n`,
  newNodes: `
  UNWIND row.items AS item
  CREATE (n:${NODE_LABEL}:$(row.labels) {_run: $run, _key: item[0]})
  SET n += row.shared, n += item[1]`,
  changedNodes: `
  MATCH (n:${NODE_LABEL} {_run: $run, _key: row.key})
  SET n = row.properties
  REMOVE n:$(row.goneLabels)
  SET n:$(row.labels)`,
  newEdges: `
  UNWIND row.items AS item
  MATCH (a:${NODE_LABEL} {_run: $run, _key: item[0]})
  MATCH (b:${NODE_LABEL} {_run: $run, _key: item[1]})
  CREATE (a)-[r:$(row.type) {_run: $run}]->(b)
  SET r += row.shared, r += item[2]`,
  changedEdges: `
  MATCH (a:${NODE_LABEL} {_run: $run, _key: row.from})-[r]->(b:${NODE_LABEL} {_run: $run, _key: row.to})
  WHERE type(r) = row.type AND coalesce(r._key, '') = row.key
  SET r = row.properties`,
};

export type RowKind = keyof typeof CHANGES;
export const ROW_KINDS = Object.keys(CHANGES) as RowKind[];

/** Changes of these kinds, if `now`; the server keeps the plans of few statements, and there are few of these. */
function changes(kinds: readonly RowKind[]): string {
  return ROW_KINDS.filter((kind) => kinds.includes(kind))
    .map((kind) => `\nCALL (now) {\n  WITH now WHERE now UNWIND $${kind} AS row${CHANGES[kind]}\n}`)
    .join('');
}

/** A whole batch in one statement, so in one transaction and one round trip. Returns the revision that it found. */
export function applyStatement(kinds: readonly RowKind[]): string {
  return `${MOVE}\nWITH found, found = $base AS now${changes(kinds)}\nRETURN found`;
}

/** The same in a transaction of several statements: the first says whether the others are to follow. */
export const BEGIN = `${MOVE}\nRETURN found`;

export function continueStatement(kinds: readonly RowKind[]): string {
  return `WITH true AS now${changes(kinds)}`;
}

export const REVISION = `MATCH (g:${GRAPH_LABEL} {_run: $run}) RETURN g._revision AS revision`;

export const MARK_DROPPED = `MATCH (g:${GRAPH_LABEL} {_run: $run}) SET g._revision = ${DROPPING}`;
/** In parts: one transaction over a large graph would hold too much. */
export const DELETE_NODES = `
MATCH (n:${NODE_LABEL}) WHERE n._run = $run AND n._key IS NOT NULL
CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS`;
export const DELETE_GRAPH = `MATCH (g:${GRAPH_LABEL} {_run: $run}) DELETE g`;

export const DESCRIBE = `
MATCH (g:${GRAPH_LABEL} {_run: $run})
RETURN g._revision AS revision,
  COLLECT { MATCH (n:${NODE_LABEL}) WHERE n._run = $run AND n._key IS NOT NULL
    WITH labels(n) AS labels, count(*) AS count RETURN [labels, count] } AS nodes,
  COLLECT { MATCH (n:${NODE_LABEL})-[r]->() WHERE n._run = $run AND n._key IS NOT NULL
    WITH type(r) AS type, count(*) AS count RETURN [type, count] } AS edges`;

const NODE = '[labels(n), properties(n)]';
const EDGE = '[a._key, type(r), b._key, properties(r)]';

export const STORED_NODES = `
MATCH (n:${NODE_LABEL}) WHERE n._run = $run AND n._key IS NOT NULL RETURN ${NODE} AS node`;
export const STORED_EDGES = `
MATCH (a:${NODE_LABEL})-[r]->(b) WHERE a._run = $run AND a._key IS NOT NULL RETURN ${EDGE} AS edge`;

/** The nodes that `$keys` name, and what is at most so many edges from them, nearest first, with the edges between. */
export function neighboursStatement(hops: 1 | 2): string {
  const far = hops === 2 ? `UNION MATCH (a)--()--(n:${NODE_LABEL}) RETURN n, 2 AS hop` : '';
  return `
MATCH (g:${GRAPH_LABEL} {_run: $run})
CALL () {
  UNWIND $keys AS key
  MATCH (a:${NODE_LABEL} {_run: $run, _key: key})
  CALL (a) { RETURN a AS n, 0 AS hop UNION MATCH (a)--(n:${NODE_LABEL}) RETURN n, 1 AS hop ${far} }
  WITH n, min(hop) AS hop ORDER BY hop LIMIT $most
  RETURN collect(n) AS reached
}
RETURN g._revision AS revision, [n IN reached | ${NODE}] AS nodes,
  COLLECT { UNWIND reached AS a MATCH (a)-[r]->(b) WHERE b IN reached RETURN ${EDGE} } AS edges`;
}
