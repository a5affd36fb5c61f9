import type { ConfigurationEntry, Origin } from '../../src/config/configuration.ts';
import { setting, SETTING_GROUPS } from '../../src/config/settings.ts';
import type { Budget } from '../../src/domain/run.ts';
import type { SettingName } from '../../src/config/settings.ts';
import { temporalProfile } from '../../src/config/temporal.ts';
import { currentConfiguration } from '../configuration.ts';
import type { GlobalOptions } from '../options.ts';
import { table } from '../show/terminal.ts';

/** Prints every setting, its value, and where that comes from; of secrets only whether they are set. */
export function showConfiguration(options: GlobalOptions): void {
  const { file, entries: own } = currentConfiguration();
  const entries = withProfile(own);
  if (options.json === true) {
    const settings = [...entries.values()].map((entry) => ({
      name: entry.name,
      value: shownValue(entry) ?? null,
      origin: entry.origin,
      variable: setting(entry.name).variable,
      description: setting(entry.name).description,
      ...(setting(entry.name).secret === true ? { secret: true } : {}),
    }));
    process.stdout.write(`${JSON.stringify({ file: file ?? null, settings })}\n`);
    return;
  }
  const groups = Object.entries(SETTING_GROUPS).map(([title, group]) => {
    const rows = (Object.keys(group) as SettingName[]).map((name) => {
      const entry = entries.get(name)!;
      return [name, shownText(entry), originText(entry.origin), setting(name).variable];
    });
    return `${title}\n${table(['SETTING', 'VALUE', 'ORIGIN', 'VARIABLE'], rows)}\n`;
  });
  const read = file === undefined ? 'No configuration file is read.' : `The configuration file is ${file}.`;
  process.stdout.write(`${groups.join('\n')}\n${read}\n`);
}

/** What Temporal's own file says counts where no place of ours says anything. */
function withProfile(
  entries: ReadonlyMap<SettingName, ConfigurationEntry>,
): ReadonlyMap<SettingName, ConfigurationEntry> {
  const read = temporalProfile();
  if (read === undefined) return entries;
  const { profile, path, values } = read;
  return new Map(
    [...entries].map(([name, entry]) => {
      const value = values.get(name);
      if (value === undefined || entry.origin.from !== 'default') return [name, entry];
      return [name, { name, value, origin: { from: 'profile', profile, path } }];
    }),
  );
}

function shownValue({ name, value, origin }: ConfigurationEntry): unknown {
  if (setting(name).secret !== true) return value;
  return origin.from === 'default' ? 'not set' : 'set';
}

function shownText(entry: ConfigurationEntry): string {
  const value = shownValue(entry);
  if (value === undefined) return `(${setting(entry.name).usually ?? 'not set'})`;
  const text = Array.isArray(value) ? value.join(', ') : isBudget(value) ? budgetText(value) : JSON.stringify(value);
  return typeof value === 'string' ? value.replace(/\n[^]*/, ' …') : text;
}

function isBudget(value: unknown): value is Budget {
  return typeof value === 'object' && value !== null && ('dollars' in value || 'tokens' in value);
}

function budgetText({ dollars, tokens }: Budget): string {
  return dollars === undefined ? `${tokens} tokens` : `$${dollars}`;
}

function originText(origin: Origin): string {
  switch (origin.from) {
    case 'default':
      return 'default';
    case 'file':
      return `file ${origin.path}`;
    case 'profile':
      return `profile ${origin.profile} in ${origin.path}`;
    case 'environment':
      return `environment ${origin.variable}`;
    case 'flag':
      return `flag ${origin.flag}`;
  }
}
