/** Marsaglia's xorshift with 32 bits ("Xorshift RNGs", 2003): whole numbers below a bound, cheap and the same for a seed. */
export class Xorshift {
  #state: number;

  constructor(seed: number) {
    // Spread, and never 0, which it would stay at.
    this.#state = Math.imul(seed | 0, 0x9e3779b1) ^ 0x85ebca6b || 1;
  }

  below(bound: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % bound;
  }
}
