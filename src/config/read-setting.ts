import { adviceOn } from './kinds.ts';
import { setting } from './settings.ts';
import type { SETTINGS, SettingName, SettingValue } from './settings.ts';

/** Thrown when a setting cannot be right. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  /** Where it came from: a variable, a flag, or a file. */
  readonly origin: string;
  constructor(origin: string, problem: string) {
    super(`${origin} ${problem}`);
    this.origin = origin;
  }
}

type Read<N extends SettingName> = (typeof SETTINGS)[N] extends { default: unknown }
  ? SettingValue<N>
  : SettingValue<N> | undefined;

/**
 * A setting's value in an environment, else its default. A configuration file has been put there by whoever started the
 * process (see `loadConfiguration`); an empty variable counts as none.
 *
 * @throws {SettingError} naming the variable, its value, and what would be right
 */
export function readSetting<N extends SettingName>(name: N, env: NodeJS.ProcessEnv = process.env): Read<N> {
  const { variable, default: otherwise } = setting(name);
  const given = env[variable];
  if (given === undefined || given === '') return otherwise as Read<N>;
  return parseSetting(name, given, variable) as Read<N>;
}

/** @throws {SettingError} naming the origin, the value unless it is secret, and what would be right */
export function parseSetting(name: SettingName, value: unknown, origin: string): unknown {
  const { schema, secret } = setting(name);
  const advice = adviceOn(schema, value);
  if (advice === undefined) return schema.parse(value);
  const what = secret === true ? 'cannot be right' : `is ${JSON.stringify(value)}`;
  throw new SettingError(origin, `${what}: ${advice}.`);
}
