import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';

/** A place for the shared memory and the files of one job on this host. */
export interface JobFolder {
  /** Arguments of mpiexec that put shared memory there. On other hosts the folder has to be made. */
  arguments: string[];
  /** Variables of mpiexec that put its files there. */
  environment: { TMPDIR: string };
  /** Removes all of it. */
  remove(): Promise<void>;
}

/** Makes a folder of a job's own: however the job ends, what it leaves is there. Survivors of dead ranks leave shared memory. */
export async function makeJobFolder(): Promise<JobFolder> {
  const folder = await mkdtemp(join(existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), 'kgot-mpi-'));
  const backing = ['btl_sm_backing_directory', 'osc_sm_backing_directory'];
  return {
    arguments: backing.flatMap((name) => ['--mca', name, folder]),
    environment: { TMPDIR: folder },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
