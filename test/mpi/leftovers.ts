import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { processesOf } from '../../src/mpi/launcher/mpiexec.ts';
import { endResting } from '../../src/mpi/launcher/standing.ts';

/** What launches of this process have left on the machine, once ranks that wait for another job have ended. */
export async function leftoversOfOurs(): Promise<string[]> {
  await endResting();
  return leftovers();
}

/** What launches of a process have left on the machine: ranks, mpiexec, files, shared memory. */
export function leftovers(launcher = process.pid): string[] {
  const token = `kgot-mpi-${launcher}-`;
  const files = [tmpdir(), '/dev/shm'].filter((place) => existsSync(place)).flatMap((place) => readdirSync(place));
  return [...processesOf(token).map((pid) => `process ${pid}`), ...files.filter((name) => name.startsWith(token))];
}
