import { fileURLToPath } from 'node:url';
import { findMpi, makeJobFolder } from '../../src/mpi/index.ts';
import type { RemoteHosts } from '../../src/mpi/launcher/hosts.ts';
import { onHosts } from '../../src/mpi/launcher/mpiexec.ts';
import { findMpi4py } from '../../test/mpi/mpi4py.ts';
import { printedBy } from './printed-by.ts';

export interface Setting {
  chunk: number;
  /** Seconds that a process of mpi4py.futures without work sleeps at most. */
  backoff: number;
}

/** Runs mpi4py.futures once, with so many workers beside its master. @returns milliseconds, without its start */
export async function runFutures(
  kind: 'skewed' | 'tiny',
  { chunk, backoff }: Setting,
  { workers, argument, remote }: { workers: number; argument: string; remote?: RemoteHosts },
): Promise<number> {
  const mpi = await findMpi();
  const { python, env } = await findMpi4py(mpi);
  const folder = await makeJobFolder();
  const program = fileURLToPath(new URL('./futures.py', import.meta.url));
  const command = [python, '-m', 'mpi4py.futures', program, kind, String(chunk), argument];
  const yields = ['--mca', 'mpi_yield_when_idle', '1'];
  const own = { ...mpi.environment, ...env, MPI4PY_FUTURES_BACKOFF: String(backoff) };
  const where = remote === undefined ? yields : onHosts(remote, mpi, Object.keys(own));
  const args = [...mpi.arguments, ...where, ...folder.arguments, '-n', String(1 + workers), ...command];
  const text = await printedBy(mpi.mpiexec, args, { env: { ...folder.environment, ...own }, folder });
  return (JSON.parse(text) as { milliseconds: number }).milliseconds;
}

/** Tries settings, each once. @returns the fastest */
export async function bestSetting(
  settings: readonly Setting[],
  measure: (setting: Setting) => Promise<number>,
): Promise<Setting> {
  const times: { setting: Setting; took: number }[] = [];
  for (const setting of settings) times.push({ setting, took: await measure(setting) });
  return times.sort((a, b) => a.took - b.took)[0]!.setting;
}

export function nameOf({ chunk, backoff }: Setting): string {
  return `mpi4py.futures, chunks of ${chunk}, backoff ${backoff} s`;
}
