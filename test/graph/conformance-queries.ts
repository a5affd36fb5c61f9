import { describe, expect, it } from 'vitest';
import { QueryError, RevisionConflict } from '../../src/graph/graph-store.ts';
import { manyNodes, upsertEdge, upsertNode } from '../support/graphs.ts';
import { ADA, batch, FIRST, PERU } from './conformance.ts';
import type { OpenStore } from './conformance.ts';
import { ownRuns } from './own-runs.ts';

export const LIMITS = { rows: 50, milliseconds: 20_000 };

/** Pairs and triples of 2,000 nodes: no machine gets to their end. */
export const ENDLESS = 'MATCH (a), (b), (c) WHERE a.name < b.name AND b.name < c.name RETURN count(*)';

/** Queries that only read. */
export function queryConformance(open: OpenStore): void {
  describe('a query', () => {
    const own = ownRuns(open, FIRST);

    const rowsOf = async (query: string, revision = 1): Promise<unknown[][]> =>
      (await own.store.query(own.run, revision, query, LIMITS)).rows;

    it('gives rows of cells under the names of its columns', async () => {
      const query = 'MATCH (p:Person)-[r:LEADS]->(c:Country) RETURN p.name AS leader, c.population, r.since';
      expect(await own.store.query(own.run, 1, query, LIMITS)).toEqual({
        columns: ['leader', 'c.population', 'r.since'],
        rows: [['Ada Vega', 34_000_000, 2021]],
        truncated: false,
      });
    });

    it.each([
      ['a name without regard to case', 'MATCH (p) WHERE toLower(p.name) = "ada vega" RETURN p.name', [['Ada Vega']]],
      ['what is missing', 'MATCH (p:Person) RETURN p.age', [[null]]],
      ['nothing', 'MATCH (n:Nothing) RETURN n.name', []],
      ['a count', 'MATCH (n) RETURN count(n)', [[2]]],
      ['a truth', 'MATCH (c:Country) RETURN c.population > 100', [[true]]],
      ['an optional part', 'MATCH (c:Country) OPTIONAL MATCH (c)-[:NEAR]->(d) RETURN c.name, d.name', [['Peru', null]]],
      ['a path', 'MATCH (p:Person)-[*1..2]->(c) RETURN c.name', [['Peru']]],
      ['an order', 'MATCH (n) RETURN n.name ORDER BY n.name DESC', [['Peru'], ['Ada Vega']]],
      [
        'a union',
        'MATCH (p:Person) RETURN p.name AS n UNION MATCH (c:Country) RETURN c.name AS n',
        [['Ada Vega'], ['Peru']],
      ],
      ['a list', 'MATCH (n) WITH n.name AS name ORDER BY name RETURN collect(name)', [['[Ada Vega, Peru]']]],
      ['words that write elsewhere', 'RETURN "CREATE (n) SET x; DELETE" AS text', [['CREATE (n) SET x; DELETE']]],
      ['a statement with a semicolon', 'MATCH (c:Country) RETURN c.name;', [['Peru']]],
      ['a comment', '// which one?\nMATCH (c:Country) /* all */ RETURN c.name', [['Peru']]],
    ])('can ask for %s', async (_, query, rows) => {
      expect(await rowsOf(query)).toEqual(rows);
    });

    it('shows nodes, edges and lists as text with their names', async () => {
      const [row] = await rowsOf('MATCH (p:Person)-[r]->(c) RETURN p, r, labels(c)');
      expect(row).toHaveLength(3);
      for (const cell of row!) expect(typeof cell).toBe('string');
      expect(row!.join('\n')).toMatch(/Ada Vega[\s\S]*LEADS[\s\S]*Country/);
    });

    it('sees the revision that it names, and no other', async () => {
      await own.store.apply(own.run, batch(2, upsertNode('Country', 'Chile')));
      const names = 'MATCH (c:Country) RETURN c.name ORDER BY c.name';
      expect(await rowsOf(names, 1)).toEqual([['Peru']]);
      expect(await rowsOf(names, 2)).toEqual([['Chile'], ['Peru']]);
      expect(await rowsOf(names, 1)).toEqual([['Peru']]);
      expect(await rowsOf(names, 0)).toEqual([]);
      await expect(own.store.query(own.run, 3, names, LIMITS)).rejects.toThrow(RevisionConflict);
    });

    it('sees nothing of another run', async () => {
      await own.store.apply('other', batch(1, upsertNode('Country', 'Chile')));
      expect(await rowsOf('MATCH (n:Country) RETURN n.name')).toEqual([['Peru']]);
    });

    it('sees edges of one type between the same nodes each', async () => {
      const terms = [1, 2].map((term) => upsertEdge(ADA, 'LED', PERU, { key: String(term), properties: { term } }));
      await own.store.apply(own.run, batch(2, ...terms));
      expect(await rowsOf('MATCH ()-[r:LED]->() RETURN r.term ORDER BY r.term', 2)).toEqual([[1], [2]]);
    });

    it('gives odd names and values back as they are', async () => {
      const text = '漢字 😀 "quoted" \\ \'name\' \n ${x} é';
      const numbers = { half: 0.5, third: 1 / 3, large: 2 ** 40, huge: 1e300, small: -1e-9, zero: 0 };
      await own.store.apply(own.run, batch(2, upsertNode('Odd', 'odd', { text, ...numbers, no: false })));
      const columns = ['text', ...Object.keys(numbers), 'no'].map((name) => `o.${name}`).join(', ');
      expect(await rowsOf(`MATCH (o:Odd) RETURN ${columns}`, 2)).toEqual([[text, ...Object.values(numbers), false]]);
    });

    it('finds labels, types and properties in other scripts', async () => {
      const node = { key: 'Straße:a', labels: ['Straße'], properties: { name: 'a', länge_μ: 3 } };
      const change = { op: 'upsert-node', node, source: 's' } as const;
      await own.store.apply(own.run, batch(2, change, upsertEdge('Straße:a', '通り', PERU)));
      expect(await rowsOf('MATCH (s:Straße)-[:通り]->(c) RETURN s.länge_μ, c.name', 2)).toEqual([[3, 'Peru']]);
    });

    it('gives no more rows than its limit, and says that there are more', async () => {
      await own.store.apply(own.run, batch(2, ...manyNodes(20)));
      const ask = (rows: number) => own.store.query(own.run, 2, 'MATCH (t:Thing) RETURN t.name', { ...LIMITS, rows });
      expect(await ask(19)).toMatchObject({ truncated: true });
      expect((await ask(19)).rows).toHaveLength(19);
      expect(await ask(20)).toMatchObject({ truncated: false });
      expect((await ask(20)).rows).toHaveLength(20);
    });

    it('keeps each cell within bounds', async () => {
      await own.store.apply(own.run, batch(2, upsertNode('Text', 'long', { body: 'x'.repeat(100_000) })));
      const [[cell]] = (await rowsOf('MATCH (t:Text) RETURN t.body', 2)) as [[string]];
      expect(cell.length).toBeLessThanOrEqual(2_000);
    });

    it.each([
      ['that does not parse', 'MATCH (n RETURN n'],
      ['of nothing', ''],
      ['with a name that is not bound', 'MATCH (n) RETURN m.name'],
      ['with a function that does not exist', 'RETURN nonsense(1)'],
      ['in another language', 'SELECT name FROM Country'],
    ])('%s is an error that says why, for the model that repairs it', async (_, query) => {
      const error = await own.store.query(own.run, 1, query, LIMITS).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(QueryError);
      expect((error as QueryError).message.length).toBeGreaterThan(10);
    });

    it('that takes too long is ended in its time, while others go on and follow', async () => {
      await own.store.apply(own.run, batch(2, ...manyNodes(2_000)));
      const count = 'MATCH (t:Thing) RETURN count(t)';
      await own.store.query(own.run, 2, count, LIMITS);
      const start = performance.now();
      const endless = own.store
        .query(own.run, 2, ENDLESS, { rows: 5, milliseconds: 1_500 })
        .catch((error: unknown) => error);
      expect((await own.store.query(own.run, 2, count, LIMITS)).rows).toEqual([[2_000]]);
      const error = await endless;
      expect(error).toBeInstanceOf(QueryError);
      expect((error as Error).message).toContain('longer than 1.5 seconds');
      expect(performance.now() - start).toBeLessThan(10_000);
      expect((await own.store.query(own.run, 2, count, LIMITS)).rows).toEqual([[2_000]]);
    });

    it('that takes too much memory is ended, and others follow', async () => {
      const huge = 'UNWIND range(1, 200000000) AS number RETURN number';
      await expect(own.store.query(own.run, 1, huge, LIMITS)).rejects.toThrow(/too much memory|longer than/);
      expect(await rowsOf('MATCH (c:Country) RETURN c.name')).toEqual([['Peru']]);
    });

    it('can be asked by many at once', async () => {
      const queries = Array.from({ length: 20 }, (_, index) => rowsOf(`MATCH (c:Country) RETURN c.name, ${index}`));
      expect(await Promise.all(queries)).toEqual(queries.map((_, index) => [['Peru', index]]));
    });
  });
}
