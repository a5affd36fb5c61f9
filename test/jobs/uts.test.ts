import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { uts } from '../../bench/stealing/uts-job.ts';
import { TREES, Walk } from '../../bench/stealing/uts.ts';
import { openScheduler } from './support/schedulers.ts';

test('the root of a tree is the SHA-1 of its seed', () => {
  for (const tree of Object.values(TREES)) {
    const seed = Buffer.alloc(20);
    seed.writeInt32BE(tree.seed, 16);
    const expected = createHash('sha1').update(seed).digest();
    const root = Walk.root(tree);
    expect([0, 1, 2, 3, 4].map((word) => root[word])).toEqual([0, 4, 8, 12, 16].map((at) => expected.readInt32BE(at)));
  }
});

test('a tree whose shape nobody knows before is walked exactly once, in parts that tasks spawn', async () => {
  // As many parts are spawned as others wait for.
  const scheduler = openScheduler({ threads: 8 });
  for (const name of ['T1', 'T3'] as const) {
    const { nodes, depth } = TREES[name];
    const { output, metrics } = await scheduler.run(uts, name);
    expect(output).toMatchObject({ nodes, depth });
    expect(metrics.spawned).toBeGreaterThan(100);
  }
});
