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
  const words = name.split(' ');
  const whole = words.join('');
  const keys = [mixed(hashOf(whole, seed), KIND.whole)];
  if (words.length > 1) {
    const hashes = words.map((word) => hashOf(word, seed));
    for (const [index, hash] of hashes.entries()) {
      keys.push(mixed(hash, KIND.word));
      // In one order: which of two words comes first is often another.
      if (index > 0)
        keys.push(mixed(mixed(Math.min(hash, hashes[index - 1]!), Math.max(hash, hashes[index - 1]!)), KIND.pair));
    }
  } else keys.push(mixed(hashOf(whole, seed), KIND.word));
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

const ALIKE: Record<string, string> = {
  c: 'k',
  q: 'k',
  x: 'k',
  z: 's',
  j: 'i',
  y: 'i',
  w: 'v',
  f: 'v',
  d: 't',
  g: 'k',
  b: 'p',
};

/** The first letter and the consonants of a name in Latin letters, those that sound alike as one, none twice in a row. */
export function skeletonOf(whole: string): string {
  let skeleton = '';
  for (const letter of whole.replaceAll('ph', 'f')) {
    const sound = ALIKE[letter] ?? letter;
    if (skeleton !== '' && 'aeiouh'.includes(sound)) continue;
    if (!skeleton.endsWith(sound)) skeleton += sound;
  }
  return skeleton;
}
