import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { QueryError } from '../../src/graph/graph-store.ts';
import type { GraphStore } from '../../src/graph/graph-store.ts';
import { toDocument } from '../../src/graph/export.ts';
import { temporaryFolder, temporaryStore } from '../support/folders.ts';
import { graphOf } from '../support/graphs.ts';
import { FIRST } from './conformance.ts';
import type { OpenStore } from './conformance.ts';
import { LIMITS } from './conformance-queries.ts';

/** Every kind of update, and ways to hide it. */
export const REFUSED_SPARQL: Record<string, string> = {
  data: 'INSERT DATA { <urn:a> <urn:b> 1 }',
  'data less': 'DELETE DATA { <urn:kgot:graph> <urn:kgot:meta:revision> 1 }',
  'all less': 'DELETE WHERE { ?s ?p ?o }',
  'a change': 'DELETE { ?s ?p ?o } INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }',
  'a change with a graph': 'WITH <urn:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }',
  'a change using a graph': 'DELETE { ?s ?p ?o } USING <urn:g> WHERE { ?s ?p ?o }',
  'everything dropped': 'DROP ALL',
  'everything dropped in silence': 'DROP SILENT ALL',
  'everything cleared': 'CLEAR ALL',
  'the default graph cleared': 'CLEAR DEFAULT',
  'a graph made': 'CREATE GRAPH <urn:g>',
  'a graph copied': 'COPY DEFAULT TO <urn:g>',
  'a graph moved': 'MOVE <urn:kgot:meta> TO DEFAULT',
  'a graph added': 'ADD <urn:kgot:meta> TO <urn:g>',
  'a file loaded': 'LOAD <file:///etc/passwd>',
  'a page loaded': 'LOAD SILENT <http://127.0.0.1:9/x.ttl> INTO GRAPH <urn:g>',
  'lower case': 'insert data { <urn:a> <urn:b> 1 }',
  'mixed case': 'iNsErT dAtA { <urn:a> <urn:b> 1 }',
  'a comment before it': '# SELECT * {}\nINSERT DATA { <urn:a> <urn:b> 1 }',
  'a comment inside it': 'INSERT#\nDATA#\n{ <urn:a> <urn:b> 1 }',
  'a carriage return after a comment': '# only reads\rDROP ALL',
  'a second statement': 'SELECT * { ?s ?p ?o } ; DROP ALL',
  'a second statement on a line of its own': 'SELECT * { ?s ?p ?o };\nDROP ALL;',
  'a first statement': 'INSERT DATA { <urn:a> <urn:b> 1 } ; SELECT * { ?s ?p ?o }',
  'a string that seems to end': 'SELECT * { ?s ?p "\\"" } DROP ALL',
  'a long string that seems to end': 'SELECT * { ?s ?p """\\"""" } DROP ALL #"""',
  'an escaped letter': '\\u0049NSERT DATA { <urn:a> <urn:b> 1 }',
  'an escaped long letter': '\\U00000049NSERT DATA { <urn:a> <urn:b> 1 }',
  'an escaped end of a string': 'SELECT ("\\u0022 AS ?x) {} DROP ALL #" AS ?x) {}',
  'an escaped line end': 'SELECT * { ?s ?p ?o } #\\u000ADROP ALL',
  'an escape of an escape': '\\u005cu0049NSERT DATA { <urn:a> <urn:b> 1 }',
  'an IRI that seems to end': 'SELECT * { ?s <urn:a\\u003E> ?o } ; DROP ALL',
  'a prefix before it': 'PREFIX x: <urn:x:> INSERT DATA { x:a x:b 1 }',
  'a base before it': 'BASE <urn:x> DROP ALL',
  'a subquery that writes': 'SELECT * { { INSERT DATA { <urn:a> <urn:b> 1 } } }',
  'letters of another width': '\uff24\uff32\uff2f\uff30 ALL',
  'a space of no width': 'DR\u200bOP ALL',
  'a mark of byte order': '\ufeffDROP ALL',
  'a zero': 'SELECT * { ?s ?p ?o }\0DROP ALL',
  'half a character': 'SELECT ("\ud800" AS ?x) {}',
  'an opened body': 'SELECT * { ?s ?p ?o } &update=DROP%20ALL',
  'an end of the request': 'SELECT * { ?s ?p ?o }\r\n\r\nDELETE /rdf4j-server/repositories/SYSTEM HTTP/1.1\r\n\r\n',
  'a dataset': 'SELECT * FROM <urn:kgot:meta> { ?s ?p ?o }',
  'a named dataset': 'SELECT * FROM NAMED <http://127.0.0.1:9/x> { GRAPH ?g { ?s ?p ?o } }',
  'a file as a dataset': 'SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }',
  'a function of the server': 'SELECT (<http://rdf4j.org/schema/rdf4j#x>(1) AS ?x) {}',
  'a function of another': 'SELECT (<java:java.lang.System.exit>(1) AS ?x) {}',
  'an aggregate of another': 'SELECT (<urn:a>(DISTINCT ?s) AS ?x) { ?s ?p ?o }',
  'a quoted triple': 'SELECT * { << ?s ?p ?o >> ?a ?b }',
};

export function sparqlGuardConformance(open: OpenStore): void {
  describe('a query only reads', () => {
    let store: GraphStore;
    beforeEach(async () => {
      store = await open(temporaryStore());
      await store.apply('r', FIRST);
      return async () => {
        await store.drop('r');
        await store.close();
      };
    });

    it.each(Object.entries(REFUSED_SPARQL))('and is refused, changing nothing, when it is %s', async (_, query) => {
      const outcome = await store.query('r', 1, query, LIMITS).catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(QueryError);
      expect(toDocument(await store.stored('r'))).toEqual(toDocument(graphOf(FIRST.changes)));
    });

    it('and reaches no other server, whatever it looks like', async () => {
      const calls: string[] = [];
      const server = createServer((request, response) => {
        calls.push(request.url!);
        response.end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void server.close());
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
      for (const query of [
        `SELECT * { SERVICE <${url}> { ?s ?p ?o } }`,
        `SELECT * { SERVICE SILENT <${url}> { ?s ?p ?o } }`,
        `SELECT * { service <${url}> { ?s ?p ?o } }`,
        `SELECT * { sErViCe<${url}>{ ?s ?p ?o } }`,
        `SELECT * { SERVICE#\n<${url}> { ?s ?p ?o } }`,
        `SELECT * { \\u0053ERVICE <${url}> { ?s ?p ?o } }`,
        `SELECT * { \\U00000053\\u0045RVICE <${url}> { ?s ?p ?o } }`,
        `SELECT * { BIND(<${url}> AS ?url) SERVICE ?url { ?s ?p ?o } }`,
        `PREFIX s: <${url.slice(0, -1)}> SELECT * { SERVICE s:x { ?s ?p ?o } }`,
        `BASE <${url}> SELECT * { SERVICE <> { ?s ?p ?o } }`,
        `SELECT * { OPTIONAL { { SELECT * { SERVICE <${url}> { ?s ?p ?o } } } } }`,
        `SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE <${url}> { ?s ?p ?o } } }`,
        `SELECT * { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { SERVICE <${url}> { ?s ?p ?o } } } }`,
        `SELECT * { ?s ?p ?o MINUS { SERVICE <${url}> { ?s ?p ?o } } }`,
        `SELECT (EXISTS { SERVICE <${url}> { ?s ?p ?o } } AS ?x) {}`,
        `SELECT (COUNT(*) AS ?n) { ?s ?p ?o } HAVING (EXISTS { SERVICE <${url}> { ?s ?p ?o } })`,
        `SELECT * { ?s ?p ?o } ORDER BY (EXISTS { SERVICE <${url}> { ?s ?p ?o } })`,
        `ASK { SERVICE <${url}> { ?s ?p ?o } }`,
        `CONSTRUCT WHERE { SERVICE <${url}> { ?s ?p ?o } }`,
        `SELECT * FROM <${url}> { ?s ?p ?o }`,
        `SELECT * FROM NAMED <${url}> { GRAPH <${url}> { ?s ?p ?o } }`,
        `LOAD <${url}>`,
        `DESCRIBE <${url}>`,
      ]) {
        const outcome = await store.query('r', 1, query, LIMITS).catch((error: unknown) => error);
        expect(outcome, query).toBeInstanceOf(QueryError);
      }
      expect((await store.query('r', 1, `SELECT * { GRAPH <${url}> { ?s ?p ?o } }`, LIMITS)).rows).toEqual([]);
      expect(calls).toEqual([]);
    });

    it('and reads no file', async () => {
      const file = join(temporaryFolder(), 'secret.ttl');
      writeFileSync(file, '<urn:secret> <urn:is> "the-word" .');
      for (const query of [
        `SELECT * { GRAPH <file://${file}> { ?s ?p ?o } }`,
        `SELECT ?o { <file://${file}> ?p ?o }`,
      ]) {
        expect((await store.query('r', 1, query, LIMITS)).rows, query).toEqual([]);
      }
    });

    it('and says what it may do instead', async () => {
      await expect(store.query('r', 1, 'DROP ALL', LIMITS)).rejects.toThrow(/only read.*SELECT/);
    });
  });
}
