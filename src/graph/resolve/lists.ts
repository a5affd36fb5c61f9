/** Lists of numbers one after the other: list `i` is `items` from `starts[i]` up to `starts[i + 1]`. */
export interface Lists {
  starts: Int32Array;
  items: Int32Array;
}

export function listsOf(lists: Iterable<Iterable<number>>): Lists {
  const making = new ListsMaking();
  for (const list of lists) {
    for (const item of list) making.add(item);
    making.end();
  }
  return making.made();
}

/** Lists that are made one item after the other. */
export class ListsMaking {
  readonly #starts = [0];
  readonly #items: number[] = [];

  add(item: number): void {
    this.#items.push(item);
  }

  /** Ends a list: what is added next belongs to another. */
  end(): void {
    this.#starts.push(this.#items.length);
  }

  made(): Lists {
    return { starts: Int32Array.from(this.#starts), items: Int32Array.from(this.#items) };
  }
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
