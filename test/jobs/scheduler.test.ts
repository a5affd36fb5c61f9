import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { primes } from '../../examples/jobs/primes.ts';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { WorkStealingScheduler } from '../../src/jobs/index.ts';
import type { JobProgress, SchedulerOptions } from '../../src/jobs/index.ts';
import { many } from './fixtures/many.ts';
import type { Input, Task } from './fixtures/many.ts';
import { openFolder, openScheduler, rejection } from './support/schedulers.ts';

const give = (value: unknown): Task => ({ do: 'give', value });
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a job', () => {
  test('gives the results of all tasks in their order', async () => {
    const { output, metrics } = await openScheduler({ threads: 3 }).run(many, { tasks: numbers(5_000).map(give) });
    expect(output).toEqual(numbers(5_000));
    expect(metrics).toMatchObject({ tasks: 5_000, spawned: 0, replaced: 0 });
    expect(metrics.workers.reduce((sum, { tasks }) => sum + tasks, 0)).toBe(5_000);
  });

  test('takes what another keeps back behind a task that takes long after all', async () => {
    const file = openFolder()('there');
    const scheduler = openScheduler({ threads: 2 });
    const tiny = numbers(500).map(give);
    const tasks: Task[] = [...tiny, { do: 'until-file', file }, { do: 'touch', file }, ...tiny];
    for (let run = 0; run < 3; run += 1) {
      const { output } = await scheduler.run(many, { tasks });
      expect(output).toHaveLength(tasks.length);
      rmSync(file);
    }
  });

  test('is told by its tasks whether more of them are wanted', async () => {
    const { output } = await openScheduler({ threads: 1 }).run(many, { tasks: [{ do: 'spawn-wanted' }] });
    expect(output[0]).toEqual([true, false]);
    expect(output).toHaveLength(2);
  });

  test.each<Input['as']>(['array', 'generator', 'async', 'promise'])('takes its tasks as %s', async (as) => {
    const scheduler = openScheduler();
    expect((await scheduler.run(many, { tasks: numbers(300).map(give), as })).output).toEqual(numbers(300));
    expect((await scheduler.run(many, { tasks: [], as })).output).toEqual([]);
  });

  test('carries whatever can be copied, small and large', async () => {
    const values = [
      ...[undefined, null, -0, NaN, 10n ** 30n, '', 'ü', new Date(0), /a/g, new Map([[1, new Set([[]])]])],
      ...[new Float64Array([1.5, 2.5]), Buffer.from('bytes'), new DataView(new ArrayBuffer(3)), new ArrayBuffer(2)],
      ...['x'.repeat(3_000_000), { nested: [{ deep: [1, , 3] }] }, [], new RangeError('as a value')],
    ];
    const { output } = await openScheduler().run(many, { tasks: values.map(give) });
    expect(output).toEqual(values);
  });

  test('waits for all that its tasks spawn, whoever runs it, and gives it in one order', async () => {
    const scheduler = openScheduler({ threads: 3 });
    const { output, metrics } = await scheduler.run(many, { tasks: [{ do: 'fibonacci', of: 16 }] });
    expect((output as number[]).reduce((sum, one) => sum + one, 0)).toBe(987);
    expect(metrics).toMatchObject({ tasks: 1, spawned: output.length - 1 });
    const leaf = (name: string): Task => ({ do: 'spawn', name, tasks: [] });
    const tree = (name: string, ...tasks: Task[]): Task => ({ do: 'spawn', name, tasks });
    const tasks = [
      tree('a', tree('a0', leaf('a00'), leaf('a01')), leaf('a1')),
      leaf('b'),
      tree('c', leaf('c0'), tree('c1', leaf('c10'))),
    ];
    for (const _ of numbers(10)) {
      expect((await scheduler.run(many, { tasks })).output).toEqual('a b c a0 a1 c0 c1 a00 a01 c10'.split(' '));
    }
  });

  test('is run the same, however many threads and whatever tasks there are', async () => {
    const schedulers = [1, 2, 4].map((threads) => openScheduler({ threads, seed: threads }));
    const task = fc.letrec<{ task: Task }>((tie) => ({
      task: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.integer().map(give),
        fc.integer({ min: 0, max: 2 }).map((milliseconds): Task => ({ do: 'wait', milliseconds })),
        fc.array(tie('task'), { maxLength: 3 }).map((tasks): Task => ({ do: 'spawn', name: `${tasks.length}`, tasks })),
      ),
    })).task;
    await fc.assert(
      fc.asyncProperty(fc.array(task, { maxLength: 40 }), async (tasks) => {
        const outputs = await Promise.all(schedulers.map(async (each) => (await each.run(many, { tasks })).output));
        expect(outputs[1]).toEqual(outputs[0]);
        expect(outputs[2]).toEqual(outputs[0]);
      }),
      { numRuns: 25 },
    );
  });

  test('of a user’s own runs on threads', async () => {
    expect((await openScheduler().run(primes, 100_000)).output).toBe(9_592);
    const example = join(import.meta.dirname, '../../examples/jobs/count-primes.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [example, '100000']);
    expect(stdout).toMatch(/^9592 primes, \d+ ms, efficiency \d\.\d\d\n$/);
  });
});

describe('workers', () => {
  test('take tasks out of the range that another is in', async () => {
    const file = openFolder()('done');
    // The first, which is in one chunk with the others, blocks its worker until the last has run, which only another can do.
    const tasks: Task[] = [{ do: 'until-file', file }, ...numbers(6).map(give), { do: 'touch', file }];
    const { output, metrics } = await openScheduler().run(many, { tasks });
    expect(output.slice(1, -1)).toEqual(numbers(6));
    expect(metrics.workers.reduce((sum, { steals }) => sum + steals, 0)).toBeGreaterThan(0);
  });

  test('take what a task has spawned that goes on itself', async () => {
    const file = openFolder()('done');
    const tasks: Task[] = [
      { do: 'spawn', name: 'parent', tasks: [{ do: 'touch', file }], then: { do: 'until-file', file } },
    ];
    expect((await openScheduler().run(many, { tasks })).output).toEqual(['parent', undefined]);
  });

  test('run others while asynchronous tasks wait, so many at once', async () => {
    const meeting = (among: number): Task[] => numbers(among).map(() => ({ do: 'meet', among }));
    const scheduler = openScheduler({ threads: 1, interleaved: 4, grace: 50 });
    expect((await scheduler.run(many, { tasks: meeting(4) })).output).toEqual([4, 4, 4, 4]);
    const signal = AbortSignal.timeout(300);
    expect(await rejection(scheduler.run(many, { tasks: meeting(5) }, { signal }))).toMatchObject({
      name: 'JobCancelled',
      ended: [[0], [1], [2], [3]],
    });
  });

  test('end an asynchronous task that waits for nothing before they begin another', async () => {
    const tasks = numbers(20).map((times): Task => ({ do: 'await-nothing', times }));
    const { output } = await openScheduler({ threads: 1 }).run(many, { tasks });
    expect(output).toEqual(numbers(20).map(() => 1));
  });

  test('that wait for asynchronous tasks are woken by work', async () => {
    const file = openFolder()('done');
    // One worker blocks, the other waits; what the first has spawned must go to the second.
    const tasks: Task[] = [
      { do: 'wait', milliseconds: 60_000 },
      { do: 'spawn', name: 'parent', tasks: [{ do: 'touch', file }], then: { do: 'until-file', file } },
    ];
    const cancel = new AbortController();
    const onProgress = ({ finished }: JobProgress): void => {
      if (finished === 2) cancel.abort();
    };
    const running = openScheduler({ threads: 2, grace: 50 }).run(
      many,
      { tasks },
      { signal: cancel.signal, onProgress },
    );
    expect(await rejection(running)).toMatchObject({ name: 'JobCancelled', ended: [[0]] });
  });

  test('know their number, and the store that the job was started with', async () => {
    const folder = openFolder();
    const scheduler = openScheduler({ threads: 2 });
    const { output } = await scheduler.run(many, { tasks: numbers(20).map((): Task => ({ do: 'worker' })) });
    for (const one of output as { worker: number; store: boolean }[]) {
      expect([0, 1]).toContain(one.worker);
      expect(one.store).toBe(false);
    }
    const artifacts = openDirectoryStore(folder('artifacts'));
    const tasks = numbers(6).map((index): Task => ({
      do: 'artifact',
      name: `jobs/${index}`,
      content: `content ${index}`,
    }));
    const kept = (await scheduler.run(many, { tasks }, { artifacts })).output;
    kept.forEach((one, index) =>
      expect(one).toMatchObject({
        ...{ created: true, read: `content ${index}`, absent: undefined, same: true, size: 9 },
        ...{ content: `content ${index}`, missing: 'ArtifactMissingError' },
      }),
    );
    expect((await artifacts.list('jobs')).length).toBe(6);
  });

  test('tell what they do while they do it', async () => {
    const file = openFolder()('seen');
    const seen: JobProgress[] = [];
    const tasks: Task[] = [
      { do: 'spawn', name: 'parent', tasks: [{ do: 'say', said: ['half way'], until: file }] },
      { do: 'say', said: [0.5], until: file },
    ];
    await openScheduler().run(
      many,
      { tasks },
      {
        onProgress: (progress) => {
          seen.push(progress);
          if (progress.said.length === 2) writeFileSync(file, '');
        },
      },
    );
    expect(seen.find(({ said }) => said.length === 2)?.said.sort((a, b) => a.path.length - b.path.length)).toEqual([
      { path: [1], said: 0.5 },
      { path: [0, 0], said: 'half way' },
    ]);
    expect(seen.at(-1)).toMatchObject({ finished: 3, known: 3, said: [], metrics: { tasks: 2, spawned: 1 } });
  });
});

describe('a scheduler', () => {
  test.each<[SchedulerOptions, RegExp]>([
    [{ threads: 0 }, /The option threads is 0: give a whole number from 1 to 256/],
    [{ threads: -1 }, /threads is -1/],
    [{ threads: 1.5 }, /threads is 1\.5/],
    [{ threads: NaN }, /threads is NaN/],
    [{ threads: 1_000 }, /threads is 1000/],
    [{ interleaved: 0 }, /interleaved is 0/],
    [{ grace: -1 }, /grace is -1/],
    [{ seed: -1 }, /seed is -1/],
  ])('refuses %o', (options, message) => {
    expect(() => new WorkStealingScheduler(options)).toThrow(message);
  });

  test('refuses what is no job, and input that cannot be copied', async () => {
    const scheduler = openScheduler();
    expect(await rejection(scheduler.run('many' as never, 1))).toMatchObject({
      name: 'InvalidJob',
      message: 'This is no job: give what defineJob({name, module}) returned.',
    });
    expect(await rejection(scheduler.run(many, { tasks: [give(() => 1)] }))).toMatchObject({
      name: 'CannotTravel',
      message: /^The input of job many cannot be copied to where it is needed: \(\) => 1 could not be cloned\./,
    });
  });

  test('runs jobs one after the other, and all that it took before it is shut down', async () => {
    const scheduler = openScheduler();
    const jobs = numbers(4).map((job) => scheduler.run(many, { tasks: numbers(100).map(() => give(job)) }));
    const closed = scheduler.shutdown();
    expect(await rejection(scheduler.run(many, { tasks: [] }))).toMatchObject({ name: 'SchedulerClosed' });
    const outputs = await Promise.all(jobs);
    outputs.forEach(({ output }, job) => expect(output).toEqual(numbers(100).map(() => job)));
    await closed;
    await scheduler.shutdown();
  });

  test('that ran nothing is shut down at once', async () => {
    await new WorkStealingScheduler().shutdown();
  });
});
