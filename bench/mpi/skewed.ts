import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MpiDistributedProcessor } from '../../src/mpi/index.ts';
import { rowOf } from '../rows.ts';
import type { BenchOptions, Pair, Row } from '../rows.ts';
import { durations } from '../stealing/skewed.ts';
import { skewed } from '../stealing/skewed-job.ts';
import { bestSetting, nameOf, runFutures } from './futures.ts';

const RANKS = 4;
const SETTINGS = [1, 2, 4, 8].flatMap((chunk) => [0, 0.001].map((backoff) => ({ chunk, backoff })));

/** Tasks of very different lengths, that nobody knows before, against the ideal and against mpi4py.futures. */
export async function skewedRows({ pairs, log }: BenchOptions): Promise<Row[]> {
  log('skewed-vs-ideal, skewed-vs-mpi4py …');
  const folder = await mkdtemp(join(tmpdir(), 'kgot-bench-'));
  const file = join(folder, 'durations.json');
  const processor = new MpiDistributedProcessor({ ranks: RANKS, log });
  const toIdeal: Pair[] = [];
  const toFutures: Pair[] = [];
  try {
    const rival = async (setting: { chunk: number; backoff: number }, tasks: number[]): Promise<number> => {
      await writeFile(file, JSON.stringify(tasks));
      return runFutures('skewed', setting, { workers: RANKS, argument: file });
    };
    const setting = await bestSetting(SETTINGS, (each) => rival(each, durations('sweep').slice(0, 500)));
    for (let pair = 0; pair <= pairs; pair += 1) {
      const tasks = durations(`skewed ${pair}`);
      const theirsFirst = pair % 2 === 1 ? await rival(setting, tasks) : undefined;
      const { output, metrics } = await processor.run(skewed, tasks);
      const theirs = theirsFirst ?? (await rival(setting, tasks));
      // The first is the warm-up.
      if (pair === 0) continue;
      toIdeal.push({ ours: metrics.elapsed, rival: idealOf(output, RANKS) });
      toFutures.push({ ours: metrics.elapsed, rival: theirs });
    }
    return [
      rowOf(
        { id: 'skewed-vs-ideal', unit: 'ms', rival: 'max(Σ slept ÷ ranks, longest)', goal: 'ratio ≤ 1.10' },
        toIdeal,
        (ratio) => ratio <= 1.1,
      ),
      rowOf(
        { id: 'skewed-vs-mpi4py', unit: 'ms', rival: nameOf(setting), goal: 'ratio ≤ 0.9' },
        toFutures,
        (ratio) => ratio <= 0.9,
      ),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The time that so many ranks take at best for tasks that took what they took. */
export function idealOf(slept: readonly number[], ranks: number): number {
  return Math.max(slept.reduce((sum, one) => sum + one, 0) / ranks, ...slept);
}
