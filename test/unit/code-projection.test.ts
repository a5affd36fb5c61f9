import { describe, expect, it } from 'vitest';
import { CodeProjection } from '../../src/graph/projection/code-projection.ts';

describe('code that takes all memory', () => {
  it.each([
    ['objects that hold each other', 'const all = []; for (;;) all.push({ all })'],
    ['text', 'const all = []; for (;;) all.push("x".repeat(1e5) + all.length)'],
  ])('with %s is ended with that reason, though no room is left to say it', async (_, query) => {
    const projection = new CodeProjection({ nodes: [], edges: [] });
    const run = (code: string) =>
      projection.run({
        kind: 'code',
        projection: 'r',
        query: code,
        rows: 1,
        milliseconds: 60_000,
        memoryBytes: 2 ** 30,
      });
    await expect(run(query)).rejects.toThrow('The code took too much memory');
    expect((await run('return 1')).rows).toEqual([[1]]);
  });
});
