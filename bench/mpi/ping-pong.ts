import { rowOf } from '../rows.ts';
import type { BenchOptions, Row } from '../rows.ts';
import { runRanks } from './run-ranks.ts';

/** Microseconds of 8 bytes there and back, of one turn in the same two ranks. */
export interface PingPong {
  promised: number;
  blocking: number;
  koffi: number;
}

/** Two ranks, and in both by turns: the binding's promises, its blocking calls, and koffi that calls MPI directly. */
export async function pingPong({ pairs, log }: BenchOptions): Promise<Row[]> {
  log('pingpong-vs-koffi …');
  const turns = await runRanks<PingPong>(2, './ping-pong-rank.ts', [String(3 * pairs)], log);
  const row = (id: string, ours: 'promised' | 'blocking'): Row =>
    rowOf(
      { id, unit: 'µs', rival: 'koffi, MPI_Send and MPI_Recv', goal: 'ratio ≤ 2' },
      turns.map((turn) => ({ ours: turn[ours], rival: turn.koffi })),
      (ratio) => ratio <= 2,
    );
  return [row('pingpong-vs-koffi', 'promised'), row('pingpong-sync-vs-koffi', 'blocking')];
}
