import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { describeOrigin, flagName, loadConfiguration } from '../src/config/configuration.ts';
import type { Configuration } from '../src/config/configuration.ts';
import { adviceOn } from '../src/config/kinds.ts';
import { setting, SETTING_NAMES, SETTINGS } from '../src/config/settings.ts';
import type { SettingName } from '../src/config/settings.ts';

/** Settings that stand for options of a command where no flag was given. */
const FILLS_OPTIONS: readonly SettingName[] = [
  'rounds',
  'votes',
  'repairs',
  'retrieval',
  'remember',
  'recall',
  'budget',
  'budgetScopes',
  'whenOutOfBudget',
  'toolQueues',
  'tools',
  'jobs',
  'concurrency',
  'queues',
];

/** Settings whose flags reach the rest of this process, and its children, as variables. */
const BECOMES_VARIABLE: readonly SettingName[] = ['temporalAddress', 'temporalNamespace', 'temporalProfile'];

let current: Configuration | undefined;

/** The configuration of the command at work. */
export function currentConfiguration(): Configuration {
  current ??= loadConfiguration();
  return current;
}

/** How a message names the place that a setting's value came from. */
export function originOf(name: SettingName): string {
  return describeOrigin(name, currentConfiguration().entries.get(name)!.origin);
}

/** The flag of a setting, as an option that reads its value. */
export function settingOption(name: SettingName, description: string = setting(name).description): Option {
  const { flag, default: otherwise, usually } = setting(name);
  const usual = otherwise === undefined ? usually : String(otherwise);
  const option = new Option(flag!, usual === undefined ? description : `${description} (${usual})`);
  if (isRepeated(name)) {
    option.description += ' (repeatable)';
    return option.argParser((value: string, previous: string[] | undefined) => [...(previous ?? []), value]);
  }
  return option.isBoolean() ? option : option.argParser(settingParser(name));
}

/** Reads a setting's value from a flag, or from an argument that stands for it. */
export function settingParser(name: SettingName): (value: string) => unknown {
  const { schema } = setting(name);
  return (value) => {
    const advice = adviceOn(schema, value);
    if (advice === undefined) return schema.parse(value);
    throw new InvalidArgumentError(`${advice[0]!.toUpperCase()}${advice.slice(1)}.`);
  };
}

export function addSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) command.addOption(settingOption(name));
  return command;
}

/** Settings that have a flag. */
export const WITH_FLAG = SETTING_NAMES.filter((name) => setting(name).flag !== undefined);

/** Reads file, environment and the command's flags, and makes the command and its children see what they say together. */
export function configure(command: Command): void {
  const flags = new Map<SettingName, unknown>();
  for (const name of WITH_FLAG) {
    const option = optionOf(command, name);
    const given = option !== undefined && command.getOptionValueSource(option) === 'cli';
    if (given) flags.set(name, command.getOptionValue(option));
  }
  current = loadConfiguration({ flags });
  Object.assign(process.env, current.environment);
  for (const name of BECOMES_VARIABLE) {
    if (flags.has(name)) process.env[setting(name).variable] = String(flags.get(name));
  }
  for (const name of FILLS_OPTIONS) {
    const option = optionOf(command, name);
    const { value, origin } = current.entries.get(name)!;
    if (option !== undefined && origin.from !== 'flag' && origin.from !== 'default') {
      command.setOptionValueWithSource(option, value, 'config');
    }
  }
}

/** The attribute under which a command keeps a setting's flag; undefined when it has none. */
function optionOf(command: Command, name: SettingName): string | undefined {
  const { flag } = setting(name);
  if (flag === undefined) return undefined;
  return command.options.find(({ long }) => long === flagName(flag))?.attributeName();
}

function isRepeated(name: SettingName): boolean {
  return SETTINGS[name].schema === SETTINGS.tools.schema;
}
