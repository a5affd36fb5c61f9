import { describe, expect, it } from 'vitest';
import { QueryError } from '../../src/graph/graph-store.ts';
import { manyNodes, upsertEdge, upsertNode } from '../support/graphs.ts';
import { batch, FIRST } from './conformance.ts';
import type { OpenStore } from './conformance.ts';
import { ownRuns } from './own-runs.ts';

export const THINGS = 40;
const keyOf = (index: number): string => `Thing:thing ${index}`;

/** Forty things that all know each other, and a long text. */
export const CROWD = batch(
  2,
  ...manyNodes(THINGS),
  ...Array.from({ length: THINGS * THINGS }, (_, index) =>
    upsertEdge(keyOf(index % THINGS), 'KNOWS', keyOf(Math.floor(index / THINGS))),
  ),
  upsertNode('Text', 'long', { body: 'x'.repeat(1_000_000) }),
);

/** Queries that would take all there is: small models write them by mistake. */
export function limitConformance(open: OpenStore): void {
  describe('a query', () => {
    const own = ownRuns(open, FIRST, CROWD);

    const ask = (query: string, milliseconds: number) => own.store.query(own.run, 2, query, { rows: 50, milliseconds });

    it.each([
      ['pairs without end', 'MATCH (a), (b), (c), (d), (e) RETURN count(*)'],
      ['rows without end', 'MATCH (a), (b), (c), (d), (e) RETURN a.name, b.name, c.name, d.name'],
      ['paths without end', 'MATCH p = (a)-[*]->(b) RETURN count(p)'],
      ['text that doubles', 'RETURN reduce(text = "x", step IN range(1, 50) | text + text)'],
      ['text within text', 'MATCH (t:Text) RETURN replace(t.body, "x", t.body)'],
      ['thousands of levels', `RETURN ${'['.repeat(5_000)}1${']'.repeat(5_000)}`],
      ['a number too large', 'RETURN 9223372036854775807 + 1'],
      ['a number by nothing', 'RETURN 1 / 0'],
    ])('of %s is ended or refused with the reason, and others follow', async (_, query) => {
      const error: unknown = await ask(query, 1_500).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(QueryError);
      expect((error as QueryError).message.length).toBeGreaterThan(10);
      expect((await ask('MATCH (c:Country) RETURN c.name', 20_000)).rows).toEqual([['Peru']]);
    });

    it.each([
      ['a million rows', 'UNWIND range(1, 1000000) AS number RETURN number', 50],
      ['huge cells', 'MATCH (t:Text), (n:Thing) RETURN t.body + n.name', THINGS],
      ['thousands of conditions', `MATCH (c:Country) WHERE ${'c.name <> "x" AND '.repeat(2_000)}true RETURN c.name`, 1],
      ['a very long name', `RETURN 1 AS ${'x'.repeat(1_000_000)}`, 1],
      ['lists in maps in lists', 'RETURN {a: [1, {b: [2, {c: date("2020-01-01")}]}]} AS deep', 1],
      ['names that every object has', 'RETURN 1 AS constructor, 2 AS __proto__, 3 AS toString', 1],
      ['a pattern that would go back for ever', `RETURN "${'a'.repeat(60)}!" =~ "(a+)+$" AS fits`, 1],
    ])('of %s gives what fits', async (_, query, count) => {
      const { rows } = await ask(query, 20_000);
      expect(rows).toHaveLength(count);
      for (const cell of rows.flat()) expect(String(cell).length).toBeLessThanOrEqual(2_000);
      expect(JSON.stringify(rows)).not.toContain('{}');
    });
  });
}
