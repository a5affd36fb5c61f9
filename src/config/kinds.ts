import { z } from 'zod';
import type { Budget, RunTarget } from '../domain/run.ts';

/**
 * Kinds of settings. Each reads a value from the text of a variable or a flag, and from the JSON of a file; its message says
 * what would be right, as the end of a sentence.
 */

export const text = z.string('give text').trim().min(1, 'give text');

/** A file or folder. In a file it is meant from that file's folder, elsewhere from where the user is. */
export const path = z.string('give a path').min(1, 'give a path');

/** The name of a host, as the source of a pattern. */
export const HOST_NAME = String.raw`[A-Za-z0-9](?:[\w.-]*\w)?`;
export const HOSTS_ADVICE = 'give hosts as a:2,b:2, or a hostfile as ./hosts';
const HOST = String.raw`\s*${HOST_NAME}(?::\d+)?\s*`;

/** Hosts with their slots, or a file that names them. */
export const hosts = text.regex(new RegExp(`/|^${HOST}(?:,${HOST})*$`), HOSTS_ADVICE);

const NAMES = 'give names, with commas between several';

/** Several values: a list in a file, separated by commas in text. */
export const list = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',') : value),
  z.array(z.string(NAMES).trim().min(1, NAMES), NAMES).min(1, 'give one at least'),
);

/** Several of some words. */
export function listOf<const T extends readonly [string, ...string[]]>(...names: T) {
  const advice = `give names out of ${names.join(', ')}`;
  return z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value),
    z.array(z.enum(names, advice), advice).min(1, 'give one at least'),
  );
}

export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER) {
  const advice =
    most === Number.MAX_SAFE_INTEGER
      ? `give a whole number from ${least}`
      : `give a whole number from ${least} to ${most}`;
  return z.preprocess(
    (value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value),
    z.int(advice).min(least, advice).max(most, advice),
  );
}

export function oneOf<const T extends [string, string, ...string[]]>(...names: T) {
  return z.enum(names, `give ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`);
}

const YES = ['1', 'true', 'on'];
const NO = ['0', 'false', 'off'];

export const yesOrNo = z.preprocess((value) => {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
  return word === undefined ? value : YES.includes(word) ? true : NO.includes(word) ? false : value;
}, z.boolean('give true or false'));

/** A switch that stays `on` or `off`, as its reader takes it from the environment. */
export const onOrOff = z.preprocess(
  (value) =>
    typeof value === 'boolean'
      ? value
        ? 'on'
        : 'off'
      : typeof value === 'string'
        ? value.trim().toLowerCase()
        : value,
  z.enum(['on', 'off'], 'give on or off'),
);

/** An address for HTTP. */
export function webAddress(example: string) {
  return address(example, (url) => /^https?:$/.test(new URL(url).protocol));
}

/** An address for Neo4j's driver, encrypted or not. */
export function boltAddress(example: string) {
  return address(example, (url) => /^(?:bolt|neo4j)(?:\+s|\+ssc)?:\/\/[^/]/.test(url));
}

/** A password in an address would be shown and handed on: it is refused. */
function address(example: string, isRight: (url: string) => boolean) {
  const advice = `give an address like ${example}`;
  const isAddress = (url: string): boolean => URL.canParse(url) && isRight(url);
  return z
    .string(advice)
    .trim()
    .refine(isAddress, advice)
    .refine((url) => !isAddress(url) || new URL(url).password === '', 'leave the password out of it')
    .transform((url) => url.replace(/\/+$/, ''));
}

const PRICE = 'give US dollars from 0, as 0.04';

/** US dollars. */
export const price = z.preprocess(
  (value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value),
  z.number(PRICE).min(0, PRICE),
);

const RATES = 'give calls a second above 0 for each queue, as in kgot-model=5,web-tools=0.5';

/** `QUEUE=RATE` with commas between several. */
export const queueRates = z.string(RATES).transform((value, context): Record<string, number> => {
  const rates: Record<string, number> = {};
  for (const part of value.split(',')) {
    const [, queue, rate] = /^\s*([^\s=]+)\s*=\s*(\d*\.?\d+)\s*$/.exec(part) ?? [];
    if (queue === undefined || !(Number(rate) > 0) || queue in rates) {
      context.addIssue({ code: 'custom', message: RATES });
      return z.NEVER;
    }
    rates[queue] = Number(rate);
  }
  return rates;
});

const TARGET = 'give a time as 20s or 1500ms, or dollars as 0.01 or $0.01';

/** `20s` and `1500ms` are times, `0.01` or `$0.01` are dollars. */
export const target = z.union([z.string(), z.number()], TARGET).transform((value, context): RunTarget => {
  const [, dollars, time, unit] = /^(?:\$?(\d*\.?\d+)|(\d*\.?\d+) ?(ms|s))$/.exec(String(value).trim()) ?? [];
  if (dollars !== undefined && Number(dollars) > 0) return { dollars: Number(dollars) };
  if (time !== undefined && Number(time) > 0) return { seconds: Number(time) / (unit === 'ms' ? 1_000 : 1) };
  context.addIssue({ code: 'custom', message: TARGET });
  return z.NEVER;
});

const BUDGET = 'give dollars as 0.05 or $0.05, or tokens as 20000tokens';

/** `0.05` or `$0.05` are dollars, `20000tokens` are tokens. */
export const budget = z.union([z.string(), z.number()], BUDGET).transform((value, context): Budget => {
  const [, dollars, tokens] = /^\$?(\d+(?:\.\d+)?|\.\d+)$|^(\d+) ?tokens?$/.exec(String(value).trim()) ?? [];
  if (dollars !== undefined && Number(dollars) > 0) return { dollars: Number(dollars) };
  if (tokens !== undefined && Number(tokens) > 0) return { tokens: Number(tokens) };
  context.addIssue({ code: 'custom', message: BUDGET });
  return z.NEVER;
});

/** A key of AES-256, and the name that encrypted data carries for it. */
export interface EncryptionKey {
  id: string;
  bytes: Buffer;
}

const KEY_BYTES = 32;

/** `ID:KEY`, with commas between several; a key is 32 bytes in base64. What is wrong is said without the keys. */
export const encryptionKeys = z.string().transform((value, context): EncryptionKey[] => {
  const keys: EncryptionKey[] = [];
  const refuse = (message: string): never => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  for (const [index, entry] of value.split(',').entries()) {
    const [, id, text] = /^\s*([\w.-]+):([A-Za-z0-9+/_-]+=*)\s*$/.exec(entry) ?? [];
    if (id === undefined || text === undefined) {
      return refuse(
        `entry ${index + 1} is not of the form ID:KEY: give ID:KEY, with commas between several, as in "2026-11:$(openssl rand -base64 32)"`,
      );
    }
    if (keys.some((key) => key.id === id))
      return refuse(`the id ${id} stands there twice: give each key an id of its own`);
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length !== KEY_BYTES) {
      return refuse(
        `the key ${id} has ${bytes.length} bytes: give ${KEY_BYTES}, in base64, as "openssl rand -base64 ${KEY_BYTES}" makes them`,
      );
    }
    keys.push({ id, bytes });
  }
  return keys;
});

/** What would be right instead of a value; undefined when it is right. */
export function adviceOn(schema: z.ZodType, value: unknown): string | undefined {
  return schema.safeParse(value).error?.issues[0]!.message;
}
