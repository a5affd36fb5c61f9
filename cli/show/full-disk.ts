import { statfsSync } from 'node:fs';

/** Bytes below which a disk counts as full: a record, its folder and the server's own need as much. */
const FULL_BYTES = 1_000_000;

/** Says that a folder's disk is full, for as long as it is: the run waits then, and nothing else says why. */
export function fullDiskLine(folder: string): string | undefined {
  try {
    const { blocks, bavail, bsize } = statfsSync(folder);
    // Some file systems do not say.
    if (blocks === 0 || bavail * bsize >= FULL_BYTES) return undefined;
    return `The disk of ${folder} is full: the run waits until there is room.`;
  } catch {
    return undefined;
  }
}
