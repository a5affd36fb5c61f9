import { beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import type { Batch, Change } from '../../src/domain/changes.ts';
import type { Graph } from '../../src/domain/graph.ts';
import type { queryLanguageOf } from '../../src/domain/queries.ts';
import { toDocument } from '../../src/graph/export.ts';
import { RevisionConflict } from '../../src/graph/graph-store.ts';
import type { GraphStore } from '../../src/graph/graph-store.ts';
import { temporaryStore } from '../support/folders.ts';
import { graphOf, upsertEdge, upsertNode } from '../support/graphs.ts';
import { codeConformance } from './conformance-code.ts';
import { guardConformance } from './conformance-guards.ts';
import { hostileConformance } from './conformance-hostile.ts';
import { limitConformance } from './conformance-limits.ts';
import { queryConformance } from './conformance-queries.ts';
import { readConformance } from './conformance-reads.ts';
import { sparqlConformance } from './conformance-sparql.ts';

/** Opens a store whose batches lie in `artifacts`; the suite closes it. */
export type OpenStore = (artifacts: ArtifactStore) => Promise<GraphStore> | GraphStore;

export const PERU = 'Country:peru';
export const ADA = 'Person:ada vega';

/** A batch that builds on the revision before it. */
export function batch(revision: number, ...changes: Change[]): Batch {
  return { revision, base: revision - 1, changes };
}

/** Peru, Ada Vega, and that she leads it. */
export const FIRST = batch(
  1,
  upsertNode('Country', 'Peru', { population: 34_000_000 }, 'round 1: search'),
  upsertNode('Person', 'Ada Vega'),
  upsertEdge(ADA, 'LEADS', PERU, { properties: { since: 2021 } }),
);

/** Batches that change one node and one edge again and again, and add and remove others. */
export function history(length: number): Batch[] {
  return Array.from({ length }, (_, index) =>
    batch(
      index + 1,
      ...(index === 0 ? FIRST.changes : []),
      upsertNode('Country', 'Peru', { population: index }, `round ${index}`),
      upsertNode('City', `City ${index}`),
      upsertEdge(`City:city ${index}`, 'IN', PERU),
      upsertEdge(ADA, 'LEADS', PERU, { properties: { since: index } }),
      { op: 'retract-node', key: `City:city ${index - 2}`, source: 's' },
    ),
  );
}

/** The graph after batches. */
export function fold(batches: readonly Batch[]): Graph {
  return graphOf(...batches.map(({ changes }) => changes));
}

/** The language of the queries that models write for a back end. */
export type QueryLanguage = ReturnType<typeof queryLanguageOf>;

/** What every graph store must do, whatever keeps its graphs: run it for each back end. */
export function graphStoreConformance(name: string, open: OpenStore, language: QueryLanguage = 'cypher'): void {
  describe(`the ${name} graph store`, () => {
    batchConformance(open);
    readConformance(open);
    if (language === 'sparql') {
      sparqlConformance(open);
    } else {
      queryConformance(open);
      limitConformance(open);
      guardConformance(open);
    }
    codeConformance(open, language);
    hostileConformance(open, language);
  });
}

function batchConformance(open: OpenStore): void {
  let artifacts: ArtifactStore;
  let store: GraphStore;
  beforeEach(async () => {
    artifacts = temporaryStore();
    store = await open(artifacts);
    return () => store.close();
  });

  it('has an empty graph at revision 0 of a run that it never met', async () => {
    expect(await store.read('r')).toEqual(graphOf());
    expect(await store.read('r', 0)).toEqual(graphOf());
  });

  it('applies a batch as a whole, and reads what it applied', async () => {
    const applied = await store.apply('r', FIRST);
    expect(applied).toEqual(graphOf(FIRST.changes));
    expect(await store.read('r')).toEqual(applied);
    expect(applied.nodes.get(PERU)).toMatchObject({ since: 1, sources: ['round 1: search'] });
  });

  it('keeps what was said under another spelling apart, and splits it off again', async () => {
    const key = 'Person:a vega';
    const batches = [
      FIRST,
      batch(2, upsertNode('Person', 'A. Vega', { age: 40 }), upsertEdge(key, 'BORN_IN', PERU)),
      batch(3, { op: 'merge-node', key, into: ADA, source: 'round 3' }),
      batch(4, {
        op: 'upsert-node',
        node: { key: ADA, labels: ['Person'], properties: { age: 41 } },
        as: { key, name: 'A. Vega' },
        source: 'round 4',
      }),
      batch(5, { op: 'split-node', key: ADA, spelling: key, source: 'a person' }),
    ];
    for (const one of batches) {
      const applied = await store.apply('r', one);
      expect(toDocument(await store.stored('r'))).toEqual(toDocument(applied));
    }
    const { nodes, edges } = await store.read('r');
    expect(nodes.get(ADA)).toEqual(graphOf(FIRST.changes).nodes.get(ADA));
    expect(nodes.get(key)).toMatchObject({ properties: { name: 'A. Vega', age: 41 }, since: 2 });
    expect([...edges.values()].map(({ from, type }) => `${from} ${type}`)).toEqual([`${ADA} LEADS`, `${key} BORN_IN`]);
  });

  it('keeps every revision readable', async () => {
    const batches = [
      FIRST,
      batch(2, upsertNode('Country', 'Peru', { population: 35_000_000 })),
      batch(3, { op: 'retract-node', key: ADA, source: 'round 3' }),
    ];
    for (const one of batches) await store.apply('r', one);
    for (const revision of [3, 0, 2, 1, 3]) {
      const expected = graphOf(...batches.slice(0, revision).map(({ changes }) => changes));
      expect(await store.read('r', revision)).toEqual(expected);
    }
  });

  it('does not change a graph that was read when another batch is applied', async () => {
    const before = await store.apply('r', FIRST);
    const copy = graphOf(FIRST.changes);
    await store.apply('r', batch(2, upsertNode('Country', 'Peru', { population: 1 }), upsertNode('City', 'Lima')));
    expect(before).toEqual(copy);
  });

  it('takes equal content of a revision that exists for success, and applies it once', async () => {
    const first = await store.apply('r', FIRST);
    const again = JSON.parse(JSON.stringify(FIRST)) as Batch;
    expect(await store.apply('r', again)).toEqual(first);
    await store.apply('r', batch(2, upsertNode('City', 'Lima')));
    expect(await store.apply('r', again)).toEqual(first);
    expect((await store.read('r')).revision).toBe(2);
  });

  it('takes equal content for equal in whatever order its members stand', async () => {
    await store.apply('r', FIRST);
    const [node, ...others] = FIRST.changes as [Change & { op: 'upsert-node' }, ...Change[]];
    const { properties, labels, key } = node.node;
    const turned: Change = { source: node.source, node: { properties, labels, key }, op: 'upsert-node' };
    expect((await store.apply('r', { changes: [turned, ...others], base: 0, revision: 1 })).revision).toBe(1);
  });

  it('refuses other content for a revision that exists, and keeps what it has', async () => {
    await store.apply('r', FIRST);
    const other = store.apply('r', batch(1, upsertNode('City', 'Lima')));
    await expect(other).rejects.toThrow(RevisionConflict);
    await expect(other).rejects.toMatchObject({ run: 'r', revision: 1 });
    expect(await store.read('r')).toEqual(graphOf(FIRST.changes));
  });

  it('refuses a batch whose base does not exist, and leaves no trace of it', async () => {
    await expect(store.apply('r', batch(2, upsertNode('City', 'Lima')))).rejects.toThrow(RevisionConflict);
    await expect(store.apply('r', batch(9, upsertNode('City', 'Lima')))).rejects.toThrow(/the newest is 0/);
    await store.apply('r', FIRST);
    expect((await store.apply('r', batch(2, upsertNode('City', 'Cusco')))).nodes.has('City:cusco')).toBe(true);
  });

  it('says of a revision that does not exist which one is the newest', async () => {
    await store.apply('r', FIRST);
    await expect(store.read('r', 2)).rejects.toThrow('Revision 2 of run r does not exist: the newest is 1.');
  });

  it('lets exactly one of many different batches become a revision', async () => {
    const batches = Array.from({ length: 20 }, (_, index) => batch(1, upsertNode('City', `City ${index}`)));
    const settled = await Promise.allSettled(batches.map((one) => store.apply('r', one)));
    const won = settled.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? [index] : []));
    expect(won).toHaveLength(1);
    expect(await store.read('r')).toEqual(graphOf(batches[won[0]!]!.changes));
  });

  it('lets all of many equal batches succeed', async () => {
    const graphs = await Promise.all(Array.from({ length: 20 }, () => store.apply('r', FIRST)));
    for (const graph of graphs) expect(graph).toEqual(graphOf(FIRST.changes));
  });

  it('keeps runs apart', async () => {
    await store.apply('r', FIRST);
    await store.apply('other', batch(1, upsertNode('City', 'Lima')));
    expect([...(await store.read('other')).nodes.keys()]).toEqual(['City:lima']);
    expect([...(await store.read('r')).nodes.keys()]).toEqual([PERU, ADA]);
  });

  it('keeps edges of one type between the same nodes apart, and takes one back by its key', async () => {
    const terms = ['1', '2'].map((key) => upsertEdge(ADA, 'LED', PERU, { key, properties: { term: Number(key) } }));
    await store.apply('r', batch(1, ...FIRST.changes, ...terms));
    const retract = { op: 'retract-edge', from: ADA, to: PERU, type: 'LED', key: '1', source: 's' } as const;
    const graph = await store.apply('r', batch(2, retract));
    expect([...graph.edges.values()].map(({ type, key }) => [type, key])).toEqual([
      ['LEADS', undefined],
      ['LED', '2'],
    ]);
  });

  it('keeps odd names and values as they are', async () => {
    const odd = batch(
      1,
      ...['漢字 😀', '"quoted" \\ \'name\'', 'line\nbreak\ttab', '${x} {{y}} $1 `z`', '\u0000\u0001', 'é e\u0301'].map(
        (text, index) =>
          upsertNode('Odd', `${index}`, {
            text,
            number: index / 3,
            yes: true,
            empty: '',
            large: 2 ** 53,
            small: -1e-300,
          }),
      ),
    );
    const applied = await store.apply('r', odd);
    expect(applied).toEqual(graphOf(odd.changes));
    expect(await (await open(artifacts)).read('r')).toEqual(applied);
  });

  it('is continued by another store over the same artifacts, as by another worker', async () => {
    await store.apply('r', FIRST);
    const second = await open(artifacts);
    expect(await second.read('r')).toEqual(graphOf(FIRST.changes));
    await second.apply('r', batch(2, upsertNode('City', 'Lima')));
    expect((await store.read('r')).revision).toBe(2);
    expect((await store.apply('r', batch(3, upsertNode('City', 'Cusco')))).nodes.size).toBe(4);
    expect((await second.read('r')).revision).toBe(3);
    await second.close();
  });
}
