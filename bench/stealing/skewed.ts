import { Piscina } from 'piscina';
import { siblingModule } from '../../src/config/module-path.ts';
import { WorkStealingScheduler } from '../../src/jobs/index.ts';
import { randomOf } from '../random.ts';
import { rowOf } from '../rows.ts';
import type { BenchOptions, Pair, Row } from '../rows.ts';
import { skewed } from './skewed-job.ts';

const THREADS = 4;
const TASKS = 2_000;
const LEAST = 0.2;
const MOST = 200;
/** Uncounted runs of each side: V8 compiles what is used often, and what it has not compiled takes a hundredth of the time here. */
const WARM_UPS = 12;

/** Piscina's ways to wake a thread. */
const WAYS = ['sync', 'async', 'disabled'] as const;
type Way = (typeof WAYS)[number];

/** Tasks of very different lengths, that nobody knows before, against the ideal and against a task a `piscina.run`. */
export async function skewedRows({ pairs, log }: BenchOptions): Promise<Row[]> {
  log('skewed-vs-ideal, skewed-vs-piscina …');
  const scheduler = new WorkStealingScheduler({ threads: THREADS });
  const toIdeal: Pair[] = [];
  const toPiscina: Pair[] = [];
  const way = await bestWay(durations('sweep').slice(0, TASKS / 4));
  const pool = poolOf(way);
  try {
    const ours = async (tasks: number[]): Promise<{ took: number; ideal: number }> => {
      const began = performance.now();
      const { output } = await scheduler.run(skewed, tasks);
      return { took: performance.now() - began, ideal: idealOf(output) };
    };
    for (let pair = 1 - WARM_UPS; pair <= 3 * pairs; pair += 1) {
      // Which of the longest comes last is chance: other tasks for each pair, the same for both.
      const tasks = durations(`skewed ${pair}`);
      const theirsFirst = pair % 2 !== 0 ? await timed(pool, tasks) : undefined;
      const { took, ideal } = await ours(tasks);
      const theirs = theirsFirst ?? (await timed(pool, tasks));
      if (pair < 1) continue;
      toIdeal.push({ ours: took, rival: ideal });
      toPiscina.push({ ours: took, rival: theirs });
    }
  } finally {
    await pool.destroy();
    await scheduler.shutdown();
  }
  return [
    rowOf(
      { id: 'skewed-vs-ideal', unit: 'ms', rival: 'max(Σ slept ÷ threads, longest)', goal: 'ratio ≤ 1.05' },
      toIdeal,
      (ratio) => ratio <= 1.05,
    ),
    rowOf(
      { id: 'skewed-vs-piscina', unit: 'ms', rival: `piscina.run a task, atomics ${way}`, goal: 'ratio ≤ 1.03' },
      toPiscina,
      (ratio) => ratio <= 1.03,
    ),
  ];
}

/** Milliseconds: Pareto with shape 1 between the bounds, always the same for a seed. */
export function durations(seed: string): number[] {
  const random = randomOf(seed);
  return Array.from({ length: TASKS }, () => LEAST / (1 - random() * (1 - LEAST / MOST)));
}

function idealOf(slept: readonly number[]): number {
  return Math.max(slept.reduce((sum, one) => sum + one, 0) / THREADS, ...slept);
}

async function bestWay(tasks: readonly number[]): Promise<Way> {
  const times: { way: Way; took: number }[] = [];
  for (const way of WAYS) {
    const pool = poolOf(way);
    await timed(pool, tasks.slice(0, 100));
    times.push({ way, took: await timed(pool, tasks) });
    await pool.destroy();
  }
  return times.sort((a, b) => a.took - b.took)[0]!.way;
}

function poolOf(atomics: Way): Piscina<number, number> {
  const filename = siblingModule('./sleep.ts', import.meta.url);
  return new Piscina({ filename, minThreads: THREADS, maxThreads: THREADS, execArgv: [], atomics });
}

async function timed(pool: Piscina<number, number>, tasks: readonly number[]): Promise<number> {
  const began = performance.now();
  await Promise.all(tasks.map((task) => pool.run(task)));
  return performance.now() - began;
}
