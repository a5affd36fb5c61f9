import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { processesOf } from '../../src/mpi/launcher/mpiexec.ts';

/** What launches of a process have left on the machine: ranks, mpiexec, files, shared memory. */
export function leftovers(launcher = process.pid): string[] {
  const token = `kgot-mpi-${launcher}-`;
  const files = [tmpdir(), '/dev/shm'].filter((place) => existsSync(place)).flatMap((place) => readdirSync(place));
  return [...processesOf(token).map((pid) => `process ${pid}`), ...files.filter((name) => name.startsWith(token))];
}
