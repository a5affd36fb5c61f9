import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { normalizeLabel, normalizeProperty, normalizeType } from '../../src/domain/changes.ts';
import { temporaryStore } from '../support/folders.ts';
import { openStore } from '../support/graph-stores.ts';
import type { OpenedStore } from '../support/graph-stores.ts';
import { manyNodes, upsertEdge, upsertNode } from '../support/graphs.ts';
import { batch, FIRST, graphStoreConformance } from './conformance.ts';
import { ENDLESS, LIMITS } from './conformance-queries.ts';

graphStoreConformance('embedded', (artifacts) => openStore('embedded', artifacts));

const NAMES = 'MATCH (c:Country) RETURN c.name';

function open(artifacts: ArtifactStore = temporaryStore(), processes?: number): OpenedStore {
  const store = openStore('embedded', artifacts, {
    parallel: { cacheSeconds: 0 },
    ...(processes === undefined ? {} : { processes }),
  });
  onTestFinished(() => store.close());
  return store;
}

it('words of Cypher are labels, types and properties that need no quotes', async () => {
  const words = (
    'all and any as asc ascending by call case contains count create delete desc descending detach distinct else end ' +
    'ends exists false in is limit match merge none not null on optional or order remove return set single skip ' +
    'starts then true union unwind when where with xor yield'
  ).split(' ');
  const [label, type, property] = [normalizeLabel, normalizeType, normalizeProperty];
  const store = open(temporaryStore(), 1);
  const changes = words.flatMap((word, index) => [
    upsertNode(label(word), 'x', { [property(word)!]: index }),
    upsertEdge(`${label(word)}:x`, type(word), `${label(word)}:x`),
  ]);
  await store.apply('r', batch(1, ...changes));
  for (const [index, word] of words.entries()) {
    const query = `MATCH (n:${label(word)})-[:${type(word)}]->(m) WHERE m.${property(word)} = ${index} RETURN n.${property(word)}`;
    expect((await store.query('r', 1, query, LIMITS)).rows).toEqual([[index]]);
  }
});

it.each([
  { revision: 3, base: 1 },
  { revision: 1, base: 1 },
  { revision: 0, base: -1 },
  { revision: NaN, base: NaN },
])('refuses a batch %o, whose revision does not follow its base, before anything is written', async (wrong) => {
  const artifacts = temporaryStore();
  const store = open(artifacts);
  await store.apply('r', FIRST);
  const applied = store.apply('r', { ...wrong, changes: [upsertNode('City', 'Lima')] });
  await expect(applied).rejects.toThrow(RangeError);
  await expect(applied).rejects.toThrow(`Batch ${wrong.revision} cannot build on revision ${wrong.base}`);
  expect(await artifacts.list('runs/r')).toHaveLength(1);
});

describe('the query processes of the embedded graph store', () => {
  it('are started when they are needed, as many as are asked for at most', async () => {
    const store = open(temporaryStore(), 2);
    await store.apply('r', FIRST);
    expect(store.pids).toEqual([]);
    await store.query('r', 1, NAMES, LIMITS);
    expect(store.pids).toHaveLength(1);
    await Promise.all(Array.from({ length: 10 }, (_, index) => store.query('r', 1, `RETURN ${index}`, LIMITS)));
    expect(store.pids).toHaveLength(2);
  });

  it('cost no error when they are killed between queries', async () => {
    const store = open();
    await store.apply('r', FIRST);
    await store.query('r', 1, NAMES, LIMITS);
    for (let time = 0; time < 3; time += 1) {
      for (const pid of store.pids) process.kill(pid, 'SIGKILL');
      expect((await store.query('r', 1, NAMES, LIMITS)).rows).toEqual([['Peru']]);
    }
  });

  it('cost no error when they are killed under a query, which is asked again', async () => {
    const store = open(temporaryStore(), 1);
    await store.apply('r', batch(1, ...manyNodes(400)));
    await store.query('r', 1, 'RETURN 1', LIMITS);
    const [pid] = store.pids;
    const asked = store.query('r', 1, 'MATCH (a), (b) WHERE a.name < b.name RETURN count(*)', LIMITS);
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    process.kill(pid!, 'SIGKILL');
    expect((await asked).rows).toEqual([[(400 * 399) / 2]]);
    await gone(pid!);
  });

  it('end with a query that is ended for its time', async () => {
    const store = open(temporaryStore(), 1);
    await store.apply('r', batch(1, ...manyNodes(2_000)));
    await store.query('r', 1, 'RETURN 1', LIMITS);
    const [before] = store.pids;
    await expect(store.query('r', 1, ENDLESS, { rows: 1, milliseconds: 300 })).rejects.toThrow(/longer than/);
    expect(store.pids).toEqual([]);
    await store.query('r', 1, 'RETURN 1', LIMITS);
    expect(store.pids).not.toContain(before);
  });

  it('end when the store is closed', async () => {
    const store = open();
    await store.apply('r', FIRST);
    await Promise.all([1, 2, 3, 4].map((number) => store.query('r', 1, `RETURN ${number}`, LIMITS)));
    const pids = store.pids;
    await store.close();
    expect(store.pids).toEqual([]);
    for (const pid of pids) await gone(pid);
  });

  it('answer nothing more once the store is closed, and none is started again', async () => {
    const store = open(temporaryStore(), 1);
    await store.apply('r', batch(1, ...manyNodes(2_000)));
    const asked = [ENDLESS, NAMES, NAMES].map((query) => store.query('r', 1, query, LIMITS));
    const settled = Promise.allSettled(asked);
    await vi.waitUntil(() => store.pids.length === 1);
    const [pid] = store.pids;
    await store.close();
    const closed = { status: 'rejected', reason: { message: expect.stringContaining('was closed') as string } };
    expect(await settled).toMatchObject([closed, closed, closed]);
    await expect(store.query('r', 1, NAMES, LIMITS)).rejects.toThrow(/was closed/);
    expect(store.pids).toEqual([]);
    await gone(pid!);
  });

  it('see every run that is asked about in turn, also more than they hold at once', async () => {
    const store = open(temporaryStore(), 1);
    const runs = Array.from({ length: 20 }, (_, index) => `run-${index}`);
    for (const run of runs) await store.apply(run, batch(1, upsertNode('Country', run)));
    for (const run of [...runs, ...runs]) {
      expect((await store.query(run, 1, NAMES, LIMITS)).rows).toEqual([[run]]);
    }
  });

  it.runIf(process.platform === 'linux')('know nothing of the environment, which may hold keys', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-a-key');
    onTestFinished(() => void vi.unstubAllEnvs());
    const store = open();
    await store.apply('r', FIRST);
    await store.query('r', 1, NAMES, LIMITS);
    const environment = readFileSync(`/proc/${store.pids[0]!}/environ`, 'utf8');
    expect(environment).toContain('PATH=');
    expect(environment).not.toContain('sk-a-key');
  });
});

/** Until a process is no more. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
