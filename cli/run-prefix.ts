import { createHash } from 'node:crypto';
import { secretNames } from '../src/encryption/data-converter.ts';

/**
 * How the ids of a question's runs begin, so that an open one is found again: readable, unless payloads are encrypted. The
 * first is for new runs, the others are of keys before it.
 */
export function runPrefixes(question: string, input: string): [string, ...string[]] {
  const [first, ...others] = secretNames(input).map((name) => `kgot-${name}`);
  if (first !== undefined) return [first, ...others];
  return [`kgot-${slug(question)}-${createHash('sha256').update(input).digest('hex').slice(0, 8)}`];
}

function slug(question: string): string {
  const words = question
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return words.replace(/^-|-$/g, '').slice(0, 32).replace(/-$/, '') || 'question';
}
