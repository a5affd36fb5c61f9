import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defineJob } from '../../src/jobs/index.ts';
import type { JobFailed } from '../../src/jobs/index.ts';
import { BROKEN } from './fixtures/broken.ts';
import { many } from './fixtures/many.ts';
import type { Task } from './fixtures/many.ts';
import { openFolder, openScheduler, rejection } from './support/schedulers.ts';

const give = (value: unknown): Task => ({ do: 'give', value });
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a job whose module is wrong', () => {
  test.each<[keyof typeof BROKEN, string, RegExp]>([
    ['absent', 'JobModuleError', /cannot be loaded: Cannot find module/],
    ['fails', 'JobModuleError', /cannot be loaded: no such setting\./],
    ['syntax', 'JobModuleError', /cannot be loaded: Unexpected token/],
    ['lacks', 'JobModuleError', /must export the functions split\(input\), .*: split is missing, reduce is missing\./],
    ['wrongKind', 'JobModuleError', /reduce is of type number\./],
    ['collective', 'JobModuleError', /exports main: such a program runs on MPI ranks only/],
    ['exits', 'JobModuleError', /ended its thread while it was loaded \(worker exited with code: 4\)/],
    ['splitThrows', 'JobStepFailed', /^split of job broken threw: no tasks today\.$/],
    ['splitThrowsLater', 'JobStepFailed', /^split of job broken threw: no more tasks\.$/],
    ['splitGivesNumber', 'JobStepFailed', /gave what is of type number: it must give an array of tasks/],
    ['splitGivesNull', 'JobStepFailed', /gave what is null/],
    [
      'splitGivesFunction',
      'JobStepFailed',
      /gave what cannot be a task: The task 2 cannot be copied .* could not be cloned/,
    ],
    ['splitExits', 'JobStepFailed', /^split of job broken ended its thread \(worker exited with code: 5\)/],
    ['reduceThrows', 'JobStepFailed', /^reduce of job broken threw: no sum\.$/],
    ['reduceExits', 'JobStepFailed', /^reduce of job broken ended its thread/],
    ['reduceGivesFunction', 'JobStepFailed', /The output cannot be copied to where it is needed/],
  ])('%s: says so, and the scheduler goes on', async (which, name, message) => {
    const scheduler = openScheduler();
    const broken = defineJob<number>({ name: 'broken', module: BROKEN[which] });
    const error = await rejection(scheduler.run(broken, 1));
    expect(error.name).toBe(name);
    expect(error.message).toMatch(message);
    expect((await scheduler.run(many, { tasks: [give(1)] })).output).toEqual([1]);
  });
});

describe('a task that fails', () => {
  test('stops no other: the error has all failures and all results', async () => {
    const tasks: Task[] = numbers(100).map(give);
    tasks[7] = { do: 'throw', message: 'seven' };
    tasks[13] = { do: 'reject', message: 'thirteen' };
    tasks[20] = { do: 'throw-words' };
    tasks[31] = { do: 'give-function' };
    tasks[40] = { do: 'spawn-function' };
    tasks[50] = { do: 'spawn', name: 'parent', tasks: [give('child'), { do: 'throw', message: 'a child' }] };
    const error = await rejection<JobFailed>(openScheduler({ threads: 3 }).run(many, { tasks }));
    expect(error.name).toBe('JobFailed');
    expect(error.message).toBe(
      'Of the 102 tasks of job many 6 failed (task 7: seven; task 13: thirteen; task 20: "words" was thrown, which is no error; and 3 more).',
    );
    expect(error.failures.map(({ path, error: { name, message } }) => [path, name, message])).toEqual([
      [[7], 'RangeError', 'seven'],
      [[13], 'RangeError', 'thirteen'],
      [[20], 'Error', '"words" was thrown, which is no error'],
      [[31], 'CannotTravel', expect.stringMatching(/^Its result cannot be copied .*: \(\) => 1 could not be cloned\./)],
      [[40], 'CannotTravel', expect.stringMatching(/^A task that was spawned cannot be copied/)],
      [[50, 1], 'RangeError', 'a child'],
    ]);
    expect(error.failures[0]!.error.stack).toContain('many.ts');
    expect(error.results.filter((result) => result !== undefined)).toEqual([
      ...numbers(100)
        .filter((index) => ![7, 13, 20, 31, 40, 50].includes(index))
        .slice(0, 45),
      'parent',
      ...numbers(100).slice(51),
      'child',
    ]);
  });

  test('cannot spawn once it has ended', async () => {
    const tasks: Task[] = [{ do: 'keep-context' }, { do: 'spawn-kept' }];
    const error = await rejection(openScheduler({ threads: 1 }).run(many, { tasks }));
    expect(error.message).toMatch(/failed \(task 1: A task that has ended spawns no more/);
  });
});

describe('a thread that dies', () => {
  test('takes no other task with it', async () => {
    const file = openFolder();
    const log = file('log');
    const tasks: Task[] = numbers(400).map((index) => ({ do: 'append', file: log, line: `${index}` }));
    tasks[100] = { do: 'exit', unless: file('once') };
    tasks[300] = { do: 'exit', unless: file('twice') };
    const { output, metrics } = await openScheduler({ threads: 2 }).run(many, { tasks });
    expect(output).toEqual(numbers(400).map((index) => (index % 200 === 100 ? 'lived' : `${index}`)));
    expect(metrics.replaced).toBe(2);
    // All ran; those whose results had not been sent yet, twice.
    expect(new Set(readFileSync(log, 'utf8').trim().split('\n')).size).toBe(398);
  });

  test('twice under the same task fails that task alone, by its name', async () => {
    const tasks: Task[] = numbers(50).map(give);
    tasks[20] = { do: 'exit' };
    tasks[30] = { do: 'throw-later' };
    tasks[40] = { do: 'wait', milliseconds: 30 };
    const error = await rejection<JobFailed>(openScheduler({ threads: 2 }).run(many, { tasks }));
    expect(error.failures.map(({ error: { name, message } }) => [name, message])).toEqual([
      ['TaskEndedThread', expect.stringMatching(/^The task 20 ended its thread twice.*worker exited with code: 3/)],
      ['TaskEndedThread', expect.stringMatching(/^The task 30 ended its thread twice.*thrown behind its back/)],
    ]);
    expect(error.results.filter((result) => result !== undefined)).toHaveLength(48);
  });

  test('under a task that has spawned others does not double these', async () => {
    const file = openFolder();
    const spawned = numbers(30).map((index): Task => give(`child ${index}`));
    const tasks: Task[] = [
      ...numbers(20).map(give),
      { do: 'spawn', name: 'parent', tasks: spawned, then: { do: 'exit', unless: file('once') } },
    ];
    const { output, metrics } = await openScheduler({ threads: 2 }).run(many, { tasks });
    expect(output).toEqual([...numbers(20), 'parent', ...numbers(30).map((index) => `child ${index}`)]);
    expect(metrics).toMatchObject({ replaced: 1, spawned: 30 });
  });

  test('with the only worker is replaced too', async () => {
    const tasks: Task[] = [
      ...numbers(10).map(give),
      { do: 'exit', unless: openFolder()('once') },
      ...numbers(10).map(give),
    ];
    const { output } = await openScheduler({ threads: 1 }).run(many, { tasks });
    expect(output).toEqual([...numbers(10), 'lived', ...numbers(10)]);
  });
});

test('whatever tasks there are, and whichever threads die under them: each counts once', async () => {
  const file = openFolder();
  const scheduler = openScheduler({ threads: 3 });
  let exits = 0;
  const task = fc.letrec<{ task: Task; leaf: Task }>((tie) => ({
    leaf: fc.oneof(
      fc.integer().map(give),
      fc.integer({ min: 0, max: 2 }).map((milliseconds): Task => ({ do: 'wait', milliseconds })),
    ),
    task: fc.oneof(
      { weight: 20, arbitrary: tie('leaf') },
      {
        weight: 1,
        arbitrary: fc.constant(undefined).map((): Task => ({ do: 'exit', unless: file(`${(exits += 1)}`) })),
      },
      {
        weight: 5,
        arbitrary: fc
          .record({ tasks: fc.array(tie('task'), { maxLength: 4 }), exits: fc.boolean() })
          .map(({ tasks, exits: dies }): Task => {
            const then: Task | undefined = dies ? { do: 'exit', unless: file(`${(exits += 1)}`) } : undefined;
            return { do: 'spawn', name: `${tasks.length}`, tasks, then };
          }),
      },
    ),
  })).task;
  await fc.assert(
    // Dozens of threads are started anew in it.
    fc.asyncProperty(fc.array(task, { minLength: 30, maxLength: 80 }), async (tasks) => {
      const { output, metrics } = await scheduler.run(many, { tasks });
      // None dies any more.
      const again = await scheduler.run(many, { tasks });
      expect(output).toEqual(again.output);
      expect(metrics).toMatchObject({ tasks: tasks.length, spawned: output.length - tasks.length });
      expect(again.metrics.replaced).toBe(0);
    }),
    // What fails is seldom found again with less: to look for that would take minutes.
    { numRuns: 6, endOnFailure: true },
  );
}, 180_000);

describe('a job that is cancelled', () => {
  test('before it starts does not start', async () => {
    const file = openFolder()('touched');
    const reason = new Error('changed my mind');
    const run = openScheduler().run(many, { tasks: [{ do: 'touch', file }] }, { signal: AbortSignal.abort(reason) });
    expect(await rejection(run)).toMatchObject({
      name: 'JobCancelled',
      message: 'The job many was cancelled.',
      cause: reason,
    });
    expect(existsSync(file)).toBe(false);
  });

  test('while it waits for its turn does not start, and leaves the one before alone', async () => {
    const file = openFolder();
    const scheduler = openScheduler();
    const cancel = new AbortController();
    const first = scheduler.run(many, { tasks: [{ do: 'until-file', file: file('go') }] });
    const second = scheduler.run(many, { tasks: [{ do: 'touch', file: file('touched') }] }, { signal: cancel.signal });
    cancel.abort();
    expect(await rejection(second)).toMatchObject({ name: 'JobCancelled', ended: [] });
    writeFileSync(file('go'), '');
    expect((await first).output).toEqual([undefined]);
    expect(existsSync(file('touched'))).toBe(false);
  });

  test.each([true, false])('stops when its tasks heed the signal (blocking: %s)', async (blocking) => {
    const file = openFolder()('began');
    const cancel = new AbortController();
    const tasks = numbers(10).map((): Task => ({ do: 'until-aborted', blocking, file }));
    const scheduler = openScheduler({ threads: 1, grace: 60_000, interleaved: 1 });
    const run = rejection(scheduler.run(many, { tasks }, { signal: cancel.signal }));
    await until(file);
    const began = performance.now();
    cancel.abort();
    expect(await run).toMatchObject({ name: 'JobCancelled', message: 'The job many was cancelled.', ended: [] });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect((await scheduler.run(many, { tasks: [give(1)] })).output).toEqual([1]);
  });

  test('ends the thread of a task that blocks it for ever, and names it', async () => {
    const file = openFolder()('began');
    const cancel = new AbortController();
    const tasks: Task[] = [...numbers(5).map(give), { do: 'block', file }, ...numbers(5).map(give)];
    const scheduler = openScheduler({ threads: 2, grace: 100 });
    const run = rejection(scheduler.run(many, { tasks }, { signal: cancel.signal }));
    await until(file);
    cancel.abort();
    expect(await run).toMatchObject({
      ended: [[5]],
      message:
        'The job many was cancelled. Of its tasks task 5 did not end within 100 ms of it, and were ended with their threads.',
    });
    expect((await scheduler.run(many, { tasks: numbers(50).map(give) })).output).toEqual(numbers(50));
  });
});

async function until(file: string): Promise<void> {
  while (!existsSync(file)) await delay(1);
}
