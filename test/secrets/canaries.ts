import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/command.ts';

/** Names that hold a secret wherever they are set. */
const SECRET = /^[A-Z][A-Z0-9_]*(?:KEY|TOKEN|SECRET|PASSWORD)$/;

/** Every variable with a secret's name that the code reads, and some that tools and their users have. */
export const CANARY_VARIABLES: readonly string[] = [
  ...new Set([
    ...['src', 'activities', 'workers', 'cli'].flatMap(namesIn),
    ...['TAVILY_API_KEY', 'BRAVE_API_KEY', 'SERPAPI_API_KEY', 'GITHUB_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'DB_PASSWORD'],
  ]),
];

function namesIn(folder: string): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .flatMap(
      (file) => readFileSync(join(ROOT, folder, file), 'utf8').match(/(?<=['"`])[A-Z][A-Z0-9_]*(?=['"`])/g) ?? [],
    )
    .filter((name) => SECRET.test(name));
}

/** A value for each variable, with characters that every encoding writes in another way. */
export const CANARIES: Readonly<Record<string, string>> = Object.fromEntries(
  CANARY_VARIABLES.map((name) => [name, `sk-canary/${name.toLowerCase()}+"7f3Zx9%Qv=\\w2`]),
);

/** The spellings in which a secret may get away. */
export function spellingsOf(secret: string): Record<string, string[]> {
  return {
    raw: [secret],
    'JSON-escaped': [1, 2, 3, 4].map((depth) => escaped(secret, depth)),
    'URL-encoded': [encodeURIComponent(secret), new URLSearchParams({ secret }).toString().slice('secret='.length)],
    Base64: [0, 1, 2].flatMap((offset) => {
      // The letters that stand for nothing but the secret, whatever is before and after it.
      const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
      const letters = bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
      return [letters, letters.replaceAll('+', '-').replaceAll('/', '_')];
    }),
  };
}

/** As it stands in JSON, in a string of JSON, and so on. */
function escaped(text: string, depth: number): string {
  const once = JSON.stringify(text).slice(1, -1);
  return depth === 1 ? once : escaped(once, depth - 1);
}

/** A text that says the secret in each of its spellings. */
export function echoOf(secret: string): string {
  const base64 = Buffer.from(`user:${secret}`).toString('base64');
  return [secret, JSON.stringify({ secret }), `https://a.example/?key=${encodeURIComponent(secret)}`, base64].join(' ');
}

/** Which canaries `content` holds, and how they are spelt. */
export function canariesIn(content: Buffer | string): string[] {
  const bytes = Buffer.from(content);
  return Object.entries(CANARIES).flatMap(([name, secret]) =>
    Object.entries(spellingsOf(secret))
      .filter(([, spellings]) => spellings.some((spelling) => bytes.includes(spelling)))
      .map(([spelling]) => `${name}, ${spelling}`),
  );
}
