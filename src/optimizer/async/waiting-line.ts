/** Items are moved to the front of the array when so many before the first are taken, and they are half of it. */
const COMPACT_FROM = 1_000;

/** First in, first out, both in constant time. */
class Line<T> {
  #items: (T | undefined)[] = [];
  #first = 0;

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.#first === this.#items.length) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first] = undefined;
    this.#first += 1;
    if (this.#first >= COMPACT_FROM && this.#first * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }
}

/** What waits: the most urgent first, and among equals whoever came first. */
export class WaitingLine<T> {
  readonly #lines: readonly Line<T>[];

  /** @param priorities 1 to so many, the last the most urgent */
  constructor(priorities: number) {
    this.#lines = Array.from({ length: priorities }, () => new Line<T>());
  }

  push(item: T, priority: number): void {
    this.#lines[priority - 1]!.push(item);
  }

  shift(): T | undefined {
    for (let index = this.#lines.length - 1; index >= 0; index -= 1) {
      const item = this.#lines[index]!.shift();
      if (item !== undefined) return item;
    }
    return undefined;
  }
}
