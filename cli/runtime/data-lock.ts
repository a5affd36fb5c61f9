import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeDirectory } from '../../src/config/make-directory.ts';
import { messageOf, UserError } from '../errors.ts';

/** Held by the one owner of a data directory. The kernel lets go of it when the process ends, however it ends. */
export interface DataLock {
  release(): void;
}

/**
 * Takes the lock of a data directory, which is made when it is missing.
 *
 * @returns undefined when another process holds it
 * @throws {UserError} when the directory cannot be written
 */
export function tryLock(data: string): DataLock | undefined {
  let database: DatabaseSync;
  try {
    makeDirectory(data);
    database = new DatabaseSync(join(data, 'lock.db'), { timeout: 0 });
  } catch (error) {
    throw new UserError(
      `The data directory ${data} cannot be written (${messageOf(error)}): give another with --data or KGOT_DATA.`,
    );
  }
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (/locked|busy/i.test(messageOf(error))) return undefined;
    throw new UserError(
      `The data directory ${data} cannot be locked (${messageOf(error)}): give another with --data or KGOT_DATA.`,
    );
  }
}
