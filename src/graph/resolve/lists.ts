/** Lists of numbers one after the other: list `i` is `items` from `starts[i]` up to `starts[i + 1]`. */
export interface Lists {
  starts: Int32Array;
  items: Int32Array;
}

/** Numbers of 32 bits, one after the other, as many as come. */
export class Integers {
  #values: Int32Array<ArrayBuffer>;
  length = 0;

  /** @param expected as many as will come, about: room for more is made by a copy */
  constructor(expected: number) {
    this.#values = new Int32Array(Math.max(16, expected));
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const grown = new Int32Array(2 * this.length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.length++] = value;
  }

  /** Those that have come, in the memory that they lie in. */
  get all(): Int32Array<ArrayBuffer> {
    return this.#values.subarray(0, this.length);
  }
}

/** Lists that are made one item after the other. */
export class ListsMaking {
  readonly #starts: Integers;
  readonly #items: Integers;

  /** @param expected lists, and items of all */
  constructor({ lists, items }: { lists: number; items: number }) {
    this.#starts = new Integers(lists + 1);
    this.#items = new Integers(items);
    this.#starts.push(0);
  }

  add(item: number): void {
    this.#items.push(item);
  }

  /** Ends a list: what is added next belongs to another. */
  end(): void {
    this.#starts.push(this.#items.length);
  }

  made(): Lists {
    return { starts: this.#starts.all, items: this.#items.all };
  }
}

/** The items of a list, in the memory that they lie in. */
export function itemsOf({ starts, items }: Lists, list: number): Int32Array {
  return items.subarray(starts[list], starts[list + 1]);
}

/** Calls with each item of a list. */
export function eachIn({ starts, items }: Lists, list: number, call: (item: number) => void): void {
  for (let at = starts[list]!; at < starts[list + 1]!; at += 1) call(items[at]!);
}

/** The lists in which each of `count` numbers stands. */
export function inverted({ starts, items }: Lists, count: number): Lists {
  const ends = new Int32Array(count + 1);
  for (const item of items) ends[item + 1]! += 1;
  for (let index = 0; index < count; index += 1) ends[index + 1]! += ends[index]!;
  const next = ends.slice();
  const lists = new Int32Array(items.length);
  for (let list = 0; list + 1 < starts.length; list += 1) {
    for (let at = starts[list]!; at < starts[list + 1]!; at += 1) lists[next[items[at]!]!++] = list;
  }
  return { starts: ends, items: lists };
}

/** The distinct texts that were asked for, numbered in that order. */
export class Numbers {
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  of(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}
