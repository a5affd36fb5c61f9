import type { BenchOptions, Row } from '../rows.ts';
import { hostsRows } from './hosts.ts';
import { idleCpu } from './idle-cpu.ts';
import { pingPong } from './ping-pong.ts';
import { resolveRow } from './resolve.ts';
import { skewedRows } from './skewed.ts';
import { tinyRows } from './tiny.ts';
import { utsRow } from './uts.ts';

/** The binding of MPI, what it adds to a message and what waiting costs; and jobs on ranks. */
export async function mpi(options: BenchOptions): Promise<Row[]> {
  return [
    ...(await pingPong(options)),
    ...(await idleCpu(options)),
    ...(await skewedRows(options)),
    ...(await tinyRows(options)),
    ...(await hostsRows(options)),
    await utsRow('T1', options),
    await utsRow('T3', options),
    await resolveRow(options),
  ];
}
