import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { userPath } from '../config/paths.ts';
import { readSetting, SettingError } from '../config/read-setting.ts';
import { SETTINGS } from '../config/settings.ts';

const DOLLARS = 'give US dollars of a million tokens, from 0';
const dollars = z.number(DOLLARS).min(0, DOLLARS);

const Price = z.strictObject({
  input: dollars,
  cachedInput: dollars.optional(),
  output: dollars,
  reasoning: dollars.optional(),
});

/** US dollars of a million tokens of one model. Cached input without a price of its own costs what input does, reasoning what output does. */
export type FilePrice = z.output<typeof Price>;

/** Prices that beat those of the list that comes with the package. */
export interface PriceFile {
  path: string;
  /** The day of the prices, as in 2026-11-28: what the file says, else when it was last changed. */
  date: string;
  /** By `provider:model`. */
  prices: ReadonlyMap<string, FilePrice>;
}

const read = new Map<string, PriceFile>();

/**
 * The file that `prices` (KGOT_PRICES) names, read once in a process.
 *
 * @returns undefined when it names none
 * @throws {SettingError} naming the file, what is wrong in it, and what would be right
 */
export function readPriceFile(env: NodeJS.ProcessEnv = process.env): PriceFile | undefined {
  const named = readSetting('prices', env);
  if (named === undefined) return undefined;
  const path = userPath(named, env);
  let file = read.get(path);
  if (file === undefined) read.set(path, (file = readNow(path)));
  return file;
}

function readNow(path: string): PriceFile {
  const refuse = (problem: string): never => {
    throw new SettingError(`The file ${path} of ${SETTINGS.prices.variable}`, problem);
  };
  const { value, changed } = contentOf(path, refuse);
  const prices = new Map<string, FilePrice>();
  let date = changed;
  for (const [key, given] of Object.entries(value)) {
    if (key === 'date') {
      date =
        z.iso.date().safeParse(given).data ??
        refuse(`has the date ${JSON.stringify(given)}: give a day as in "2026-11-28".`);
      continue;
    }
    if (!/^[^:]+:.+$/.test(key))
      refuse(`has a price for ${JSON.stringify(key)}: name provider and model, as in "openai:gpt-4o".`);
    const { data, error } = Price.safeParse(given);
    if (error !== undefined) {
      const { path: field, message } = error.issues[0]!;
      refuse(`is wrong at ${[JSON.stringify(key), ...field].join('.')}: ${message}; a price is ${EXAMPLE}.`);
    }
    prices.set(key, data!);
  }
  return { path, date, prices };
}

const EXAMPLE = '{"input": 2.5, "cachedInput": 1.25, "output": 10}';

function contentOf(path: string, refuse: (problem: string) => never): { value: object; changed: string } {
  let value: unknown;
  let changed: string;
  try {
    changed = statSync(path).mtime.toISOString().slice(0, 10);
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return refuse(`cannot be read (${(error as Error).message}): it must be JSON.`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { value, changed };
  return refuse(`must hold one object, as in {"date": "2026-11-28", "openai:gpt-4o": ${EXAMPLE}}.`);
}
