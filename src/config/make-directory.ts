import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it. Node's own `recursive` never comes back where the folder above is there and takes no
 * folders, as below /proc.
 *
 * @returns the first folder that was made; undefined when all were there
 */
export function makeDirectory(path: string): string | undefined {
  try {
    mkdirSync(path);
    return path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && isDirectory(path)) return undefined;
    const above = dirname(path);
    if (code !== 'ENOENT' || above === path || isDirectory(above)) throw error;
    const made = makeDirectory(above);
    return makeDirectory(path) === undefined ? made : (made ?? path);
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
