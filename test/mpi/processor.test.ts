import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { defineJob, WorkStealingScheduler } from '../../src/jobs/index.ts';
import type { JobCancelled, JobFailed } from '../../src/jobs/index.ts';
import { MpiDistributedProcessor } from '../../src/mpi/index.ts';
import type { MpiProgress } from '../../src/mpi/index.ts';
import { BROKEN } from '../jobs/fixtures/broken.ts';
import { many } from '../jobs/fixtures/many.ts';
import type { Task } from '../jobs/fixtures/many.ts';
import { openFolder, rejection } from '../jobs/support/schedulers.ts';
import { temporaryStore } from '../support/folders.ts';
import { leftovers, leftoversOfOurs } from './leftovers.ts';
import { until, untilFiles } from './until.ts';

const give = (value: unknown): Task => ({ do: 'give', value });
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

afterEach(async () => expect(await leftoversOfOurs()).toEqual([]));

describe('a job on ranks', () => {
  test('gives what it gives on threads, in the same order, with figures of each rank', async () => {
    const tasks: Task[] = [
      ...numbers(300).map(give),
      { do: 'fibonacci', of: 12 },
      {
        do: 'spawn',
        name: 'parent',
        tasks: [{ do: 'spawn', name: 'child', tasks: [give('grandchild')] }, give('second')],
      },
      // Enough that each rank has some of them, however late it begins.
      ...numbers(300).map((): Task => ({ do: 'wait', milliseconds: 20 })),
      give(new Map([[1, new Float64Array([1, 2])]])),
      { do: 'say', said: ['half way'] },
    ];
    const shown: MpiProgress[] = [];
    const processor = new MpiDistributedProcessor({ ranks: 3 });
    const { output, metrics } = await processor.run(
      many,
      { tasks, as: 'async' },
      { onProgress: (now) => shown.push(now) },
    );
    const threads = new WorkStealingScheduler({ threads: 2 });
    const { output: expected } = await threads.run(many, { tasks });
    await threads.shutdown();
    expect(output).toEqual(expected);

    const { workers, elapsed } = metrics;
    expect(metrics).toMatchObject({ tasks: tasks.length, spawned: 467, replaced: 0, launches: 1 });
    expect(workers).toHaveLength(3);
    expect(workers.reduce((sum, worker) => sum + worker.tasks, 0)).toBe(tasks.length + 467);
    expect(workers.slice(1).every(({ steals, stealsTried }) => steals > 0 && stealsTried >= steals)).toBe(true);
    for (const { busy, idle, waiting } of workers) expect(busy + idle + waiting).toBeLessThan(elapsed + 1_000);
    expect(shown.at(-1)).toMatchObject({ finished: tasks.length + 467, known: tasks.length + 467, said: [] });
  });

  test('reaches the artifact store of its launcher, and tells which rank it is', async () => {
    const tasks: Task[] = [
      { do: 'artifact', name: 'jobs/one', content: 'words' },
      ...numbers(8).map((): Task => ({ do: 'worker' })),
    ];
    const processor = new MpiDistributedProcessor({ ranks: 2 });
    const { output } = await processor.run(many, { tasks }, { artifacts: temporaryStore() });
    expect(output[0]).toMatchObject({
      created: true,
      read: 'words',
      same: true,
      content: 'words',
      listed: ['jobs/one'],
    });
    expect(output.slice(1)).toHaveLength(8);
    for (const one of output.slice(1)) expect(one).toMatchObject({ worker: expect.toBeOneOf([0, 1]), store: true });
  });

  test('finds memory as good as new, be it that of a smaller job or a larger one before', async () => {
    const processor = new MpiDistributedProcessor({ ranks: 2 });
    const large = numbers(8).map((byte) => give(new Uint8Array(2 ** 18).fill(byte)));
    const spawning: Task = { do: 'spawn', name: 'parent', tasks: [give(1), give(2)] };
    for (const tasks of [
      [give('small'), spawning],
      [...large, spawning],
      [give('small again'), spawning],
    ]) {
      const { output, metrics } = await processor.run(many, { tasks });
      expect(output.slice(0, tasks.length - 1)).toEqual(
        tasks.slice(0, -1).map((task) => (task as { value: unknown }).value),
      );
      expect(output.slice(-2)).toEqual([1, 2]);
      expect(metrics).toMatchObject({ tasks: tasks.length, spawned: 2, launches: 1 });
    }
  });

  test('without tasks needs no rank', async () => {
    const { output, metrics } = await new MpiDistributedProcessor({ ranks: 2 }).run(many, { tasks: [] });
    expect(output).toEqual([]);
    expect(metrics).toMatchObject({ tasks: 0, elapsed: 0 });
  });
});

describe('what is wrong', () => {
  test('a task that fails stops no other: the error has all failures and all results', async () => {
    const tasks: Task[] = numbers(100).map(give);
    tasks[7] = { do: 'throw', message: 'seven' };
    tasks[13] = { do: 'reject', message: 'thirteen' };
    tasks[31] = { do: 'give-function' };
    tasks[50] = { do: 'spawn', name: 'parent', tasks: [give('child'), { do: 'throw', message: 'a child' }] };
    const processor = new MpiDistributedProcessor({ ranks: 2 });
    const error = await rejection<JobFailed>(processor.run(many, { tasks }));
    expect(error.name).toBe('JobFailed');
    expect(error.failures.map(({ path, error: { name, message } }) => [path, name, message])).toEqual([
      [[7], 'RangeError', 'seven'],
      [[13], 'RangeError', 'thirteen'],
      [[31], 'CannotTravel', expect.stringMatching(/^Its result cannot be copied .*: \(\) => 1 could not be cloned\./)],
      [[50, 1], 'RangeError', 'a child'],
    ]);
    expect(error.results).toHaveLength(102);
    expect(error.results.slice(98)).toEqual([98, 99, 'child', undefined]);
  });

  test.each<[keyof typeof BROKEN, string, RegExp]>([
    ['absent', 'JobModuleError', /cannot be loaded: Cannot find module/],
    ['lacks', 'JobModuleError', /must export the functions split\(input\), .*: split is missing, reduce is missing\./],
    ['exits', 'JobModuleError', /ended its thread while it was loaded \(it exited with 4\)/],
    ['splitThrowsLater', 'JobStepFailed', /^split of job broken threw: no more tasks\.$/],
    ['splitExits', 'JobStepFailed', /^split of job broken ended its thread \(it exited with 5\)/],
    ['reduceThrows', 'JobStepFailed', /^reduce of job broken threw: no sum\.$/],
  ])('a module (%s)', async (which, name, message) => {
    const broken = defineJob<number>({ name: 'broken', module: BROKEN[which] });
    const error = await rejection(new MpiDistributedProcessor({ ranks: 1 }).run(broken, 1));
    expect(error.name).toBe(name);
    expect(error.message).toMatch(message);
  });

  test('options, a job, an input and an MPI are refused by name', async () => {
    expect(() => new MpiDistributedProcessor({ ranks: 0 })).toThrow(
      /^The option ranks is 0: give a whole number from 1 to 256\.$/,
    );
    expect(() => new MpiDistributedProcessor({ ranks: 1.5 })).toThrow(RangeError);
    expect(() => new MpiDistributedProcessor({ ranks: 1, stallSeconds: 0 })).toThrow(/stallSeconds is 0/);
    const processor = new MpiDistributedProcessor({ ranks: 1 });
    expect((await rejection(processor.run({ name: 'a', module: 'b' }, 1))).name).toBe('InvalidJob');
    expect((await rejection(processor.run(many, { tasks: [give(() => 1)] }))).name).toBe('CannotTravel');
    vi.stubEnv('KGOT_MPIEXEC', '/nowhere/mpiexec');
    const error = await rejection(new MpiDistributedProcessor({ ranks: 1 }).run(many, { tasks: [] }));
    vi.unstubAllEnvs();
    expect(error.name).toBe('MpiUnavailable');
    expect(error.message).toMatch(/^KGOT_MPIEXEC is \/nowhere\/mpiexec/);
  });
});

describe('a job that is cancelled', () => {
  test('tells tasks, ends those that do not end, and leaves nothing', async () => {
    const at = openFolder();
    const tasks: Task[] = [
      { do: 'until-aborted', blocking: true, file: at('polite') },
      { do: 'block', file: at('rude') },
    ];
    const { signal, abort } = controllerOf();
    const processor = new MpiDistributedProcessor({ ranks: 2, grace: 500 });
    const running = rejection<JobCancelled>(processor.run(many, { tasks }, { signal }));
    await untilFiles(at('polite'), at('rude'));
    abort(new Error('enough'));
    const error = await running;
    expect(error.name).toBe('JobCancelled');
    expect(error.message).toBe(
      'The job many was cancelled. Of its tasks task 1 did not end within 500 ms of it, and were ended with their ranks.',
    );
    expect(error.ended).toEqual([[1]]);
    expect((error.cause as Error).message).toBe('enough');
    expect(leftovers()).toEqual([]);
  });

  test('before its ranks are there, and before it begins', async () => {
    const { signal, abort } = controllerOf();
    const processor = new MpiDistributedProcessor({ ranks: 2 });
    const running = rejection(processor.run(many, { tasks: [give(1)] }, { signal }));
    abort(new Error('enough'));
    expect((await running).name).toBe('JobCancelled');
    expect((await rejection(processor.run(many, { tasks: [give(1)] }, { signal }))).name).toBe('JobCancelled');
  });
});

test('ranks die with their launcher, and the next launch removes what it left', async () => {
  const at = openFolder();
  const program = fileURLToPath(import.meta.resolve('./programs/launch-and-block.ts'));
  const launcher = fork(program, [at('begun')], { stdio: 'ignore', execArgv: ['--no-warnings'] });
  await untilFiles(at('begun'));
  expect(leftovers(launcher.pid).filter((left) => left.startsWith('process')).length).toBeGreaterThan(1);
  launcher.kill('SIGKILL');
  await once(launcher, 'exit');
  await until(() => !leftovers(launcher.pid).some((left) => left.startsWith('process')));
  await new MpiDistributedProcessor({ ranks: 1 }).run(many, { tasks: [] });
  expect(leftovers(launcher.pid)).toEqual([]);
});

function controllerOf(): { signal: AbortSignal; abort(reason: Error): void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}
