import { Piscina } from 'piscina';
import { siblingModule } from '../../src/config/module-path.ts';
import { WorkStealingScheduler } from '../../src/jobs/index.ts';
import { alternate, rowOf } from '../rows.ts';
import type { BenchOptions, Pair, Row } from '../rows.ts';
import { argumentsOf, tiny } from './tiny-job.ts';
import type { Argument, Result } from './tiny-job.ts';

const THREADS = 2;
const TASKS = 100_000;
/** Tasks of one look at a setting of the rival. */
const SWEPT = 20_000;

interface Setting {
  atomics: 'sync' | 'async' | 'disabled';
  concurrentTasksPerWorker: number;
}

const SETTINGS = (['sync', 'async', 'disabled'] as const).flatMap((atomics) =>
  [1, 16, 64, 256].map((concurrentTasksPerWorker): Setting => ({ atomics, concurrentTasksPerWorker })),
);

/** Tasks a second, where each argument goes to another thread, and each result comes back to this one. */
export async function tinyRow({ pairs, log }: BenchOptions): Promise<Row> {
  log('tiny-vs-piscina …');
  const setting = await bestSetting();
  const scheduler = new WorkStealingScheduler({ threads: THREADS });
  const pool = poolOf(setting);
  let measured: Pair[];
  try {
    const ours = async (): Promise<number> => {
      const began = performance.now();
      const { output } = await scheduler.run(tiny, TASKS);
      const took = performance.now() - began;
      check(output);
      return TASKS / (took / 1_000);
    };
    measured = await alternate(pairs, ours, () => rateOf(pool, TASKS));
  } finally {
    await pool.destroy();
    await scheduler.shutdown();
  }
  const { atomics, concurrentTasksPerWorker: each } = setting;
  return rowOf(
    {
      id: 'tiny-vs-piscina',
      unit: 'tasks/s',
      rival: `piscina.run a task, atomics ${atomics}, ${each} a thread at once`,
      goal: 'ratio ≥ 8',
    },
    measured,
    (ratio) => ratio >= 8,
  );
}

async function bestSetting(): Promise<Setting> {
  const rates: { setting: Setting; rate: number }[] = [];
  for (const setting of SETTINGS) {
    const pool = poolOf(setting);
    await rateOf(pool, SWEPT);
    rates.push({ setting, rate: await rateOf(pool, SWEPT) });
    await pool.destroy();
  }
  return rates.sort((a, b) => b.rate - a.rate)[0]!.setting;
}

function poolOf(setting: Setting): Piscina<Argument, Result> {
  const filename = siblingModule('./tiny-job.ts', import.meta.url);
  return new Piscina({ filename, minThreads: THREADS, maxThreads: THREADS, execArgv: [], ...setting });
}

async function rateOf(pool: Piscina<Argument, Result>, tasks: number): Promise<number> {
  const began = performance.now();
  const results = await Promise.all(argumentsOf(tasks).map((argument) => pool.run(argument)));
  const took = performance.now() - began;
  check(results);
  return tasks / (took / 1_000);
}

function check(results: readonly Result[]): void {
  const wrong = results.findIndex(({ id, length }, index) => id !== index || length !== `task ${id}`.length);
  if (wrong >= 0) throw new Error(`The result of task ${wrong} is wrong: ${JSON.stringify(results[wrong])}.`);
}
