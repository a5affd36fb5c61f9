/** Amounts of one kind, added up. */
export class Amounts {
  #count = 0;
  #sum = 0;
  #most = 0;

  add(amount: number): void {
    this.#count += 1;
    this.#sum += amount;
    if (amount > this.#most) this.#most = amount;
  }

  get sum(): number {
    return this.#sum;
  }

  get values(): { mean: number; most: number } {
    return { mean: this.#count === 0 ? 0 : this.#sum / this.#count, most: this.#most };
  }
}
