import type { WaitableWords } from './words.ts';

/** Words of a parking lot; each of its four is on a cache line of its own. */
export const PARKING_WORDS = 64;
const EPOCH = 0;
const SLEEPERS = 16;
const LISTENING = 32;
const LISTENERS = 48;

/**
 * Where workers without work sleep, and are woken when there is some.
 *
 * No wake-up is lost (an event count; the argument is Dekker's): who would sleep first says so, then looks for work once more,
 * then sleeps only if nothing was announced since it said so. Who announces has first pushed, then looks whether someone sleeps. As all
 * threads see these steps in one order, either the one that would sleep sees the work, or the one that announces sees it.
 * Each announcement wakes one sleeper, and those who listen while tasks of theirs wait.
 * `test/jobs/parking.test.ts` tries every order of the steps of {@link Parking.announce} and {@link Parking.sleep}.
 */
export class Parking {
  readonly #words: WaitableWords;
  readonly #place: number;

  constructor(words: WaitableWords, place: number) {
    this.#words = words;
    this.#place = place;
  }

  /** To be called after work was pushed. */
  announce(): void {
    if (this.#words.load(this.#place + SLEEPERS) > 0) this.#ring(EPOCH, 1);
    if (this.#words.load(this.#place + LISTENERS) > 0) this.#ring(LISTENING, Infinity);
  }

  /** Wakes all, whatever they wait for. */
  wakeAll(): void {
    this.#ring(EPOCH, Infinity);
    this.#ring(LISTENING, Infinity);
  }

  /** Sleeps until something is announced, unless `look` finds something after all. */
  sleep(look: () => boolean): void {
    const words = this.#words;
    words.add(this.#place + SLEEPERS, 1);
    const epoch = words.load(this.#place + EPOCH);
    if (!look()) words.wait(this.#place + EPOCH, epoch);
    words.add(this.#place + SLEEPERS, -1);
  }

  /**
   * Like {@link sleep}, for a thread that goes on meanwhile.
   *
   * @param wait waits for a word to be notified, as `Atomics.waitAsync`
   * @returns resolves when something is announced; undefined when `look` finds something
   */
  listen(
    look: () => boolean,
    wait: (index: number, expected: number) => Promise<unknown> | undefined,
  ): Promise<void> | undefined {
    const words = this.#words;
    words.add(this.#place + LISTENERS, 1);
    const epoch = words.load(this.#place + LISTENING);
    const heard = look() ? undefined : wait(this.#place + LISTENING, epoch);
    if (heard === undefined) {
      words.add(this.#place + LISTENERS, -1);
      return undefined;
    }
    return heard.then(() => {
      words.add(this.#place + LISTENERS, -1);
    });
  }

  #ring(word: number, sleepers: number): void {
    this.#words.add(this.#place + word, 1);
    this.#words.notify(this.#place + word, sleepers);
  }
}
