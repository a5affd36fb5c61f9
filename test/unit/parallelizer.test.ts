import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/domain/changes.ts';
import { emptyGraph } from '../../src/domain/graph.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { GraphUnavailable } from '../../src/graph/graph-store.ts';
import type { GraphStore, QueryLimits, QueryRows } from '../../src/graph/graph-store.ts';
import { BACK_END_LIMITS } from '../../src/graph/parallel/back-ends.ts';
import { operationOfBatch, operationOfQuery, ruleOf } from '../../src/graph/parallel/operation.ts';
import { GraphOperationParallelizer } from '../../src/graph/parallel/parallelizer.ts';
import type { ParallelizerOptions } from '../../src/graph/parallel/parallelizer.ts';
import { upsertEdge, upsertNode } from '../support/graphs.ts';
import { SEEDED } from '../support/property.ts';

/** A back end whose operations end when the test says so. */
class Gated implements GraphStore {
  readonly begun: string[] = [];
  readonly #gates = new Map<string, PromiseWithResolvers<void>>();
  revision = 1;

  async #pass(name: string): Promise<void> {
    this.begun.push(name);
    const gate = Promise.withResolvers<void>();
    this.#gates.set(name, gate);
    await gate.promise;
  }

  async end(name: string, error?: Error): Promise<void> {
    const gate = this.#gates.get(name)!;
    if (error === undefined) gate.resolve();
    else gate.reject(error);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }

  async apply(run: string, { revision }: Batch): Promise<Graph> {
    await this.#pass(`${run} ${revision}`);
    return { ...emptyGraph(), revision };
  }

  async query(run: string, revision: number, query: string, { rows }: QueryLimits): Promise<QueryRows> {
    await this.#pass(`${run}@${revision} ${query}${rows === LIMITS.rows ? '' : ` ${rows}`}`);
    return { columns: [query], rows: [], truncated: false };
  }

  code = (run: string, revision: number, code: string, limits: QueryLimits): Promise<QueryRows> =>
    this.query(run, revision, code, limits);
  read = () => Promise.resolve({ ...emptyGraph(), revision: this.revision });
  describe = async (run: string) => {
    await this.#pass(`describe ${run}`);
    return { revision: this.revision, nodes: 0, edges: 0, labels: [], types: [] };
  };
  neighbours = () => Promise.resolve({ revision: 1, nodes: [], edges: [], truncated: false });
  stored = () => Promise.resolve(emptyGraph());
  drop = () => this.#pass('drop');
  close = () => Promise.resolve();
}

const batch = (revision: number, ...changes: Batch['changes']): Batch => ({ revision, base: revision - 1, changes });
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
};
const LIMITS = { rows: 10, milliseconds: 1_000 };

function open(options: ParallelizerOptions = {}) {
  const store = new Gated();
  return {
    store,
    parallel: new GraphOperationParallelizer(store, 'neo4j', () => Promise.resolve(store.revision), options),
  };
}

describe('reads', () => {
  it('run at once up to the limit, the next when one ends', async () => {
    const { store, parallel } = open({ maxParallelQueries: 3 });
    const asked = [1, 2, 3, 4, 5].map((n) => parallel.query('r', 1, `MATCH (n {k: ${n}}) RETURN n`, LIMITS));
    await settle();
    expect(store.begun).toHaveLength(3);
    await store.end(store.begun[0]!);
    await settle();
    expect(store.begun).toHaveLength(4);
    for (let index = 1; index < 5; index += 1) {
      await settle();
      await store.end(store.begun[index]!);
    }
    expect(await Promise.all(asked)).toHaveLength(5);
  });

  it('that are heavy leave slots to light ones', async () => {
    const { store, parallel } = open({ maxParallelQueries: 4 });
    const heavy = [1, 2, 3, 4, 5].map((n) => parallel.query('r', 1, `MATCH (n) RETURN count(n) + ${n}`, LIMITS));
    await settle();
    expect(store.begun).toHaveLength(3);
    const light = parallel.query('r', 1, 'MATCH (n {k: 1}) RETURN n', LIMITS);
    await settle();
    expect(store.begun).toHaveLength(4);
    await store.end(store.begun[3]!);
    await light;
    for (let index = 0; index < 6; index += 1) {
      await settle();
      await store.end(store.begun[index]!);
    }
    await Promise.all(heavy);
  });

  it('that are equal and in flight are one, and so are those that follow at the same revision', async () => {
    const { store, parallel } = open();
    const query = 'MATCH (n {k: 1}) RETURN n';
    const asked = Array.from({ length: 10 }, () => parallel.query('r', 1, query, LIMITS));
    await settle();
    expect(store.begun).toEqual([`r@1 ${query}`]);
    await store.end(store.begun[0]!);
    const results = await Promise.all([...asked, parallel.query('r', 1, query, LIMITS)]);
    expect(new Set(results).size).toBe(1);
    expect(store.begun).toHaveLength(1);
    expect(parallel.metrics).toMatchObject({ operations: 1, cacheHits: 10 });
  });

  it.each([
    [
      'another run',
      (parallel: GraphOperationParallelizer) => parallel.query('s', 1, 'MATCH (n {k: 1}) RETURN n', LIMITS),
    ],
    [
      'another revision',
      (parallel: GraphOperationParallelizer) => parallel.query('r', 2, 'MATCH (n {k: 1}) RETURN n', LIMITS),
    ],
    [
      'another limit',
      (parallel: GraphOperationParallelizer) =>
        parallel.query('r', 1, 'MATCH (n {k: 1}) RETURN n', { ...LIMITS, rows: 9 }),
    ],
  ])('of %s are another', async (_, ask) => {
    const { store, parallel } = open();
    const first = parallel.query('r', 1, 'MATCH (n {k: 1}) RETURN n', LIMITS);
    const second = ask(parallel);
    await settle();
    expect(store.begun).toHaveLength(2);
    for (const name of [...store.begun]) await store.end(name);
    expect(await first).not.toBe(await second);
  });

  it('of the newest graph are stale once a write has moved it', async () => {
    const { store, parallel } = open();
    const first = parallel.describe('r');
    await settle();
    await store.end('describe r');
    await first;
    await parallel.describe('r');
    expect(store.begun).toHaveLength(1);
    store.revision = 2;
    const second = parallel.describe('r');
    await settle();
    expect(store.begun).toHaveLength(2);
    await store.end('describe r');
    expect((await second).revision).toBe(2);
  });

  it('that failed are asked again', async () => {
    const { store, parallel } = open();
    const query = 'MATCH (n {k: 1}) RETURN n';
    const first = parallel.query('r', 1, query, LIMITS);
    await settle();
    await store.end(`r@1 ${query}`, new GraphUnavailable('away', { retryAfter: 5 }));
    await expect(first).rejects.toThrow('away');
    const second = parallel.query('r', 1, query, LIMITS);
    await settle();
    await store.end(`r@1 ${query}`);
    await second;
    expect(parallel.metrics).toMatchObject({ retries: 1, failed: 1 });
  });

  it('are kept for no time where that is said', async () => {
    const { store, parallel } = open({ cacheSeconds: 0 });
    for (const turn of [1, 2]) {
      const asked = parallel.describe('r');
      await settle();
      expect(store.begun).toHaveLength(turn);
      await store.end('describe r');
      await asked;
    }
  });
});

describe('writes', () => {
  it('of one run keep their order, whatever fails; others do not wait for them', async () => {
    const { store, parallel } = open();
    const writes = [1, 2, 3].map((revision) => parallel.apply('r', batch(revision)));
    const other = parallel.apply('s', batch(1));
    await settle();
    expect(store.begun).toEqual(['r 1', 's 1']);
    await store.end('s 1');
    await other;
    await store.end('r 1', new Error('broken'));
    await expect(writes[0]).rejects.toThrow('broken');
    await settle();
    expect(store.begun).toEqual(['r 1', 's 1', 'r 2']);
    await store.end('r 2');
    await settle();
    await store.end('r 3');
    expect((await writes[2]!).revision).toBe(3);
  });

  it('never overlap within a run, nor are more at once than the back end allows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(12), { minLength: 1, maxLength: 60 }),
        fc.infiniteStream(fc.nat()),
        async (runs, draws) => {
          const { store, parallel } = open();
          const counts = new Map<number, number>();
          const writes = runs.map((run) => {
            const revision = (counts.get(run) ?? 0) + 1;
            counts.set(run, revision);
            return parallel.apply(`r${run}`, batch(revision));
          });
          const active = new Set<string>();
          let seen = 0;
          for (let ended = 0; ended < writes.length; ended += 1) {
            await settle();
            for (const name of store.begun.slice(seen)) active.add(name);
            seen = store.begun.length;
            expect(active.size).toBeLessThanOrEqual(BACK_END_LIMITS.neo4j.parallelWrites);
            expect(new Set([...active].map((name) => name.split(' ')[0])).size).toBe(active.size);
            const name = [...active][draws.next().value! % active.size]!;
            active.delete(name);
            await store.end(name);
          }
          await Promise.all(writes);
          for (const [run, count] of counts) {
            const order = store.begun
              .filter((name) => name.startsWith(`r${run} `))
              .map((name) => Number(name.split(' ')[1]));
            expect(order).toEqual(Array.from({ length: count }, (_, index) => index + 1));
          }
        },
      ),
      { ...SEEDED, numRuns: 30 },
    );
  });
});

describe('what an operation is', () => {
  const cypher = (query: string): string => operationOfQuery(query, 'cypher').shape;

  it.each([
    ['MATCH (p:Person {name: "Ada"}) RETURN p.age', 'single'],
    ['MATCH (p:Person) WHERE p.name = "Ada" RETURN p.age', 'single'],
    ['MATCH (p:Person)-[:LEADS]->(c {name: "Peru"}) RETURN p', 'single'],
    ['MATCH (n) RETURN n', 'bulk'],
    ['MATCH (a)-[:KNOWS]->(b)-[:KNOWS]->(c) RETURN c', 'traversal'],
    ['MATCH (a)-->(b)<--(c) RETURN c', 'traversal'],
    ['MATCH (a {name: "x"})-[*1..3]-(b) RETURN b', 'traversal'],
    ['MATCH p = shortestPath((a)-[:X]-(b)) RETURN p', 'traversal'],
    ['MATCH (n) RETURN count(*)', 'aggregation'],
    ['MATCH (n) RETURN Collect (n.name)', 'aggregation'],
    ['MATCH (n) WHERE n.name = "count(all) [*]" RETURN n.name', 'single'],
    ['MATCH (n) WHERE n.x = 1 /* sum(n) */ RETURN n // count(n)', 'single'],
    ['MATCH (n:`count(`) WHERE n.x = 1 RETURN n', 'single'],
  ])('%s is %s', (query, shape) => {
    expect(cypher(query)).toBe(shape);
  });

  it.each([
    ['SELECT ?n WHERE { ?p a label:Person ; prop:name ?n . FILTER(?n = "Ada") }', 'single'],
    ['SELECT ?n WHERE { ?p a label:Person ; prop:name ?n }', 'bulk'],
    ['SELECT ?c WHERE { ?a rel:KNOWS ?b . ?b rel:KNOWS ?c }', 'traversal'],
    ['SELECT ?c WHERE { ?a rel:KNOWS+ ?c }', 'traversal'],
    ['SELECT (COUNT(?p) AS ?n) WHERE { ?p a label:Person }', 'aggregation'],
  ])('%s is %s', (query, shape) => {
    expect(operationOfQuery(query, 'sparql').shape).toBe(shape);
  });

  it('of a batch goes by its changes', () => {
    expect(operationOfBatch(batch(1, upsertNode('A', 'a')), 200)).toEqual({ kind: 'write', shape: 'single' });
    const many = Array.from({ length: 201 }, (_, index) => upsertNode('A', `${index}`));
    expect(operationOfBatch(batch(1, ...many), 200).shape).toBe('bulk');
    expect(operationOfBatch(batch(1, { op: 'retract-node', key: 'A:a', source: 's' }), 200).shape).toBe('traversal');
    expect(operationOfBatch(batch(1, upsertEdge('A:a', 'T', 'A:b')), 200).shape).toBe('single');
  });

  it('decides its queue, whether it is kept, shared or split, and its time', () => {
    expect(ruleOf({ kind: 'read', shape: 'single' })).toMatchObject({ queue: 'light', cached: true });
    expect(ruleOf({ kind: 'read', shape: 'bulk' })).toMatchObject({ queue: 'heavy', cached: false });
    expect(ruleOf({ kind: 'write', shape: 'single' })).toMatchObject({ queue: 'writes', batched: true, split: false });
    expect(ruleOf({ kind: 'write', shape: 'bulk' })).toMatchObject({ batched: false, split: true });
  });
});
