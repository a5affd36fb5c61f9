import { distance } from 'fastest-levenshtein';
import { numbersIn } from './numbers-in.ts';
import type { Words } from './compared.ts';

/** Words that are less alike are other words. */
const ALIKE = 0.7;
/** A word of three letters and more that begins another may be its abbreviation. */
const ABBREVIATED = 0.85;

interface SplitName {
  whole: string;
  /** See {@link numbersIn}. */
  numbers: string;
  words: readonly string[];
  weights: readonly number[];
}

/** How alike names are. */
export class NameSimilarity {
  readonly #table: Words & { names: readonly string[] };
  readonly #words: (SplitName | undefined)[];

  constructor(table: Words & { names: readonly string[] }) {
    this.#table = table;
    this.#words = new Array<SplitName | undefined>(table.names.length);
  }

  /**
   * How alike two names of the table are, from 0 to 1: as a whole, or word by word, whichever is more. Names whose numbers
   * differ are not.
   */
  of(one: number, other: number): number {
    if (one === other) return 1;
    const [a, b] = [this.#wordsOf(one), this.#wordsOf(other)];
    if (a.numbers !== b.numbers) return 0;
    if (a.words.length === 1 && b.words.length === 1) return wordSimilarity(a.whole, b.whole);
    // Of as many words each has its own counterpart: north is not south, however long what follows.
    return Math.max(alignment(a, b), a.words.length === b.words.length ? 0 : wordSimilarity(a.whole, b.whole));
  }

  #wordsOf(name: number): SplitName {
    const known = this.#words[name];
    if (known !== undefined) return known;
    const { names, tokens, tokensOf, tokenWeights } = this.#table;
    const own = [...tokensOf.items.subarray(tokensOf.starts[name], tokensOf.starts[name + 1])];
    const text = names[name]!;
    const words: SplitName = {
      whole: text.replaceAll(' ', ''),
      numbers: numbersIn(text),
      words: own.map((token) => tokens[token]!),
      weights: own.map((token) => tokenWeights[token]!),
    };
    this.#words[name] = words;
    return words;
  }
}

/**
 * The words of each aligned with the most alike of the other, rare words counting more: Monge and Elkan, "The field matching
 * problem" (KDD 1996), both ways, with the weights of Soft TF-IDF (Cohen, Ravikumar, Fienberg, IIWeb 2003) and Levenshtein's
 * distance within.
 */
function alignment(a: SplitName, b: SplitName): number {
  const bestOfB = new Array<number>(b.words.length).fill(0);
  let [aligned, all] = [0, 0];
  for (const [index, word] of a.words.entries()) {
    let best = 0;
    for (const [place, other] of b.words.entries()) {
      const alike = word === other ? 1 : Math.max(wordSimilarity(word, other), abbreviation(word, other));
      if (alike > best) best = alike;
      if (alike > bestOfB[place]!) bestOfB[place] = alike;
    }
    aligned += best * a.weights[index]!;
    all += a.weights[index]!;
  }
  for (const [place, best] of bestOfB.entries()) {
    aligned += best * b.weights[place]!;
    all += b.weights[place]!;
  }
  return all === 0 ? 0 : aligned / all;
}

function wordSimilarity(one: string, other: string): number {
  if (one === other) return 1;
  const [shortest, longest] = [Math.min(one.length, other.length), Math.max(one.length, other.length)];
  // Of two letters one may be all that tells them apart; lengths alone tell how far apart two are at least.
  if (shortest < 3 || shortest / longest < ALIKE) return 0;
  const alike = 1 - distance(one, other) / longest;
  return alike < ALIKE ? 0 : alike;
}

function abbreviation(one: string, other: string): number {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.length >= 3 && long.startsWith(short) ? ABBREVIATED : 0;
}
