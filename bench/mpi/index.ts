import type { BenchOptions, Row } from '../rows.ts';
import { idleCpu } from './idle-cpu.ts';
import { pingPong } from './ping-pong.ts';

/** The binding of MPI: what it adds to a message, and what waiting costs. */
export async function mpi(options: BenchOptions): Promise<Row[]> {
  return [...(await pingPong(options)), ...(await idleCpu(options))];
}
