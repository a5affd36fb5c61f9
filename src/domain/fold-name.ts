import { normalizeName } from './text.ts';

const ARTICLES = new Set(['the', 'a', 'an']);
const COMPANY = new Set('inc incorporated ltd limited llc corp corporation co company plc gmbh'.split(' '));
/** Words of letters that have no marks. */
const PLAIN = /^[a-zA-Z]+(?: +[a-zA-Z]+)*$/;
const MONTH = /\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/;

/**
 * A name as all its usual spellings have it: without marks on Latin and Greek letters, leading articles, company suffixes and
 * possessives; `&` as "and", `St.` as "saint", initials together. Undefined for numbers and dates, of which each spelling is
 * another thing, and for names of which nothing is left.
 */
export function foldName(name: string): string | undefined {
  // Most names: the same, in a fraction of the time.
  const isPlain = PLAIN.test(name);
  const normal = isPlain ? name.toLowerCase() : normalized(name);
  if (isPlain && !normal.includes(' ')) return normal;
  let words = joinInitials(normal.split(' ').filter(Boolean));
  if (words.length > 1 && ARTICLES.has(words[0]!)) words = words.slice(1);
  while (words.length > 1 && COMPANY.has(words.at(-1)!)) words = words.slice(0, -1);
  // At the end it is a street.
  words = words.map((word, index) => (word === 'st' && index < words.length - 1 ? 'saint' : word));
  const folded = words.join(' ');
  if (isPlain) return folded;
  if (!/\p{L}/u.test(folded)) return undefined;
  return /\p{N}/u.test(folded) && MONTH.test(folded) ? undefined : folded;
}

function normalized(name: string): string {
  const bare = withoutMarks(name)
    .replaceAll('&', ' and ')
    .replace(/['’]s(?![\p{L}\p{N}])/giu, '');
  return normalizeName(bare);
}

function withoutMarks(name: string): string {
  // Nothing below U+0080 has any, or is composed.
  if (!/[^\u0001-\u007f]/.test(name)) return name;
  return name
    .normalize('NFD')
    .replace(/(?<=[\p{Script=Latin}\p{Script=Greek}])\p{M}+/gu, '')
    .normalize('NFKC');
}

/** `u s a` is `usa`. */
function joinInitials(words: readonly string[]): string[] {
  const joined: string[] = [];
  let initials = '';
  for (const word of words) {
    if (word.length <= 2 && /^\p{L}$/u.test(word)) {
      initials += word;
      continue;
    }
    if (initials !== '') joined.push(initials);
    initials = '';
    joined.push(word);
  }
  return initials === '' ? joined : [...joined, initials];
}

/** The digits of a name, in their order: names whose digits differ are names of different things. */
export function digitsOf(name: string): string {
  return (name.normalize('NFKC').match(/\p{N}+/gu) ?? []).join(' ');
}
