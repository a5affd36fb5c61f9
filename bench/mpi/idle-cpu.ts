import { rowOf } from '../rows.ts';
import type { BenchOptions, Row } from '../rows.ts';
import { runRanks } from './run-ranks.ts';

/** Processor time of a rank that waits, over the time that it waited. */
export interface Idle {
  promised: number;
  blocking: number;
}

/** One rank waits five seconds for another, by a promise and by a blocking call: what share of a core that takes. */
export async function idleCpu({ pairs, log }: BenchOptions): Promise<Row[]> {
  log(`idle-cpu: ${pairs * 10} s …`);
  const turns = await runRanks<Idle>(2, './idle-cpu-rank.ts', [String(pairs)], log);
  const row = (id: string, ours: keyof Idle): Row =>
    rowOf(
      { id, unit: 'of a core', rival: 'one core', goal: 'ratio ≤ 0.05' },
      turns.map((turn) => ({ ours: turn[ours], rival: 1 })),
      (ratio) => ratio <= 0.05,
    );
  return [row('idle-cpu', 'promised'), row('idle-cpu-sync', 'blocking')];
}
