import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MpiDistributedProcessor } from '../../src/mpi/index.ts';
import { rowOf } from '../rows.ts';
import type { BenchOptions, Pair, Row } from '../rows.ts';
import { durations } from '../stealing/skewed.ts';
import { skewed } from '../stealing/skewed-job.ts';
import { bestSetting, nameOf, runFutures } from './futures.ts';
import type { Setting } from './futures.ts';

const RANKS = 4;
const SETTINGS = [1, 2, 4, 8].flatMap((chunk) => [0, 0.001].map((backoff) => ({ chunk, backoff })));

/**
 * Tasks of very different lengths, that nobody knows before, against the ideal and against mpi4py.futures: on as many ranks, of which it needs one for
 * its master, and with as many workers beside that.
 */
export async function skewedRows({ pairs, log }: BenchOptions): Promise<Row[]> {
  log('skewed-vs-ideal, skewed-vs-mpi4py, skewed-vs-mpi4py-workers …');
  const folder = await mkdtemp(join(tmpdir(), 'kgot-bench-'));
  const file = join(folder, 'durations.json');
  const processor = new MpiDistributedProcessor({ ranks: RANKS, log });
  const toIdeal: Pair[] = [];
  try {
    const rivals: Rival[] = [];
    for (const workers of [RANKS - 1, RANKS]) {
      const timed = async (setting: Setting, tasks: number[]): Promise<number> => {
        await writeFile(file, JSON.stringify(tasks));
        return runFutures('skewed', setting, { workers, argument: file });
      };
      const setting = await bestSetting(SETTINGS, (each) => timed(each, durations('sweep').slice(0, 500)));
      rivals.push({ name: nameOf(setting), run: (tasks) => timed(setting, tasks), pairs: [] });
    }
    for (let pair = 0; pair <= pairs; pair += 1) {
      const tasks = durations(`skewed ${pair}`);
      const theirs = async (): Promise<number[]> => {
        const times: number[] = [];
        for (const rival of rivals) times.push(await rival.run(tasks));
        return times;
      };
      const theirsFirst = pair % 2 === 1 ? await theirs() : undefined;
      const { output, metrics } = await processor.run(skewed, tasks);
      const times = theirsFirst ?? (await theirs());
      // The first is the warm-up.
      if (pair === 0) continue;
      toIdeal.push({ ours: metrics.elapsed, rival: idealOf(output, RANKS) });
      rivals.forEach((rival, index) => rival.pairs.push({ ours: metrics.elapsed, rival: times[index]! }));
    }
    const [onRanks, withWorkers] = rivals as [Rival, Rival];
    return [
      rowOf(
        { id: 'skewed-vs-ideal', unit: 'ms', rival: 'max(Σ slept ÷ ranks, longest)', goal: 'ratio ≤ 1.10' },
        toIdeal,
        (ratio) => ratio <= 1.1,
      ),
      rowOf(
        { id: 'skewed-vs-mpi4py', unit: 'ms', rival: `${onRanks.name}, on ${RANKS} ranks`, goal: 'ratio ≤ 0.9' },
        onRanks.pairs,
        (ratio) => ratio <= 0.9,
      ),
      rowOf(
        {
          id: 'skewed-vs-mpi4py-workers',
          unit: 'ms',
          rival: `${withWorkers.name}, on ${1 + RANKS} ranks`,
          goal: 'ratio ≤ 0.9',
        },
        withWorkers.pairs,
        (ratio) => ratio <= 0.9,
      ),
    ];
  } finally {
    await processor.shutdown();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Rival {
  name: string;
  run(tasks: number[]): Promise<number>;
  pairs: Pair[];
}

/** The time that so many ranks take at best for tasks that took what they took. */
export function idealOf(slept: readonly number[], ranks: number): number {
  return Math.max(slept.reduce((sum, one) => sum + one, 0) / ranks, ...slept);
}
