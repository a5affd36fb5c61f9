import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { userPath } from '../src/config/paths.ts';
import { messageOf, UserError } from './errors.ts';

/** Writes a file, with the folders above it. @returns its path as the user may type it */
export async function saveFile(file: string, content: string): Promise<string> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${messageOf(error)}`, { cause: error });
  }
  const near = relative(userPath('.'), file);
  return near.startsWith('..') ? file : near;
}
