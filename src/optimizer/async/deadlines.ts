/** Timers hold no more. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Deadlines of few things at once that mostly end before: one timer watches them all, so that to begin and to end one costs little. */
export class Deadlines<T> {
  readonly #passed: (item: T) => void;
  readonly #deadlines = new Map<T, number>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;

  /** @param passed is called with an item whose time is up; that is not watched any more */
  constructor(passed: (item: T) => void) {
    this.#passed = passed;
  }

  /** @param at by `performance.now()` */
  set(item: T, at: number): void {
    if (at === Infinity) return;
    if (this.#deadlines.size === 0) this.#timer?.ref();
    this.#deadlines.set(item, at);
    if (at < this.#timerAt) this.#arm(at);
  }

  delete(item: T): void {
    // The timer stays, for the next that comes, but keeps no process alive.
    if (this.#deadlines.delete(item) && this.#deadlines.size === 0) this.#timer?.unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#look(), Math.min(LONGEST_TIMER, Math.max(0, at - performance.now())));
  }

  #look(): void {
    this.#timer = undefined;
    this.#timerAt = Infinity;
    const now = performance.now();
    let next = Infinity;
    for (const [item, at] of this.#deadlines) {
      if (at > now) {
        next = Math.min(next, at);
        continue;
      }
      this.#deadlines.delete(item);
      this.#passed(item);
    }
    if (next < this.#timerAt) this.#arm(next);
  }
}
