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

/** Makes rows of changes true, if `now`. */
const CHANGE = `
CALL (now) {
  WITH now WHERE now UNWIND $goneEdges AS row
  MATCH (a:${NODE_LABEL} {_run: $run, _key: row.from})-[r]->(b:${NODE_LABEL} {_run: $run, _key: row.to})
  WHERE type(r) = row.type AND r._key = row.key
  DELETE r
}
CALL (now) {
  WITH now WHERE now UNWIND $goneNodes AS row
  MATCH (n:${NODE_LABEL} {_run: $run, _key: row.key})
  DETACH DELETE n
}
CALL (now) {
  WITH now WHERE now UNWIND $newNodes AS row
  CREATE (n:${NODE_LABEL}:$(row.labels))
  SET n = row.properties
}
CALL (now) {
  WITH now WHERE now UNWIND $changedNodes AS row
  MATCH (n:${NODE_LABEL} {_run: $run, _key: row.key})
  SET n = row.properties
  REMOVE n:$(row.goneLabels)
  SET n:$(row.labels)
}
CALL (now) {
  WITH now WHERE now UNWIND $newEdges AS row
  MATCH (a:${NODE_LABEL} {_run: $run, _key: row.from})
  MATCH (b:${NODE_LABEL} {_run: $run, _key: row.to})
  CREATE (a)-[r:$(row.type)]->(b)
  SET r = row.properties
}
CALL (now) {
  WITH now WHERE now UNWIND $changedEdges AS row
  MATCH (a:${NODE_LABEL} {_run: $run, _key: row.from})-[r]->(b:${NODE_LABEL} {_run: $run, _key: row.to})
  WHERE type(r) = row.type AND r._key = row.key
  SET r = row.properties
}`;

/** A whole batch in one statement, so in one transaction and one round trip. Returns the revision that it found. */
export const APPLY = `${MOVE}\nWITH found, found = $base AS now${CHANGE}\nRETURN found`;

/** The same in a transaction of several statements: the first says whether the others are to follow. */
export const BEGIN = `${MOVE}\nRETURN found`;
export const CONTINUE = `WITH true AS now${CHANGE}`;

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
