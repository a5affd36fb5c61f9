import { mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../../cli/runtime/processes.ts';

const MEMORY = '/dev/shm';
const PREFIX = 'kgot-tests-';
/** More than all tests hold at once. */
const ENOUGH_BYTES = 8e9;

/**
 * Lets this process, and those that it starts, keep temporary files in memory, if there is enough: what stores sync to a disk takes a
 * third of the time of most runs, and no test's files have to outlive the machine. `TMPDIR` of the user's holds.
 */
export function keepFilesInMemory(): void {
  if (process.env['TMPDIR'] !== undefined || !hasRoom()) return;
  removeLeftovers();
  const folder = join(MEMORY, `${PREFIX}${process.pid}`);
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
    if (name.startsWith(PREFIX) && !isAlive(Number(name.slice(PREFIX.length)))) {
      rmSync(join(MEMORY, name), { recursive: true, force: true });
    }
  }
}
