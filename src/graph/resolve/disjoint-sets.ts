/** Numbers from 0 on, each at first in a set of its own; sets are joined. */
export class DisjointSets {
  /** The number that the set of each is known by. */
  readonly #setOf: Int32Array;
  /** Of each, the next one in its set: they are a ring. */
  readonly #next: Int32Array;
  /** How many each set has, by the number that it is known by. */
  readonly #sizes: Int32Array;

  constructor(count: number) {
    this.#setOf = new Int32Array(count).map((_, number) => number);
    this.#next = this.#setOf.slice();
    this.#sizes = new Int32Array(count).fill(1);
  }

  /** The set of a number, as a number that stays the same until the next join. */
  of(number: number): number {
    return this.#setOf[number]!;
  }

  /** How many the set of a number has. */
  sizeOf(number: number): number {
    return this.#sizes[this.#setOf[number]!]!;
  }

  /** Another number of the same set: from one to the next, all come up, and then the first again. */
  after(number: number): number {
    return this.#next[number]!;
  }

  /** Makes the sets of two numbers one. */
  join(one: number, other: number): void {
    let [kept, gone] = [this.#setOf[one]!, this.#setOf[other]!];
    if (kept === gone) return;
    if (this.#sizes[kept]! < this.#sizes[gone]!) [kept, gone] = [gone, kept];
    let member = gone;
    do {
      this.#setOf[member] = kept;
      member = this.#next[member]!;
    } while (member !== gone);
    const next = this.#next[kept]!;
    this.#next[kept] = this.#next[gone]!;
    this.#next[gone] = next;
    this.#sizes[kept]! += this.#sizes[gone]!;
  }
}
