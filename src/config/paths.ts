import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readSetting } from './read-setting.ts';

type Environment = NodeJS.ProcessEnv;

/** Resolves a path as the user means it: against the folder that they are in, also under npm (INIT_CWD). */
export function userPath(path: string, env: Environment = process.env): string {
  return resolve(env['INIT_CWD'] ?? process.cwd(), path);
}

/** The data directory: `given` (`--data`), else the setting `data`, which is `.kgot` where the user is. */
export function dataDirectory(given?: string, env: Environment = process.env): string {
  return userPath(given || readSetting('data', env), env);
}

/** The artifact store's folder in a data directory. */
export function artifactsDirectory(data: string = dataDirectory()): string {
  return join(data, 'artifacts');
}

/** The code's version, from its package.json. */
export const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
