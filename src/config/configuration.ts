import { readConfigFile } from './config-file.ts';
import { parseSetting } from './read-setting.ts';
import { setting, SETTING_NAMES } from './settings.ts';
import type { SettingName } from './settings.ts';

/** Where a value came from. */
export type Origin =
  | { from: 'default' }
  | { from: 'file'; path: string }
  | { from: 'profile'; profile: string; path: string }
  | { from: 'environment'; variable: string }
  | { from: 'flag'; flag: string };

/** A setting, its value, and where that came from. */
export interface ConfigurationEntry {
  name: SettingName;
  /** As its setting reads it; undefined when nobody gives one and there is no default. */
  value: unknown;
  origin: Origin;
}

/** Every setting, from file, environment and flags: what comes later counts. */
export interface Configuration {
  /** The file that was read. */
  file?: string;
  entries: ReadonlyMap<SettingName, ConfigurationEntry>;
  /** What the file says and no variable beats: variables that make this process and its children read the same. */
  environment: Readonly<Record<string, string>>;
}

export interface ConfigurationSources {
  /** Values of flags, read already or as text. */
  flags?: ReadonlyMap<SettingName, unknown>;
  env?: NodeJS.ProcessEnv;
}

const LAYERS = ['default', 'file', 'environment', 'flag'];

/**
 * Reads the whole configuration, and checks all of it.
 *
 * @throws {SettingError} naming the origin of a wrong value, the value, and what would be right
 */
export function loadConfiguration({ flags = new Map(), env = process.env }: ConfigurationSources = {}): Configuration {
  const file = readConfigFile(flags.get('config') as string | undefined, env);
  const entries = new Map<SettingName, ConfigurationEntry>();
  for (const name of SETTING_NAMES) entries.set(name, entryOf(name));
  for (const name of SETTING_NAMES) {
    const { origin } = entries.get(name)!;
    for (const covered of (setting(name).covers ?? []) as SettingName[]) {
      if (layer(entries.get(covered)!) < LAYERS.indexOf(origin.from)) entries.set(covered, unset(covered));
    }
  }
  const environment: Record<string, string> = {};
  for (const { name, origin } of entries.values()) {
    if (origin.from === 'file') environment[setting(name).variable] = file!.values.get(name)!;
  }
  return { ...(file === undefined ? {} : { file: file.path }), entries, environment };

  function entryOf(name: SettingName): ConfigurationEntry {
    const { variable, flag } = setting(name);
    if (flag !== undefined && flags.has(name)) {
      return { name, value: flags.get(name), origin: { from: 'flag', flag: flagName(flag) } };
    }
    const given = env[variable];
    if (given !== undefined && given !== '') {
      return { name, value: parseSetting(name, given, variable), origin: { from: 'environment', variable } };
    }
    const inFile = file?.values.get(name);
    if (inFile === undefined) return unset(name);
    const origin: Origin = { from: 'file', path: file!.path };
    return { name, value: parseSetting(name, inFile, describeOrigin(name, origin)), origin };
  }
}

function unset(name: SettingName): ConfigurationEntry {
  return { name, value: setting(name).default, origin: { from: 'default' } };
}

function layer({ origin }: ConfigurationEntry): number {
  return LAYERS.indexOf(origin.from);
}

/** `--rounds` of `--rounds <n>`. */
export function flagName(flag: string): string {
  return flag.split(' ')[0]!;
}

/** As the beginning of a sentence about a value. */
export function describeOrigin(name: SettingName, origin: Origin): string {
  switch (origin.from) {
    case 'default':
      return name;
    case 'file':
      return `"${name}" in ${origin.path}`;
    case 'profile':
      return `The profile ${origin.profile} in ${origin.path}`;
    case 'environment':
      return origin.variable;
    case 'flag':
      return origin.flag;
  }
}
