import { closest, distance } from 'fastest-levenshtein';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { path as pathKind } from './kinds.ts';
import { userPath } from './paths.ts';
import { parseSetting, readSetting, SettingError } from './read-setting.ts';
import { setting, SETTING_NAMES, SETTINGS } from './settings.ts';
import type { SettingName } from './settings.ts';

/** A configuration file that was read and found right. */
export interface ConfigFile {
  path: string;
  /** What it sets, as text that the setting's variable could hold. */
  values: ReadonlyMap<SettingName, string>;
}

const NAME = 'kgot.json';

/**
 * Reads the configuration file: the one that is given (`--config`, KGOT_CONFIG), else `kgot.json` where the user is.
 *
 * @returns undefined when none is given and there is none
 * @throws {SettingError} naming the file, what is wrong in it, and what would be right
 */
export function readConfigFile(given?: string, env: NodeJS.ProcessEnv = process.env): ConfigFile | undefined {
  const named = given ?? readSetting('config', env);
  const path = userPath(named ?? NAME, env);
  if (!existsSync(path)) {
    if (named === undefined) return undefined;
    throw new SettingError(`The configuration file ${path}`, 'is not there: name one that is, or leave it out.');
  }
  const values = new Map<SettingName, string>();
  for (const [key, value] of Object.entries(readObject(path))) {
    const name = nameOf(key, path);
    const parsed = parseSetting(name, value, `"${name}" in ${path}`);
    values.set(name, textOf(name, value, parsed, dirname(path)));
  }
  return { path, values };
}

function readObject(path: string): object {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SettingError(
      `The configuration file ${path}`,
      `cannot be read (${error instanceof Error ? error.message : String(error)}): it must be JSON.`,
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new SettingError(`The configuration file ${path}`, 'must hold one object, as in {"model": "ollama:qwen3"}.');
}

/** The setting of a key; a key that is none, or that no file may hold, is refused with the way to do it. */
function nameOf(key: string, path: string): SettingName {
  const origin = `"${key}" in ${path}`;
  const name = SETTING_NAMES.find((known) => known === key || SETTINGS[known].variable === key);
  if (name === undefined) {
    const near = closest(key, SETTING_NAMES);
    const hint = distance(key.toLowerCase(), near.toLowerCase()) <= Math.max(2, key.length / 3);
    throw new SettingError(
      origin,
      `is no setting${hint ? `: did you mean "${near}"?` : '.'} "kgot config" prints all there are.`,
    );
  }
  const { secret, notInFile, variable } = setting(name);
  if (secret === true) {
    throw new SettingError(origin, `is a secret, and no file may hold it: set ${variable} in the environment.`);
  }
  if (notInFile !== undefined) throw new SettingError(origin, `cannot stand there: ${notInFile}.`);
  if (name !== key) throw new SettingError(origin, `is a variable of the environment: write "${name}" in a file.`);
  return name;
}

/** Paths of a file are meant from its folder. */
function textOf(name: SettingName, value: unknown, parsed: unknown, folder: string): string {
  if (name === 'tools' || name === 'jobs') return (parsed as string[]).map((file) => resolve(folder, file)).join(',');
  if (setting(name).schema === pathKind) return resolve(folder, parsed as string);
  return Array.isArray(parsed) ? parsed.join(',') : String(value);
}
