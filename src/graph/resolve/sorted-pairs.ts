/** A key has four digits of eight bits. */
const RADIX = 2 ** 8;

/** 32-bit keys with numbers, brought together by their keys: a radix sort, linear in the pairs. */
export class SortedPairs {
  #keys = new Int32Array(1024);
  #numbers = new Int32Array(1024);
  #count = 0;

  add(key: number, number: number): void {
    if (this.#count === this.#keys.length) {
      this.#keys = larger(this.#keys);
      this.#numbers = larger(this.#numbers);
    }
    this.#keys[this.#count] = key;
    this.#numbers[this.#count++] = number;
  }

  /** Calls with the distinct numbers of each key that has several, in the order in which they were added. */
  eachGroup(call: (numbers: Int32Array, key: number) => void): void {
    for (let shift = 0; shift < 32; shift += 8) this.#sortBy(shift);
    const [keys, numbers] = [this.#keys, this.#numbers];
    for (let from = 0, to = 0; from < this.#count; from = to) {
      let distinct = from;
      for (; to < this.#count && keys[to] === keys[from]; to += 1) {
        // Of one key, equal numbers stand side by side where they were added one after the other.
        if (to === from || numbers[to] !== numbers[distinct - 1]) numbers[distinct++] = numbers[to]!;
      }
      if (distinct - from > 1) call(numbers.subarray(from, distinct), keys[from]!);
    }
  }

  /** Keeps the order of those whose digit is the same. */
  #sortBy(shift: number): void {
    const digitOf = (key: number): number => (key >>> shift) & (RADIX - 1);
    const places = new Int32Array(RADIX + 1);
    for (let at = 0; at < this.#count; at += 1) places[digitOf(this.#keys[at]!) + 1]! += 1;
    for (let digit = 0; digit < RADIX; digit += 1) places[digit + 1]! += places[digit]!;
    const [keys, numbers] = [new Int32Array(this.#count), new Int32Array(this.#count)];
    for (let at = 0; at < this.#count; at += 1) {
      const place = places[digitOf(this.#keys[at]!)]!++;
      keys[place] = this.#keys[at]!;
      numbers[place] = this.#numbers[at]!;
    }
    this.#keys = keys;
    this.#numbers = numbers;
  }
}

function larger(values: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(values.length * 2);
  grown.set(values);
  return grown;
}
