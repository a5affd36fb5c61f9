import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadersWriterLock, RunLocks } from '../../src/graph/memory/run-locks.ts';

/** Work that ends when it is told to. */
function work(name: string, log: string[]): { run: () => Promise<string>; end: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    run: async () => {
      log.push(`+${name}`);
      await promise;
      log.push(`-${name}`);
      return name;
    },
    end: resolve,
  };
}

/** Until all that can go on has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a lock of readers and a writer', () => {
  it('lets readers in together, and a writer alone, in the order in which they came', async () => {
    const lock = new ReadersWriterLock();
    const log: string[] = [];
    const [a, b, w, c] = ['a', 'b', 'w', 'c'].map((name) => work(name, log)) as [
      ReturnType<typeof work>,
      ReturnType<typeof work>,
      ReturnType<typeof work>,
      ReturnType<typeof work>,
    ];
    const all = Promise.all([lock.read(a.run), lock.read(b.run), lock.write(w.run), lock.read(c.run)]);
    await settled();
    // The last reader waits behind the writer, which else might never come in.
    expect(log).toEqual(['+a', '+b']);
    a.end();
    await settled();
    expect(log).toEqual(['+a', '+b', '-a']);
    b.end();
    await settled();
    expect(log.slice(3)).toEqual(['-b', '+w']);
    w.end();
    await settled();
    expect(log.slice(5)).toEqual(['-w', '+c']);
    c.end();
    expect(await all).toEqual(['a', 'b', 'w', 'c']);
    expect(lock.idle).toBe(true);
  });

  it('is given back by work that fails', async () => {
    const lock = new ReadersWriterLock();
    const failing = (): never => {
      throw new Error('no');
    };
    await expect(lock.write(failing)).rejects.toThrow('no');
    await expect(lock.read(failing)).rejects.toThrow('no');
    expect(await lock.write(() => 'yes')).toBe('yes');
  });

  it('never holds a writer beside anybody, whatever comes, and starts all in order', async () => {
    const tasks = fc.array(fc.record({ writes: fc.boolean(), turns: fc.nat(4), pause: fc.nat(2) }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(tasks, async (all) => {
        const lock = new ReadersWriterLock();
        const started: number[] = [];
        const inside = { readers: 0, writers: 0 };
        const done: Promise<void>[] = [];
        for (const [index, { writes, turns, pause }] of all.entries()) {
          const kind = writes ? 'writers' : 'readers';
          const run = async (): Promise<void> => {
            started.push(index);
            inside[kind] += 1;
            for (let turn = 0; turn <= turns; turn += 1) {
              expect(inside.writers === 0 || inside.writers + inside.readers === 1).toBe(true);
              await Promise.resolve();
            }
            inside[kind] -= 1;
          };
          done.push(writes ? lock.write(run) : lock.read(run));
          for (let turn = 0; turn < pause; turn += 1) await Promise.resolve();
        }
        await Promise.all(done);
        expect(started).toEqual(all.map((_, index) => index));
        expect(lock.idle).toBe(true);
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});

describe('the locks of runs', () => {
  it('let one run work while another is held, and forget a run that nobody works on', async () => {
    const locks = new RunLocks();
    const log: string[] = [];
    const held = work('a', log);
    const first = locks.write('a', held.run);
    expect(await locks.write('b', () => 'b')).toBe('b');
    await settled();
    expect(locks.size).toBe(1);
    held.end();
    await first;
    expect(locks.size).toBe(0);
  });
});
