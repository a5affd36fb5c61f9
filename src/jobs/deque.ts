import type { Words } from './words.ts';

/** Words from one deque's place to the next; its three are on cache lines of their own. */
export const DEQUE_WORDS = 48;
const TOP = 0;
const BOTTOM = 16;
const RING = 32;

/** Words of an entry in a ring: a chunk of tasks, and the part of it that is meant; the fourth keeps them aligned. */
const ENTRY = 4;
/** Words before the first entry of a ring: its capacity, alone on its line. */
const RING_HEAD = 16;

/** @returns words that a ring of so many entries takes */
export function ringWords(capacity: number): number {
  return RING_HEAD + capacity * ENTRY;
}

/** What a thief met. */
export const EMPTY = 0;
export const STOLEN = 1;
/** Another was faster: there may be more. */
export const LOST = 2;

/**
 * A worker's deque in shared memory: its owner pushes and pops at the bottom, thieves take from the top.
 *
 * The algorithm is that of Chase and Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005, figures 1 to 5. Where Lê, Pop,
 * Cohen and Zappa Nardelli ("Correct and Efficient Work-Stealing for Weak Memory Models", PPoPP 2013) need fences, the
 * operations on `top`, `bottom` and the ring's place are sequentially consistent here, as `Atomics` are; entries are plain
 * words. A thief may read one that is being overwritten, but only if `top` has moved on, and then its exchange fails.
 * Counters wrap around at 2³², so that only their differences count. Rings that were replaced are left to the thieves that still read them.
 *
 * `test/jobs/deque.test.ts` runs this code under every order in which the steps of an owner and of thieves can come, and
 * `deque-threads.test.ts` on real threads.
 */
export class StealingDeque {
  /** The entry that was popped or stolen last. */
  chunk = 0;
  start = 0;
  end = 0;

  readonly #words: Words;
  readonly #top: number;
  readonly #bottom: number;
  readonly #ring: number;
  readonly #allocate: (words: number) => number;

  /**
   * @param place of its words
   * @param allocate finds room for a larger ring; needed by the owner only
   */
  constructor(words: Words, place: number, allocate: (words: number) => number) {
    this.#words = words;
    this.#top = place + TOP;
    this.#bottom = place + BOTTOM;
    this.#ring = place + RING;
    this.#allocate = allocate;
  }

  /** Makes it empty, before anyone uses it. @param capacity a power of two */
  initialize(ring: number, capacity: number, first = 0): void {
    this.#words.write(ring, capacity);
    this.#words.store(this.#ring, ring);
    this.#words.store(this.#top, first);
    this.#words.store(this.#bottom, first);
  }

  /** Makes it whole for a new owner, whose predecessor died at any point: what that was about to pop may be lost. */
  adopt(): void {
    const top = this.#words.load(this.#top);
    const bottom = this.#words.load(this.#bottom);
    if (((bottom - top) | 0) < 0) this.#words.store(this.#bottom, top);
  }

  /** Entries, as far as one can tell while others work on it. */
  get size(): number {
    const top = this.#words.load(this.#top);
    return Math.max(0, (this.#words.load(this.#bottom) - top) | 0);
  }

  /** Tasks in its entries, up to a number, as far as one can tell while others work on it. */
  tasks(most: number): number {
    const words = this.#words;
    const top = words.load(this.#top);
    const ring = words.load(this.#ring);
    let sum = 0;
    for (let at = top; sum < most && ((words.load(this.#bottom) - at) | 0) > 0; at = (at + 1) | 0) {
      const entry = this.#entry(ring, at);
      sum += Math.max(0, words.read(entry + 2) - words.read(entry + 1));
    }
    return Math.min(sum, Math.max(0, most));
  }

  /** Owner only. */
  push(chunk: number, start: number, end: number): void {
    const words = this.#words;
    const bottom = words.load(this.#bottom);
    const top = words.load(this.#top);
    let ring = words.load(this.#ring);
    const capacity = words.read(ring);
    if (((bottom - top) | 0) >= capacity) ring = this.#grow(ring, capacity, top, bottom);
    const entry = this.#entry(ring, bottom);
    words.write(entry, chunk);
    words.write(entry + 1, start);
    words.write(entry + 2, end);
    words.store(this.#bottom, (bottom + 1) | 0);
  }

  /** Owner only. @returns whether there was one */
  pop(): boolean {
    const words = this.#words;
    const bottom = (words.load(this.#bottom) - 1) | 0;
    words.store(this.#bottom, bottom);
    const top = words.load(this.#top);
    const left = (bottom - top) | 0;
    if (left < 0) {
      words.store(this.#bottom, top);
      return false;
    }
    this.#take(words.load(this.#ring), bottom);
    if (left > 0) return true;
    // The last one: a thief may be after it too.
    const won = words.compareExchange(this.#top, top, (top + 1) | 0) === top;
    words.store(this.#bottom, (top + 1) | 0);
    return won;
  }

  /** Anyone but the owner. @returns {@link EMPTY}, {@link STOLEN} or {@link LOST} */
  steal(): number {
    const words = this.#words;
    const top = words.load(this.#top);
    const bottom = words.load(this.#bottom);
    if (((bottom - top) | 0) <= 0) return EMPTY;
    this.#take(words.load(this.#ring), top);
    return words.compareExchange(this.#top, top, (top + 1) | 0) === top ? STOLEN : LOST;
  }

  #take(ring: number, at: number): void {
    const entry = this.#entry(ring, at);
    this.chunk = this.#words.read(entry);
    this.start = this.#words.read(entry + 1);
    this.end = this.#words.read(entry + 2);
  }

  #grow(ring: number, capacity: number, top: number, bottom: number): number {
    const words = this.#words;
    const larger = this.#allocate(ringWords(2 * capacity));
    words.write(larger, 2 * capacity);
    for (let at = top; at !== bottom; at = (at + 1) | 0) {
      const from = this.#entry(ring, at);
      const to = this.#entry(larger, at);
      words.write(to, words.read(from));
      words.write(to + 1, words.read(from + 1));
      words.write(to + 2, words.read(from + 2));
    }
    words.store(this.#ring, larger);
    return larger;
  }

  #entry(ring: number, at: number): number {
    return ring + RING_HEAD + (at & (this.#words.read(ring) - 1)) * ENTRY;
  }
}
