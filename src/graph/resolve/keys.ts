import { hashOf, mixed } from './hash.ts';
import { numbersIn } from './numbers-in.ts';

/** What blocking keys are made of, so that keys of two kinds do not meet. */
const KIND = { whole: 1, word: 2, pair: 3, beginning: 4, end: 5, skeleton: 6 } as const;

/**
 * Blocking keys of a folded name, as hashes: two names that may be of one thing have one in common at least.
 *
 * - the name without spaces;
 * - each of its words, and each two of them that stand together;
 * - its beginning and its end: of two names that one edit parts, one half is the same (partitions of Pass-Join: Li, Deng, Wang,
 *   Feng, PVLDB 5(3), 2011);
 * - its consonants, those that sound alike as one.
 *
 * The numbers in a name are in all of them: names that differ in these are never compared.
 */
export function keysOf(name: string): number[] {
  const numbers = numbersIn(name);
  const seed = numbers === '' ? 0 : hashOf(numbers, 0);
  const isOneWord = !name.includes(' ');
  const whole = isOneWord ? name : name.replaceAll(' ', '');
  const wholeHash = hashOf(whole, seed);
  const keys = [mixed(wholeHash, KIND.whole)];
  if (isOneWord) keys.push(mixed(wholeHash, KIND.word));
  else addWords(keys, name, seed);
  const half = whole.length >> 1;
  if (half >= 2) {
    // A name of even length has a half in common with names that are one longer, and with those that are one shorter.
    for (let length = whole.length % 2 === 0 ? half - 1 : half; length <= half; length += 1) {
      keys.push(mixed(hashOf(whole, seed, 0, length), KIND.beginning + 16 * length));
      keys.push(mixed(hashOf(whole, seed, whole.length - length), KIND.end + 16 * length));
    }
  }
  const skeleton = skeletonOf(whole);
  if (skeleton.length > 1) keys.push(mixed(hashOf(skeleton, seed), KIND.skeleton));
  return keys;
}

function addWords(keys: number[], name: string, seed: number): void {
  let last: number | undefined;
  for (let from = 0; from < name.length;) {
    const space = name.indexOf(' ', from);
    const to = space < 0 ? name.length : space;
    const hash = hashOf(name, seed, from, to);
    keys.push(mixed(hash, KIND.word));
    // In one order: which of two words comes first is often another.
    if (last !== undefined) keys.push(mixed(mixed(Math.min(hash, last), Math.max(hash, last)), KIND.pair));
    last = hash;
    from = to + 1;
  }
}

/** Letters that sound alike, each as the first of its group. */
const ALIKE = ['kcqxg', 'sz', 'ijy', 'vwf', 'td', 'pb'];
const SILENT = new Set(codesOf('aeiouh'));
/** What each letter below U+0080 sounds like. */
const SOUNDS = Uint16Array.from({ length: 128 }, (_, code) => {
  const alike = ALIKE.find((letters) => letters.includes(String.fromCharCode(code)));
  return alike === undefined ? code : alike.charCodeAt(0);
});
const [P, H, V] = codesOf('phv') as [number, number, number];

/** The first letter and the consonants of a name in Latin letters, those that sound alike as one, none twice in a row. */
export function skeletonOf(whole: string): string {
  const skeleton: number[] = [];
  for (let at = 0; at < whole.length; at += 1) {
    const code = whole.charCodeAt(at);
    let sound = code < 128 ? SOUNDS[code]! : code;
    if (code === P && whole.charCodeAt(at + 1) === H) {
      sound = V;
      at += 1;
    }
    if (skeleton.length > 0 && (SILENT.has(sound) || sound === skeleton.at(-1))) continue;
    skeleton.push(sound);
  }
  return String.fromCharCode(...skeleton);
}

function codesOf(letters: string): number[] {
  return Array.from(letters, (letter) => letter.charCodeAt(0));
}
