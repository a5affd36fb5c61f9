import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { QueryError } from '../../src/graph/graph-store.ts';
import { temporaryFolder } from '../support/folders.ts';
import { graphOf } from '../support/graphs.ts';
import { FIRST } from './conformance.ts';
import type { OpenStore } from './conformance.ts';
import { ownRuns } from './own-runs.ts';
import { LIMITS } from './conformance-queries.ts';

/** Every kind of statement that writes, reads files or calls out, and ways to hide it. */
export const REFUSED_CYPHER: Record<string, string> = {
  'a node': 'CREATE (n:City {name: "Lima"}) RETURN n',
  'an edge': 'MATCH (a:Person), (b:Country) CREATE (a)-[:LEFT]->(b)',
  'a merged node': 'MERGE (n:City {name: "Lima"}) RETURN n',
  'a merged edge': 'MATCH (a:Person), (b:Country) MERGE (a)-[:LEFT]->(b) ON CREATE SET a.gone = true',
  'a property': 'MATCH (n) SET n.name = "x" RETURN n',
  'all properties': 'MATCH (n:Person) SET n = {name: "x"}',
  'more properties': 'MATCH (n:Person) SET n += {age: 1} RETURN n.age',
  'a label': 'MATCH (n:Person) SET n:Gone RETURN n',
  'a property less': 'MATCH (n) REMOVE n.name RETURN n',
  'a label less': 'MATCH (n:Person) REMOVE n:Person RETURN n',
  'an edge less': 'MATCH ()-[r]->() DELETE r',
  'all nodes less': 'MATCH (n) DETACH DELETE n',
  'a loop': 'FOREACH (x IN [1, 2] | CREATE (:City {name: x}))',
  'a loop over nodes': 'MATCH (n) WITH collect(n) AS all FOREACH (x IN all | SET x.name = "x")',
  'a subquery': 'MATCH (n) CALL { WITH n SET n.name = "x" RETURN n AS m } RETURN m',
  'a subquery alone': 'CALL { CREATE (n:City) RETURN n } RETURN n',
  'a procedure': 'CALL db.labels() YIELD label RETURN label',
  'a procedure alone': 'CALL dbms.listConfig()',
  'an index': 'CREATE INDEX names FOR (n:Person) ON (n.name)',
  'a constraint': 'CREATE CONSTRAINT one FOR (n:Person) REQUIRE n.name IS UNIQUE',
  'an index less': 'DROP INDEX names',
  'lower case': 'match (n) set n.name = "x"',
  'mixed case': 'MaTcH (n) dEtAcH dElEtE n',
  'a line comment before it': '// MATCH (n) RETURN n\nCREATE (n:City)',
  'a block comment before it': '/* only reads */ CREATE (n:City)',
  'a comment inside it': 'MATCH (n) SET/**/n.name = "x"',
  'line ends inside it': 'MATCH (n)\r\n\tDETACH\n\n DELETE\n n',
  'a second statement': 'MATCH (n) RETURN n; CREATE (m:City)',
  'a second statement on a line of its own': 'MATCH (n) RETURN n;\nMATCH (n) DETACH DELETE n;',
  'a string that seems to end': 'MATCH (n) WHERE n.name <> "\\"" SET n.name = "x" RETURN n',
  'an explanation': 'EXPLAIN CREATE (n:City)',
  'a profile': 'PROFILE CREATE (n:City) RETURN n',
  'a plan within a plan': 'EXPLAIN PROFILE MATCH (n) DETACH DELETE n',
  'a part after WITH': 'MATCH (n:Person) WITH n LIMIT 1 SET n.name = "x" RETURN n.name',
  'a branch of a union': 'MATCH (n) RETURN n.name AS a UNION CREATE (m:City {name: "Lima"}) RETURN m.name AS a',
  'a transaction': 'BEGIN',
  'an end of a transaction': 'COMMIT',
  'a letter that becomes another in upper case': 'MERGE (n:\u212aity)',
  'letters of another width': '\uff23\uff32\uff25\uff21\uff34\uff25 (n:City)',
  'a space of no width': 'CR\u200bEATE (n:City)',
  'a joiner': 'MATCH (n) S\u200cET n.name = "x"',
  'a space that is none': 'MATCH\u00a0(n)\u00a0SET\u00a0n.name = "x"',
  'a mark of byte order': '\ufeffCREATE (n:City)',
  'an escaped letter': '\\u0043REATE (n:City)',
  'a zero': 'MATCH (n) RETURN n.name\0 CREATE (x)',
  'a comment within a comment': '/* /* */ CREATE (n:City) // */ RETURN 1',
  'a comment of another language': '-- only reads\nCREATE (n:City)',
  'a quoted procedure': 'CALL `db`.`labels`()',
  'a procedure of an algorithm': 'CALL grafeo.pagerank()',
  'a function of procedures': 'RETURN apoc.create.node(["City"], {})',
  'a graph': 'CREATE GRAPH g',
  'another graph': 'USE other MATCH (n) RETURN n',
  'another session': 'SESSION SET GRAPH g',
  'the schema': 'SHOW INDEXES',
  GQL: 'INSERT (:City {name: "Lima"})',
};

export function guardConformance(open: OpenStore): void {
  describe('a query only reads', () => {
    const own = ownRuns(open, FIRST);

    it('and is refused, changing nothing, when it would write, whatever it looks like', async () => {
      const census =
        'MATCH (n) OPTIONAL MATCH (n)-[r]->() RETURN n.name, labels(n), n.population, n.age, type(r) ORDER BY n.name';
      const before = await own.store.query(own.run, 1, census, LIMITS);
      expect(before.rows).toHaveLength(2);
      for (const [kind, query] of Object.entries(REFUSED_CYPHER)) {
        const outcome = await own.store.query(own.run, 1, query, LIMITS).catch((error: unknown) => error);
        expect(outcome, `${kind}: ${query}`).toBeInstanceOf(QueryError);
        expect(await own.store.query(own.run, 1, census, LIMITS), kind).toEqual(before);
      }
      expect(await own.store.read(own.run)).toEqual(graphOf(FIRST.changes));
    });

    it.each(['\r', '\u2028', '\u0085'])('and takes %j for no end of a comment', async (end) => {
      const query = `MATCH (c:Country) RETURN c.name // ${end}CREATE (m:City)`;
      const outcome = await own.store.query(own.run, 1, query, LIMITS).catch((error: unknown) => error);
      if (!(outcome instanceof QueryError)) expect(outcome).toMatchObject({ rows: [['Peru']] });
      expect((await own.store.query(own.run, 1, 'MATCH (n) RETURN count(n)', LIMITS)).rows).toEqual([[2]]);
    });

    it('and reads no file', async () => {
      const file = join(temporaryFolder(), 'secret.csv');
      writeFileSync(file, 'secret\nthe-word\n');
      for (const query of [
        `LOAD CSV FROM "file://${file}" AS line RETURN line`,
        `LOAD CSV WITH HEADERS FROM "${file}" AS line RETURN line.secret`,
        `load/**/csv from '${file}' as line return line`,
        `MATCH (n) WITH n LOAD CSV FROM "${file}" AS line RETURN line, n.name`,
        `EXPLAIN LOAD CSV FROM "${file}" AS line RETURN line`,
        `LOAD JSONL FROM "${file}" AS line RETURN line`,
        `LOAD DATA FROM "${file}" FORMAT CSV AS line RETURN line`,
        `COPY City FROM "${file}"`,
        `IMPORT DATABASE "${file}"`,
        `EXPORT DATABASE "${file}.out"`,
        `RETURN apoc.load.json("file://${file}")`,
        'LOAD CSV FROM "http://127.0.0.1:9/x.csv" AS line RETURN line',
      ]) {
        const outcome = await own.store.query(own.run, 1, query, LIMITS).catch((error: unknown) => error);
        expect(outcome, query).toBeInstanceOf(QueryError);
        expect((outcome as Error).message).not.toContain('the-word');
      }
    });

    it('and says what it may do instead', async () => {
      await expect(own.store.query(own.run, 1, 'CREATE (n:City)', LIMITS)).rejects.toThrow(/only read.*MATCH … RETURN/);
    });
  });
}
