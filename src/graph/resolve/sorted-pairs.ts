import { Integers } from './lists.ts';

/** A key has three digits, of eleven bits at most. */
const DIGIT = 11;
const RADIX = 2 ** DIGIT;
const DIGITS = 3;

/** 32-bit keys with numbers, brought together by their keys: a radix sort, linear in the pairs. */
export class SortedPairs {
  readonly #keys: Integers;
  readonly #numbers: Integers;

  /** @param expected as many as will be added, about */
  constructor(expected: number) {
    this.#keys = new Integers(expected);
    this.#numbers = new Integers(expected);
  }

  add(key: number, number: number): void {
    this.#keys.push(key);
    this.#numbers.push(number);
  }

  /**
   * Calls with the distinct numbers of each key that has several, in the order in which they were added: `numbers` from `from` up to
   * `to`.
   */
  eachGroup(call: (numbers: Int32Array, from: number, to: number, key: number) => void): void {
    const [keys, numbers] = this.#sorted();
    for (let from = 0, to = 0; from < keys.length; from = to) {
      let distinct = from;
      for (; to < keys.length && keys[to] === keys[from]; to += 1) {
        // Of one key, equal numbers stand side by side where they were added one after the other.
        if (to === from || numbers[to] !== numbers[distinct - 1]) numbers[distinct++] = numbers[to]!;
      }
      if (distinct - from > 1) call(numbers, from, distinct, keys[from]!);
    }
  }

  /** By one digit after the other, each time keeping the order of those whose digit is the same. */
  #sorted(): [keys: Int32Array, numbers: Int32Array] {
    let [keys, numbers] = [this.#keys.all, this.#numbers.all];
    const count = keys.length;
    let [nextKeys, nextNumbers] = [new Int32Array(count), new Int32Array(count)];
    for (let digit = 0; digit < DIGITS; digit += 1) {
      const shift = digit * DIGIT;
      const places = new Int32Array(RADIX + 1);
      for (let at = 0; at < count; at += 1) places[((keys[at]! >>> shift) & (RADIX - 1)) + 1]! += 1;
      for (let value = 0; value < RADIX; value += 1) places[value + 1]! += places[value]!;
      for (let at = 0; at < count; at += 1) {
        const place = places[(keys[at]! >>> shift) & (RADIX - 1)]!++;
        nextKeys[place] = keys[at]!;
        nextNumbers[place] = numbers[at]!;
      }
      [keys, nextKeys, numbers, nextNumbers] = [nextKeys, keys, nextNumbers, numbers];
    }
    return [keys, numbers];
  }
}
