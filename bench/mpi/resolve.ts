import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { siblingModule } from '../../src/config/module-path.ts';
import { placesPackages } from '../resolve/packages.ts';
import { alternate, rowOf } from '../rows.ts';
import type { BenchOptions, Row } from '../rows.ts';

const ENTITIES = 100_000;
const RANKS = 2;

/**
 * Entities a second of two ranks, against the sum of two processes with one rank each, which resolve all of them at the same time. Each
 * side has done the same right before, counted or not: ranks that wait for a job end after ten seconds, and what they have read stays with
 * them. Three times as many pairs as others: of one pair, what else the machine does is a fifth.
 */
export async function resolveRow({ pairs, log }: BenchOptions): Promise<Row> {
  const packages = await placesPackages(log);
  log('resolve …');
  const processes = [RANKS, ...Array<number>(RANKS).fill(1)].map((ranks) =>
    fork(siblingModule('./resolve-process.ts', import.meta.url), [packages, String(ENTITIES), String(ranks)]),
  );
  try {
    await Promise.all(processes.map((child) => once(child, 'message')));
    const [together, apart] = [processes.slice(0, 1), processes.slice(1)];
    const found = new Set<number>();
    const rate = async (child: ChildProcess): Promise<number> => {
      child.send('resolve');
      const [{ milliseconds, clusters }] = (await once(child, 'message')) as [
        { milliseconds: number; clusters: number },
      ];
      found.add(clusters);
      return ENTITIES / (milliseconds / 1_000);
    };
    let last: readonly ChildProcess[] | undefined;
    const rateOf = async (side: readonly ChildProcess[]): Promise<number> => {
      if (side !== last) await Promise.all(side.map(rate));
      last = side;
      const rates = await Promise.all(side.map(rate));
      return rates.reduce((sum, one) => sum + one, 0);
    };
    const measured = await alternate(
      3 * pairs,
      () => rateOf(together),
      () => rateOf(apart),
    );
    if (found.size !== 1) throw new Error(`They found different things: ${[...found].join(', ')} clusters.`);
    return rowOf(
      {
        id: 'resolve',
        unit: 'entities/s',
        rival: `${RANKS} runs on one rank each at once, summed`,
        goal: 'ratio ≥ 0.85',
      },
      measured,
      (ratio) => ratio >= 0.85,
    );
  } finally {
    for (const child of processes) child.kill('SIGKILL');
  }
}
