import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOf } from './folders.ts';
import { VARIABLES } from './messages.ts';

const PREFIX = 'kgot-mpi-rank-';
const COMPONENTS = ['btl_sm', 'osc_sm', 'osc_rdma'];

/**
 * On another machine than the launcher's, the folder that the launcher has made for shared memory is missing: a rank there has one of its own, under a
 * name that tells whose it is. What ranks left that are no more is removed. To be called before MPI starts.
 *
 * @returns removes the folder
 */
export function haveMemoryFolder(): () => void {
  const given = process.env[VARIABLES.memory];
  if (given === undefined || existsSync(given)) return () => undefined;
  const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  for (const name of readdirSync(place)) {
    const [, pid, start] = /^kgot-mpi-rank-(\d+)-(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && startOf(Number(pid)) !== start)
      rmSync(join(place, name), { recursive: true, force: true });
  }
  const folder = join(place, `${PREFIX}${process.pid}-${startOf(process.pid)}`);
  mkdirSync(folder, { mode: 0o700 });
  for (const component of COMPONENTS) process.env[`OMPI_MCA_${component}_backing_directory`] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
