import { EMPTY, STOLEN } from './deque.ts';
import type { StealingDeque } from './deque.ts';
import { ALONE, FREE, handleOf } from './chunks.ts';
import type { Figures } from './figures.ts';
import type { Shared } from './layout.ts';
import { Xorshift } from './random.ts';

/** Tasks that a thief takes at once from a deque of small entries, at most. */
const MOST = 32;
/** Milliseconds: of tasks that take less, so many at most are kept back, for offering each to others would take longer than running it. */
const TINY = 0.02;
const MOST_KEPT = 32;

/** Finds a worker's next task: in its own deque, else in that of another. */
export class Finder {
  /** Where the task is that was found. */
  chunk = 0;
  index = 0;

  /** The part of a chunk that is kept back, and how long such parts are. */
  #keptIn = 0;
  #next = 0;
  #end = 0;
  #most = 1;

  readonly #shared: Shared;
  readonly #figures: Figures;
  readonly #worker: number;
  readonly #own: StealingDeque;
  readonly #others: StealingDeque[];
  readonly #random: Xorshift;

  constructor(shared: Shared, figures: Figures, worker: number, seed: number) {
    this.#shared = shared;
    this.#figures = figures;
    this.#worker = worker;
    this.#own = shared.deques[worker]!;
    this.#others = shared.deques.filter((_, other) => other !== worker);
    this.#random = new Xorshift(seed + worker);
  }

  /** Offers tasks: this worker runs them, unless another takes them first. */
  offer(chunk: number, start: number, end: number): void {
    this.#own.push(chunk, start, end);
    this.#shared.parking.announce();
  }

  /** Claims the next task that is kept back, or of its own deque. */
  takeOwn(): boolean {
    if (this.#takeKept()) return true;
    while (this.#own.pop()) if (this.#begin(this.#own)) return true;
    this.#shared.runsLow();
    return false;
  }

  /** Whether there are tasks that are kept back. */
  get keeps(): boolean {
    return this.#next < this.#end;
  }

  /** To be told how many milliseconds each task took: whoever has tiny ones has more of them, as far as one can tell. */
  took(milliseconds: number): void {
    if (milliseconds < TINY) {
      this.#most = Math.min(MOST_KEPT, 2 * this.#most);
      return;
    }
    this.#most = 1;
    if (this.keeps) this.offer(this.#keptIn, this.#next, this.#end);
    this.#next = this.#end;
  }

  /** Claims a task of another's deque: some at random, then all in turn. */
  steal(): boolean {
    const { length } = this.#others;
    if (length === 0) return false;
    for (let tries = 0; tries < length; tries += 1) {
      if (this.#stealFrom(this.#others[this.#random.below(length)]!)) return true;
    }
    const from = this.#random.below(length);
    if (this.#others.some((_, index) => this.#stealFrom(this.#others[(from + index) % length]!))) return true;
    return this.#stealKept();
  }

  /** Whether something waits in its own deque. */
  get hasOwn(): boolean {
    return this.#own.size > 0;
  }

  /** Whether anyone has something. */
  get sees(): boolean {
    return this.#shared.deques.some(({ size }) => size > 0) || this.#keptByOthers() !== undefined;
  }

  /** A task that another keeps back: its last one. */
  #keptByOthers(): { chunk: number; index: number } | undefined {
    for (let worker = 0; worker < this.#shared.deques.length; worker += 1) {
      const kept = worker === this.#worker ? undefined : this.#shared.keptBy(worker);
      if (kept === undefined) continue;
      const { chunk, start } = kept;
      for (let index = kept.end - 1; index >= start; index -= 1) {
        if (this.#shared.arena.load(handleOf(chunk, index)) === FREE) return { chunk, index };
      }
    }
    return undefined;
  }

  /** Claims a task that only this worker may run. */
  claimAlone(chunk: number, index: number): boolean {
    return this.#claim(chunk, index, ALONE);
  }

  #stealKept(): boolean {
    const kept = this.#keptByOthers();
    if (kept === undefined) return false;
    this.#figures.add(this.#worker, 'stealsTried', 1);
    if (!this.#claim(kept.chunk, kept.index, FREE)) return false;
    this.#figures.add(this.#worker, 'steals', 1);
    return true;
  }

  #stealFrom(victim: StealingDeque): boolean {
    for (;;) {
      const size = victim.size;
      if (size === 0) return false;
      this.#figures.add(this.#worker, 'stealsTried', 1);
      const met = victim.steal();
      if (met === EMPTY) return false;
      if (met !== STOLEN) continue;
      this.#figures.add(this.#worker, 'steals', 1);
      this.#stealMore(victim, size >> 1);
      // What was stolen last is run first.
      if (this.#begin(victim) || this.takeOwn()) return true;
    }
  }

  /** Half of the victim's entries, where these are so small that a steal for each would cost more than moving them. */
  #stealMore(victim: StealingDeque, half: number): void {
    let tasks = victim.end - victim.start;
    for (let taken = 1; taken < half && tasks < MOST; taken += 1) {
      const { chunk, start, end } = victim;
      if (victim.steal() !== STOLEN) {
        victim.chunk = chunk;
        victim.start = start;
        victim.end = end;
        return;
      }
      tasks += victim.end - victim.start;
      this.offer(chunk, start, end);
    }
  }

  /**
   * Splits what was taken down to its first task, or the first tiny ones, and leaves each half that is not run yet in its own deque, where the largest
   * is what a thief takes first.
   */
  #begin({ chunk, start, end }: StealingDeque): boolean {
    let least = end;
    while (least - start > this.#most) {
      const middle = start + ((least - start) >> 1);
      this.offer(chunk, middle, least);
      least = middle;
    }
    this.#keptIn = chunk;
    this.#next = start;
    this.#end = least;
    if (least - start > 1) {
      this.#shared.keep(this.#worker, chunk, start, least);
      this.#shared.parking.announce();
    }
    return this.#takeKept();
  }

  #takeKept(): boolean {
    while (this.#next < this.#end) if (this.#claim(this.#keptIn, this.#next++, FREE)) return true;
    return false;
  }

  #claim(chunk: number, index: number, from: number): boolean {
    const handle = handleOf(chunk, index);
    // Fails where a death has left the same task in two deques.
    if (this.#shared.arena.compareExchange(handle, from, this.#worker + 1) !== from) return false;
    this.chunk = chunk;
    this.index = index;
    return true;
  }
}
