import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { TREES, Walk } from '../../bench/stealing/uts.ts';

test('the root of a tree is the SHA-1 of its seed', () => {
  for (const tree of Object.values(TREES)) {
    const seed = Buffer.alloc(20);
    seed.writeInt32BE(tree.seed, 16);
    const expected = createHash('sha1').update(seed).digest();
    const root = Walk.root(tree);
    expect([0, 1, 2, 3, 4].map((word) => root[word])).toEqual([0, 4, 8, 12, 16].map((at) => expected.readInt32BE(at)));
  }
});
