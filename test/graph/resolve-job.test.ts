import { createHash } from 'node:crypto';
import { distance } from 'fastest-levenshtein';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArtifactMissingError } from '../../src/artifacts/artifact-store.ts';
import { blocksOf } from '../../src/graph/resolve/blocks.ts';
import { Candidates } from '../../src/graph/resolve/candidates.ts';
import { clustersOf } from '../../src/graph/resolve/clusters.ts';
import * as job from '../../src/graph/resolve/job.ts';
import { keysOf, skeletonOf } from '../../src/graph/resolve/keys.ts';
import { ListsMaking } from '../../src/graph/resolve/lists.ts';
import type { Lists } from '../../src/graph/resolve/lists.ts';
import { materialOf } from '../../src/graph/resolve/material.ts';
import type { Material } from '../../src/graph/resolve/material.ts';
import { pack, unpack, UnreadableMaterial } from '../../src/graph/resolve/pack.ts';
import { runJobHere } from '../../src/graph/resolve/run-here.ts';
import { tableOf } from '../../src/graph/resolve/table.ts';
import { temporaryStore } from '../support/folders.ts';
import { graphOf, upsertEdge, upsertNode } from '../support/graphs.ts';
import { SEEDED } from '../support/property.ts';

/** Streets of two towns, each under two spellings. */
function streets(count: number) {
  const changes = [upsertNode('Town', 'Upper Town'), upsertNode('Town', 'Lower Town')];
  const firsts = ['Amberley', 'Beaconsfield', 'Cedarwood', 'Dovercourt', 'Emberton', 'Fenwickshire', 'Garnethill'];
  const lasts = ['Market', 'Church', 'Station', 'Mill', 'Castle', 'Harbour', 'Garden', 'Bridge', 'Tower', 'Garage'];
  for (let index = 0; index < count; index += 1) {
    const street = index >> 1;
    const first = firsts[street % firsts.length]!;
    const name = `${index % 2 === 0 ? first : first.slice(0, -1)} ${lasts[street % lasts.length]!}`;
    const town = street % 2 === 0 ? 'Town:upper town' : 'Town:lower town';
    changes.push(upsertNode('Street', name), upsertEdge(`Street:${name.toLowerCase()}`, 'IN', town));
  }
  return graphOf(changes);
}

function listsOf(lists: readonly (readonly number[])[]): Lists {
  const making = new ListsMaking({ lists: lists.length, items: lists.reduce((sum, { length }) => sum + length, 0) });
  for (const list of lists) {
    for (const item of list) making.add(item);
    making.end();
  }
  return making.made();
}

function inputOf({ entities }: Material, sha256: string): job.ResolveInput {
  return { sha256, entities, threshold: 0.6 };
}

describe('the job of entity resolution', () => {
  it('gives the same whatever order its results come in, as clones and as JSON', async () => {
    const material = materialOf(streets(140));
    const store = temporaryStore();
    const input = inputOf(material, await store.putContent(pack(material)));
    const expected = await runJobHere(job, input, { artifacts: store });
    expect(expected.pairs.length).toBeGreaterThan(0);
    const tasks = job.split(structuredClone(input));
    const results: job.ResolveResult[] = [];
    for (const task of tasks.toReversed()) {
      const result = await job.run(structuredClone(task), { artifacts: store });
      results.push(JSON.parse(JSON.stringify(result)) as job.ResolveResult);
    }
    expect(job.reduce(results)).toEqual(expected);
  });

  it('parts the entities into tasks, none of which is empty', () => {
    for (const entities of [1, 2, 255, 256, 257, 1_000]) {
      const tasks = job.split({ sha256: 'any', entities, threshold: 0.6 });
      expect(tasks).toHaveLength(Math.min(256, entities));
      expect([tasks[0]!.from, tasks.at(-1)!.to]).toEqual([0, entities]);
      for (const [index, { from, to }] of tasks.entries()) {
        expect(to).toBeGreaterThan(from);
        expect(tasks[index + 1]?.from ?? entities).toBe(to);
      }
    }
  });

  it('compares every pair of a block once', () => {
    const lists = fc.array(fc.uniqueArray(fc.nat({ max: 19 }), { minLength: 2, maxLength: 8 }), { maxLength: 30 });
    fc.assert(
      fc.property(lists, (blocks) => {
        const sorted = listsOf(blocks.map((block) => block.toSorted((a, b) => a - b)));
        const wanted = new Set(
          blocks.flatMap((block) => block.flatMap((a) => block.filter((b) => b > a).map((b) => `${a} ${b}`))),
        );
        const candidates = new Candidates(sorted, 20);
        const met: string[] = [];
        for (let entity = 0; entity < 20; entity += 1)
          candidates.eachAfter(entity, (other) => met.push(`${entity} ${other}`));
        expect(met.toSorted()).toEqual([...wanted].sort());
      }),
      SEEDED,
    );
  });

  it('tells how far it is, and ends when it is told to', async () => {
    const material = materialOf(streets(100));
    const store = temporaryStore();
    const input = inputOf(material, await store.putContent(pack(material)));
    const steps: number[] = [];
    const ending = new AbortController();
    const progress = (done: number, total: number): void => {
      steps.push(done);
      expect(total).toBe(input.entities);
      if (done === 3) ending.abort(new Error('enough'));
    };
    const running = runJobHere(job, input, { artifacts: store }, { progress, signal: ending.signal });
    await expect(running).rejects.toThrow('enough');
    expect(steps).toEqual([1, 2, 3]);
  });

  it('reads its material anew after it was not there', async () => {
    const material = materialOf(streets(20));
    const bytes = pack(material);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const store = temporaryStore();
    const [task] = job.split(inputOf(material, sha256));
    await expect(job.run(task!, { artifacts: store })).rejects.toThrow(ArtifactMissingError);
    await store.putContent(bytes);
    expect((await job.run(task!, { artifacts: store })).scored).toBeGreaterThanOrEqual(0);
  });
});

describe('its material', () => {
  it('is read as it was packed, wherever its bytes lie', () => {
    const material = materialOf(streets(50));
    const bytes = pack(material);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(unpack(bytes)).toEqual(material);
    expect(unpack(shifted.subarray(1))).toEqual(material);
  });

  it('is read as it was packed, whatever names hold', () => {
    const odd = ['line\nbreak', '\u0000', '漢字 😀', 'e\u0301', '', 'x'.repeat(10_000)];
    const names = odd.map((name, index) => `${index} ${name}`);
    const material = materialOf(graphOf(names.map((name) => upsertNode('Odd', name))));
    expect(material.names).toEqual(names);
    expect(unpack(pack(material))).toEqual(material);
  });

  it('of nothing is nothing', () => {
    const material = materialOf(graphOf());
    expect(job.split(inputOf(unpack(pack(material)), 'nothing'))).toEqual([]);
  });

  it('is refused when it is something else', () => {
    expect(() => unpack(Buffer.from('[1, 2, 3]'))).toThrow(UnreadableMaterial);
    expect(() => unpack(new Uint8Array())).toThrow(/0 bytes were given that are no kgot-resolve-3/);
  });
});

describe('its blocks', () => {
  it('stay small where thousands are called the same', () => {
    const changes = Array.from({ length: 3_000 }, (_, index) => {
      const change = upsertNode('Town', 'Springfield');
      return change.op === 'upsert-node' ? { ...change, node: { ...change.node, key: `Town:${index}` } } : change;
    });
    const { starts } = blocksOf(tableOf(materialOf(graphOf(changes))));
    expect(starts).toHaveLength(1);
    const inStates = changes.map((_, index) => upsertEdge(`Town:${index}`, 'IN', `State:state ${index % 100}`));
    const states = Array.from({ length: 100 }, (_, index) => upsertNode('State', `State ${index}`));
    const parted = blocksOf(tableOf(materialOf(graphOf([...changes, ...states, ...inStates]))));
    expect(parted.starts.length).toBeGreaterThan(100);
    for (let block = 0; block + 1 < parted.starts.length; block += 1) {
      expect(parted.starts[block + 1]! - parted.starts[block]!).toBeLessThanOrEqual(50);
    }
  });

  it('hold together any two names of four letters and more that one edit parts', () => {
    const letters = fc.array(fc.constantFrom(...'abcdlmnoprst'), { minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(letters, fc.nat(), fc.constantFrom(...'abcdxz', ''), fc.nat({ max: 1 }), (name, at, letter, gone) => {
        const edited = name.toSpliced(at % (name.length + 1), gone, ...letter).join('');
        const whole = name.join('');
        fc.pre(edited.length >= 4 && distance(whole, edited) === 1);
        expect(keysOf(whole).some((key) => keysOf(edited).includes(key))).toBe(true);
      }),
      SEEDED,
    );
  });

  it('hold together names that sound alike', () => {
    expect(skeletonOf('kizel')).toBe(skeletonOf('kisel'));
    expect(skeletonOf('wladiwostok')).toBe(skeletonOf('vladivostock'));
    expect(skeletonOf('philippe')).toBe(skeletonOf('filipe'));
  });
});

describe('its clusters', () => {
  const name = (entity: number): string => String(entity);
  const pair = (one: number, other: number, score: number) => ({ one, other, score, reason: '' });

  it('do not chain: what is alike only by way of others stays apart', () => {
    const chain = [pair(0, 1, 0.95), pair(1, 2, 0.9), pair(2, 3, 0.95)];
    const { clusters, doubtful } = clustersOf(chain, name);
    expect(clusters.map(({ members }) => members)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(doubtful).toEqual([pair(1, 2, 0.9)]);
  });

  it('take more than half of the pairs across', () => {
    const most = [pair(0, 1, 0.95), pair(2, 3, 0.95), pair(0, 2, 0.9), pair(1, 2, 0.9), pair(0, 3, 0.9)];
    expect(clustersOf(most, name).clusters.map(({ members }) => members)).toEqual([[0, 1, 2, 3]]);
  });

  it('leave what may be either of two', () => {
    const { clusters, doubtful } = clustersOf([pair(0, 1, 0.9), pair(0, 2, 0.89)], name);
    expect(clusters).toEqual([]);
    expect(doubtful).toHaveLength(2);
    expect(clustersOf([pair(0, 1, 0.9), pair(0, 2, 0.85)], name).clusters.map(({ members }) => members)).toEqual([
      [0, 1],
    ]);
  });
});
