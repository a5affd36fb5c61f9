import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../src/config/cache-directory.ts';
import type { MpiInstallation } from '../../src/mpi/index.ts';

const run = promisify(execFile);

const PACKAGE = 'mpi4py==4.1.2';

/** A Python with mpi4py on an MPI, installed once: its command, and the variables that it needs. */
export async function findMpi4py({
  mpiexec,
}: MpiInstallation): Promise<{ python: string; env: Record<string, string> }> {
  const kept = join(cacheDirectory(), 'mpi4py-4.1.2');
  if (!existsSync(kept)) {
    await mkdir(cacheDirectory(), { recursive: true });
    const folder = await mkdtemp(join(cacheDirectory(), 'mpi4py-download-'));
    try {
      const args = ['install', '--quiet', '--no-deps', '--disable-pip-version-check', '--target', folder, PACKAGE];
      await run('python3', ['-m', 'pip', ...args], { timeout: 300_000 });
      await rename(folder, kept).catch(() => undefined);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const library = join(dirname(dirname(mpiexec)), 'lib', 'libmpi.so.40');
  const env = { PYTHONPATH: kept, ...(existsSync(library) ? { MPI4PY_LIBMPI: library } : {}) };
  return { python: 'python3', env };
}
