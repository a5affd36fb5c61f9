import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LeftOut } from '../../src/documents/thread.ts';
import { messageOf, UserError } from '../errors.ts';

export interface FolderFile {
  path: string;
  /** Its path in the folder, with slashes. */
  name: string;
  bytes: number;
}

/** Entries that a folder may have, at every depth: one of more was probably given by mistake. */
const MOST_ENTRIES = 20_000;

/**
 * The files of a folder at every depth, by name. Hidden ones are passed over; links are not followed, as they may lead
 * anywhere, also back.
 */
export async function filesBelow(folder: string): Promise<{ files: FolderFile[]; unread: LeftOut[] }> {
  const files: FolderFile[] = [];
  const unread: LeftOut[] = [];
  let entries = 0;
  const walk = async (path: string, prefix: string): Promise<void> => {
    const found = await readdir(path, { withFileTypes: true });
    entries += found.length;
    if (entries > MOST_ENTRIES) {
      throw new UserError(`${folder} holds over ${MOST_ENTRIES} files and folders: give a smaller one.`, {
        exitCode: 2,
      });
    }
    for (const entry of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue;
      const name = prefix + entry.name;
      const inner = join(path, entry.name);
      try {
        if (entry.isDirectory()) await walk(inner, `${name}/`);
        else if (entry.isFile()) files.push({ path: inner, name, bytes: (await stat(inner)).size });
        else unread.push({ name, why: entry.isSymbolicLink() ? 'is a link' : 'is no file' });
      } catch (error) {
        if (error instanceof UserError) throw error;
        unread.push({ name, why: `cannot be read: ${messageOf(error)}` });
      }
    }
  };
  await walk(folder, '');
  return { files, unread };
}
