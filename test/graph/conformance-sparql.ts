import { beforeEach, describe, expect, it } from 'vitest';
import { QueryError, RevisionConflict } from '../../src/graph/graph-store.ts';
import type { GraphStore } from '../../src/graph/graph-store.ts';
import { temporaryStore } from '../support/folders.ts';
import { manyNodes, upsertEdge, upsertNode } from '../support/graphs.ts';
import { ADA, batch, FIRST, PERU } from './conformance.ts';
import type { OpenStore } from './conformance.ts';
import { CROWD, THINGS } from './conformance-limits.ts';
import { LIMITS } from './conformance-queries.ts';
import { sparqlGuardConformance } from './conformance-sparql-guards.ts';

/** Triples of 2,000 nodes: no machine gets to their end. */
export const ENDLESS =
  'SELECT (COUNT(*) AS ?n) { ?a prop:name ?x . ?b prop:name ?y . ?c prop:name ?z . FILTER(?x < ?y && ?y < ?z) }';

/** What a store answers whose language is SPARQL 1.1, in the vocabulary of docs/rdf.md. */
export function sparqlConformance(open: OpenStore): void {
  queryConformance(open);
  limitConformance(open);
  sparqlGuardConformance(open);
}

function queryConformance(open: OpenStore): void {
  describe('a query', () => {
    let store: GraphStore;
    beforeEach(async () => {
      store = await open(temporaryStore());
      await store.apply('r', FIRST);
      // Not dropped: the server waits 20 seconds for queries that it is still ending.
      return () => store.close();
    });

    const rowsOf = async (query: string, revision = 1): Promise<unknown[][]> =>
      (await store.query('r', revision, query, LIMITS)).rows;

    it('gives rows of cells under the names of its columns', async () => {
      const query = `SELECT ?leader ?population ?since {
        ?p a label:Person ; prop:name ?leader ; rel:LEADS ?c . ?c a label:Country ; prop:population ?population .
        ?e edge:from ?p ; edge:to ?c ; edge:type rel:LEADS ; prop:since ?since }`;
      expect(await store.query('r', 1, query, LIMITS)).toEqual({
        columns: ['leader', 'population', 'since'],
        rows: [['Ada Vega', 34_000_000, 2021]],
        truncated: false,
      });
    });

    it.each([
      ['a name without regard to case', 'SELECT ?n { ?p prop:name ?n FILTER(LCASE(?n) = "ada vega") }', [['Ada Vega']]],
      ['what is missing', 'SELECT ?age { ?p a label:Person OPTIONAL { ?p prop:age ?age } }', [[null]]],
      ['nothing', 'SELECT ?n { ?x a label:Nothing ; prop:name ?n }', []],
      ['a count', 'SELECT (COUNT(DISTINCT ?x) AS ?n) { ?x a ?label }', [[2]]],
      ['a truth', 'SELECT (?p > 100 AS ?many) { ?c prop:population ?p }', [[true]]],
      ['a yes or no', 'ASK { ?p rel:LEADS ?c }', [[true]]],
      ['a path', 'SELECT ?n { ?p a label:Person ; rel:LEADS+/prop:name ?n }', [['Peru']]],
      ['an order', 'SELECT ?n { ?x prop:name ?n } ORDER BY DESC(?n)', [['Peru'], ['Ada Vega']]],
      ['a union', 'SELECT ?x { { ?x a label:Person } UNION { ?x a label:Country } }', [['Ada Vega'], ['Peru']]],
      ['a list', 'SELECT (GROUP_CONCAT(?n; separator=", ") AS ?all) { ?c a label:Country ; prop:name ?n }', [['Peru']]],
      ['a subquery', 'SELECT ?n { { SELECT ?x { ?x a label:Country } LIMIT 1 } ?x prop:name ?n }', [['Peru']]],
      ['a mean', 'SELECT (AVG(?p) AS ?mean) { ?c prop:population ?p }', [[34_000_000]]],
      ['rows of its own', 'SELECT ?v { VALUES ?v { 1 2.5 "x" true } }', [[1], [2.5], ['x'], [true]]],
      ['a pattern', 'SELECT ?n { ?x prop:name ?n FILTER REGEX(?n, "^ada .*a$", "i") }', [['Ada Vega']]],
      ['a cast', 'SELECT (xsd:integer("7") AS ?n) {}', [[7]]],
      ['words that write elsewhere', 'SELECT ("DROP ALL; INSERT DATA {}" AS ?text) {}', [['DROP ALL; INSERT DATA {}']]],
      ['a statement with a semicolon', 'SELECT ?n { ?c a label:Country ; prop:name ?n };', [['Peru']]],
      ['a comment', '# which one?\nSELECT ?n { ?c a label:Country ; # all\n prop:name ?n }', [['Peru']]],
      [
        'prefixes of its own',
        'PREFIX l: <urn:kgot:label:> PREFIX prop: <urn:kgot:property:> SELECT ?n { ?c a l:Country ; prop:name ?n }',
        [['Peru']],
      ],
      ['an escaped letter', '\\u0053ELECT ("\\u00e9" AS ?x) {}', [['é']]],
    ])('can ask for %s', async (_, query, rows) => {
      expect(await rowsOf(query)).toEqual(rows);
    });

    it('shows nodes, edges, labels and relations as text with their names', async () => {
      const rows = await rowsOf('SELECT ?p ?r ?c ?l ?e { ?p ?r ?c . ?c a ?l . ?e edge:from ?p }');
      expect(rows).toEqual([['Ada Vega', 'LEADS', 'Peru', 'Country', '(Ada Vega)-[:LEADS]->(Peru)']]);
    });

    it('sees the revision that it names, and no other', async () => {
      await store.apply('r', batch(2, upsertNode('Country', 'Chile')));
      const names = 'SELECT ?n { ?c a label:Country ; prop:name ?n } ORDER BY ?n';
      expect(await rowsOf(names, 1)).toEqual([['Peru']]);
      expect(await rowsOf(names, 2)).toEqual([['Chile'], ['Peru']]);
      expect(await rowsOf(names, 1)).toEqual([['Peru']]);
      expect(await rowsOf(names, 0)).toEqual([]);
      await expect(store.query('r', 3, names, LIMITS)).rejects.toThrow(RevisionConflict);
    });

    it('sees nothing of another run', async () => {
      await store.apply('other', batch(1, upsertNode('Country', 'Chile')));
      expect(await rowsOf('SELECT ?n { ?c a label:Country ; prop:name ?n }')).toEqual([['Peru']]);
      await store.drop('other');
    });

    it('sees edges of one type between the same nodes each, and the relation once, until the last is gone', async () => {
      const terms = [1, 2].map((term) => upsertEdge(ADA, 'LED', PERU, { key: String(term), properties: { term } }));
      const without = (key: string) =>
        ({ op: 'retract-edge', from: ADA, to: PERU, type: 'LED', key, source: 's' }) as const;
      await store.apply('r', batch(2, ...terms));
      expect(await rowsOf('SELECT ?t { ?e edge:type rel:LED ; prop:term ?t } ORDER BY ?t', 2)).toEqual([[1], [2]]);
      const led = 'SELECT ?c { ?p rel:LED ?c }';
      expect(await rowsOf(led, 2)).toEqual([['Peru']]);
      await store.apply('r', batch(3, without('1')));
      expect(await rowsOf(led, 3)).toEqual([['Peru']]);
      await store.apply('r', batch(4, without('2')));
      expect(await rowsOf(led, 4)).toEqual([]);
    });

    it('gives odd names and values back as they are', async () => {
      const text = '漢字 😀 "quoted" \\ \'name\' \n\t ${x} é \\u0041 \u0001';
      const numbers = { half: 0.5, third: 1 / 3, large: 2 ** 40, huge: 1e300, small: -1e-9, zero: 0 };
      await store.apply('r', batch(2, upsertNode('Odd', 'odd', { text, ...numbers, no: false })));
      const names = ['text', ...Object.keys(numbers), 'no'];
      const query = `SELECT ${names.map((name) => `?${name}`).join(' ')} { ?o a label:Odd ; ${names.map((name) => `prop:${name} ?${name}`).join(' ; ')} }`;
      expect(await rowsOf(query, 2)).toEqual([[text, ...Object.values(numbers), false]]);
    });

    it('finds labels, types and properties in other scripts', async () => {
      const node = { key: 'Straße:a', labels: ['Straße'], properties: { name: 'a', länge_μ: 3 } };
      const change = { op: 'upsert-node', node, source: 's' } as const;
      await store.apply('r', batch(2, change, upsertEdge('Straße:a', '通り', PERU)));
      const query = 'SELECT ?l ?n { ?s a label:Straße ; prop:länge_μ ?l ; rel:通り/prop:name ?n }';
      expect(await rowsOf(query, 2)).toEqual([[3, 'Peru']]);
    });

    it('gives no more rows than its limit, and says that there are more', async () => {
      await store.apply('r', batch(2, ...manyNodes(20)));
      const ask = (rows: number) =>
        store.query('r', 2, 'SELECT ?n { ?t a label:Thing ; prop:name ?n }', { ...LIMITS, rows });
      expect(await ask(19)).toMatchObject({ truncated: true });
      expect((await ask(19)).rows).toHaveLength(19);
      expect(await ask(20)).toMatchObject({ truncated: false });
      expect((await ask(20)).rows).toHaveLength(20);
    });

    it('keeps each cell within bounds', async () => {
      await store.apply('r', batch(2, upsertNode('Text', 'long', { body: 'x'.repeat(100_000) })));
      const [[cell]] = (await rowsOf('SELECT ?b { ?t prop:body ?b }', 2)) as [[string]];
      expect(cell.length).toBeLessThanOrEqual(2_000);
    });

    it.each([
      ['that does not parse', 'SELECT ?n { ?n'],
      ['of nothing', ''],
      ['of a comment', '# SELECT * {}'],
      ['with a prefix that is not known', 'SELECT ?n { ?n foo:bar ?x }'],
      ['with a function that does not exist', 'SELECT (NONSENSE(1) AS ?x) {}'],
      ['in another language', 'MATCH (n) RETURN n.name'],
      ['that gives no rows', 'CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }'],
      ['that describes', 'DESCRIBE ?p { ?p a label:Person }'],
      ['with another meaning of a prefix', 'PREFIX prop: <http://example.org/> SELECT ?n { ?x prop:name ?n }'],
    ])('%s is an error that says why, for the model that repairs it', async (_, query) => {
      const error = await store.query('r', 1, query, LIMITS).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(QueryError);
      expect((error as QueryError).message.length).toBeGreaterThan(10);
    });

    it('that takes too long is ended in its time, while others go on and follow', async () => {
      await store.apply('r', batch(2, ...manyNodes(2_000)));
      const count = 'SELECT (COUNT(?t) AS ?n) { ?t a label:Thing }';
      await store.query('r', 2, count, LIMITS);
      const endless = store.query('r', 2, ENDLESS, { rows: 5, milliseconds: 1_500 }).catch((error: unknown) => error);
      expect((await store.query('r', 2, count, LIMITS)).rows).toEqual([[2_000]]);
      const error = await endless;
      expect(error).toBeInstanceOf(QueryError);
      expect((error as Error).message).toContain('longer than 1.5 seconds');
      expect((await store.query('r', 2, count, LIMITS)).rows).toEqual([[2_000]]);
    });

    it('can be asked by many at once', async () => {
      const queries = Array.from({ length: 20 }, (_, index) =>
        rowsOf(`SELECT ?n (${index} AS ?i) { ?c a label:Country ; prop:name ?n }`),
      );
      expect(await Promise.all(queries)).toEqual(queries.map((_, index) => [['Peru', index]]));
    });
  });
}

/** Four thousand triples to the power of five. */
const CROSS = '?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o';

/** Queries that would take all there is: small models write them by mistake. */
function limitConformance(open: OpenStore): void {
  describe('a query within limits', () => {
    let store: GraphStore;
    beforeEach(async () => {
      store = await open(temporaryStore());
      await store.apply('r', FIRST);
      await store.apply('r', CROWD);
      // Not dropped: the server waits 20 seconds for queries that it is still ending.
      return () => store.close();
    });

    const ask = (query: string, milliseconds: number) => store.query('r', 2, query, { rows: 50, milliseconds });

    it.each([
      ['triples without end', `SELECT (COUNT(*) AS ?count) { ${CROSS} }`],
      ['different rows without end', `SELECT DISTINCT ?a ?d ?g ?j { ${CROSS} } ORDER BY ?a ?d`],
      ['an order without end', `SELECT ?a ?d ?g { ${CROSS} } ORDER BY DESC(?a) ?d ?g`],
      ['groups without end', `SELECT ?a ?d ?g (COUNT(*) AS ?count) { ${CROSS} } GROUP BY ?a ?d ?g`],
      ['a list without end', `SELECT (GROUP_CONCAT(?c) AS ?all) { ${CROSS} }`],
      ['a pattern that would go back for ever', `ASK { FILTER REGEX("${'a'.repeat(60)}!", "^(a|aa)+$") }`],
      ['a pattern that is computed', 'ASK { BIND(CONCAT("(a|aa", ")+$") AS ?p) FILTER REGEX("aaaa!", ?p) }'],
      ['a number by nothing', 'SELECT (1 / 0 AS ?x) {}'],
      ['thousands of levels', `SELECT (${'('.repeat(5_000)}1${')'.repeat(5_000)} AS ?x) {}`],
      ['thousands of groups', `SELECT * ${'{'.repeat(5_000)}${'}'.repeat(5_000)}`],
    ])('of %s is ended or refused with the reason, and others follow', async (_, query) => {
      const error: unknown = await ask(query, 1_500).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(QueryError);
      expect((error as QueryError).message.length).toBeGreaterThan(10);
      expect((await ask('SELECT ?n { ?c a label:Country ; prop:name ?n }', 20_000)).rows).toEqual([['Peru']]);
    });

    it.each([
      ['rows without end', `SELECT * { ${CROSS} }`, 50],
      ['huge cells', 'SELECT (CONCAT(?b, ?n) AS ?x) { ?t prop:body ?b . ?o a label:Thing ; prop:name ?n }', THINGS],
      [
        'thousands of conditions',
        `SELECT ?n { ?c a label:Country ; prop:name ?n FILTER(${'?n != "x" && '.repeat(300)}true) }`,
        1,
      ],
      ['a very long name', `SELECT (1 AS ?${'x'.repeat(100_000)}) {}`, 1],
      ['a number too large', 'SELECT (9223372036854775807 + 1 AS ?x) {}', 1],
      ['names that every object has', 'SELECT (1 AS ?constructor) (2 AS ?__proto__) (3 AS ?toString) {}', 1],
    ])('of %s gives what fits', async (_, query, count) => {
      const { rows } = await ask(query, 20_000);
      expect(rows).toHaveLength(count);
      for (const cell of rows.flat()) expect(String(cell).length).toBeLessThanOrEqual(2_000);
    });
  });
}
