/**
 * How often something may start: a token bucket, by a clock that nobody sets. With a burst of one, no second has more starts
 * than the rate.
 */
export class StartRate {
  readonly #perMillisecond: number;
  readonly #burst: number;
  #tokens: number;
  #at = performance.now();

  /**
   * @param rate starts a second; `Infinity` for no limit
   * @param burst starts at once after a pause
   */
  constructor(rate: number, burst: number) {
    this.#perMillisecond = rate / 1_000;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Takes one start if there is one. @returns 0, or the milliseconds until there is one */
  take(): number {
    if (this.#perMillisecond === Infinity) return 0;
    const now = performance.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMillisecond);
    this.#at = now;
    // What is lost to rounding is no reason to wait.
    if (this.#tokens < 1 - 1e-9) return (1 - this.#tokens) / this.#perMillisecond;
    this.#tokens -= 1;
    return 0;
  }
}
