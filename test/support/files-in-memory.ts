import { mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { startOf } from '../../src/mpi/launcher/folders.ts';

const MEMORY = '/dev/shm';
const PREFIX = 'kgot-tests-';
/** More than all tests hold at once. */
const ENOUGH_BYTES = 8e9;

/**
 * Lets this process, and those that it starts, keep temporary files in memory, if there is enough: without what stores sync to a disk an
 * evaluation takes three quarters of the time, and no test's files have to outlive the machine. `TMPDIR` of the user's holds.
 */
export function keepFilesInMemory(): void {
  if (process.env['TMPDIR'] !== undefined || !hasRoom()) return;
  removeLeftovers();
  const folder = join(MEMORY, `${PREFIX}${process.pid}-${startOf(process.pid)}`);
  mkdirSync(folder);
  process.env['TMPDIR'] = folder;
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ENOUGH_BYTES;
  } catch {
    return false;
  }
}

/** Of runs that were killed. */
function removeLeftovers(): void {
  for (const name of readdirSync(MEMORY)) {
    if (!name.startsWith(PREFIX)) continue;
    const [pid, start] = name.slice(PREFIX.length).split('-');
    if (startOf(Number(pid)) !== start) rmSync(join(MEMORY, name), { recursive: true, force: true });
  }
}
