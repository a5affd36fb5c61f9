import { QueryError } from '../graph-store.ts';

/** Parts of a pattern that may each match any number of characters. */
const MOST_REPEATED = 3;

/**
 * Refuses patterns that a server could match for ever: once it matches, no time limit reaches it. Such a pattern repeats
 * a group, refers back, or repeats much.
 *
 * @param pattern undefined when the query computes it
 * @throws {QueryError}
 */
export function checkPattern(pattern: string | undefined): void {
  if (pattern === undefined) {
    throw new QueryError(
      'The pattern of REGEX or REPLACE must be text in the query: use CONTAINS to compare two values.',
    );
  }
  // Classes and escaped characters are one character each.
  const plain = pattern
    .replace(/\\[1-9k]/g, '\u0001')
    .replace(/\\./gs, 'x')
    .replace(/\[\^?\]?[^\]]*\]/g, 'x');
  if (plain.includes('\u0001')) throw new QueryError('The pattern of REGEX or REPLACE refers back: write it without.');
  if (/\)[*+?{]/.test(plain)) {
    throw new QueryError(
      'The pattern of REGEX or REPLACE repeats a group: use CONTAINS or STRSTARTS, or repeat one character.',
    );
  }
  if ((plain.match(/[*+]|\{\d*,?\d*\}/g) ?? []).length > MOST_REPEATED) {
    throw new QueryError(`The pattern of REGEX or REPLACE repeats more than ${MOST_REPEATED} parts: write it shorter.`);
  }
}
