/** Ids of tasks: of those that `split` gave, which are from 0 on without a gap, a byte each. */
export class IdSet {
  #split = new Uint8Array(1_024);
  readonly #spawned = new Set<number>();

  has(id: number): boolean {
    return id >= 0 ? this.#split[id] === 1 : this.#spawned.has(id);
  }

  /** @returns whether it is new */
  add(id: number): boolean {
    if (this.has(id)) return false;
    if (id < 0) this.#spawned.add(id);
    else {
      if (id >= this.#split.length) this.#grow(id + 1);
      this.#split[id] = 1;
    }
    return true;
  }

  /** @returns whether it was there */
  delete(id: number): boolean {
    if (id < 0) return this.#spawned.delete(id);
    const was = this.has(id);
    if (was) this.#split[id] = 0;
    return was;
  }

  /** Ids below 0. */
  get spawned(): Iterable<number> {
    return this.#spawned;
  }

  #grow(least: number): void {
    const grown = new Uint8Array(Math.max(least, 2 * this.#split.length));
    grown.set(this.#split);
    this.#split = grown;
  }
}
