import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { JobFailed } from '../../src/jobs/index.ts';
import { MpiDistributedProcessor } from '../../src/mpi/index.ts';
import { openFolder, rejection } from '../jobs/support/schedulers.ts';
import { temporaryStore } from '../support/folders.ts';
import { deadly } from './programs/deadly-job.ts';
import type { DeadlyTask } from './programs/deadly-job.ts';
import { leftoversOfOurs } from './leftovers.ts';
import { until, untilFiles } from './until.ts';

const numbers = (count: number): DeadlyTask[] => Array.from({ length: count }, (_, value) => ({ do: 'give', value }));
const given = (count: number): number[] => Array.from({ length: count }, (_, value) => value);

afterEach(async () => expect(await leftoversOfOurs()).toEqual([]));

describe('a rank that dies', () => {
  test('is survived: what it was running and had not sent is run by others, spawned tasks too', async () => {
    const at = openFolder();
    const tasks: DeadlyTask[] = [...numbers(50), { do: 'spawn-and-hold', pid: at('pid'), spawns: 20 }, ...numbers(50)];
    const processor = new MpiDistributedProcessor({ ranks: 3 });
    const running = processor.run(deadly, tasks);
    await untilFiles(at('pid'));
    process.kill(Number(readFileSync(at('pid'), 'utf8')), 'SIGKILL');
    await untilFiles(at('pid-again'));
    const { output, metrics } = await running;
    expect(output).toEqual([...given(50), 'held', ...given(50), ...given(20)]);
    expect(metrics).toMatchObject({ replaced: 1, launches: 1, spawned: 20 });
  });

  test('for a task that ends each: it is given up by name, and no other', async () => {
    const tasks: DeadlyTask[] = [...numbers(10), { do: 'exit' }, ...numbers(10)];
    const error = await rejection<JobFailed>(new MpiDistributedProcessor({ ranks: 3 }).run(deadly, tasks));
    expect(error.name).toBe('JobFailed');
    expect(error.failures.map(({ path, error: { name } }) => [path, name])).toEqual([[[10], 'TaskEndedRank']]);
    expect(error.failures[0]!.error.message).toBe(
      'The task 10 ended its rank twice, the second time running alone on it: process.exit(3).',
    );
    expect(error.results).toEqual([...given(10), undefined, ...given(10)]);
  });

  test('as the only one: it is started again with what is not finished, and finds who ends it', async () => {
    const at = openFolder();
    const tasks: DeadlyTask[] = [{ do: 'note', file: at('ran') }, { do: 'exit' }, ...numbers(5)];
    const error = await rejection<JobFailed>(new MpiDistributedProcessor({ ranks: 1 }).run(deadly, tasks));
    expect(String(error)).toContain('JobFailed');
    expect(error.failures.map(({ path, error: { name } }) => [path, name])).toEqual([[[1], 'TaskEndedRank']]);
    expect(error.results.slice(2)).toEqual(given(5));
  });

  test('as the only one, and its launcher hears of that and of the end of mpiexec at once: the task is found too', async () => {
    const word = new Int32Array(new SharedArrayBuffer(4));
    const late = setInterval(() => void Atomics.wait(word, 0, 0, 150), 1);
    try {
      const tasks: DeadlyTask[] = [{ do: 'exit' }, ...numbers(5)];
      const error = await rejection<JobFailed>(new MpiDistributedProcessor({ ranks: 1 }).run(deadly, tasks));
      expect(String(error)).toContain('JobFailed');
      expect(error.failures.map(({ path, error: { name } }) => [path, name])).toEqual([[[0], 'TaskEndedRank']]);
    } finally {
      clearInterval(late);
    }
  });

  test('with all others, as mpiexec does: they are started again', async () => {
    const at = openFolder();
    const tasks: DeadlyTask[] = [...numbers(20), { do: 'kill-mpiexec', unless: at('killed') }];
    const { output, metrics } = await new MpiDistributedProcessor({ ranks: 2 }).run(deadly, tasks);
    expect(output).toEqual([...given(20), 'lived']);
    expect(metrics.launches).toBe(2);
  });

  test('without a word: it is given up after the stall limit, and a task that only takes long is not', async () => {
    const at = openFolder();
    const tasks: DeadlyTask[] = [
      ...numbers(20),
      { do: 'stop-rank', unless: at('stopped') },
      { do: 'block-for', milliseconds: 3_000 },
    ];
    const { output, metrics } = await new MpiDistributedProcessor({ ranks: 3, stallSeconds: 2 }).run(deadly, tasks);
    expect(output).toEqual([...given(20), 'went on', 'blocked']);
    expect(metrics).toMatchObject({ replaced: 1, launches: 1 });
  });
});

test('who runs a job again under its id runs only what was not finished', async () => {
  const at = openFolder();
  const store = temporaryStore();
  const tasks: DeadlyTask[] = [
    ...Array.from({ length: 30 }, (): DeadlyTask => ({ do: 'spawn-note', file: at('ran') })),
    { do: 'until-file', file: at('go'), begun: at('begun') },
  ];
  const controller = new AbortController();
  const processor = new MpiDistributedProcessor({ ranks: 2, grace: 5_000 });
  const options = { artifacts: store, id: 'night/1' };
  const lines = (): number => (existsSync(at('ran')) ? readFileSync(at('ran'), 'utf8').split('\n').length - 1 : 0);
  const first = rejection(processor.run(deadly, tasks, { ...options, signal: controller.signal }));
  await untilFiles(at('begun'));
  await until(() => lines() === 60);
  controller.abort(new Error('enough'));
  expect((await first).name).toBe('JobCancelled');
  expect(lines()).toBe(60);
  const { output, metrics } = await processor.run(deadly, [...tasks], {
    ...options,
    onProgress: () => writeFileSync(at('go'), ''),
  });
  expect(lines()).toBe(60);
  expect(output).toEqual([...Array<string>(30).fill('parent'), 'found', ...Array<string>(30).fill('child')]);
  expect(metrics).toMatchObject({ tasks: 31, spawned: 30 });
  const other = await rejection(processor.run(deadly, numbers(1), options));
  expect(other.message).toMatch(/^The journal of night\/1 is of another job or input/);
  const again = await processor.run(deadly, tasks, options);
  expect(again.output).toEqual(output);
  expect(lines()).toBe(60);
});
