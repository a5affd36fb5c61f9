/** Words that the main thread of a rank and the thread of its link share. */
const BELL = 0;
const STOPPED = 1;
const WRITTEN = 2;
const RUNNING = 3;
const LOW = 4;
/** What stands for no task: spawned ones have ids below 0, but not so low. */
const NONE = -(2 ** 31);

/** How the thread of a rank's link reaches the main thread also while that does not let its loop turn. */
export class Control {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(20);
    this.#words = new Int32Array(this.buffer);
    if (buffer === undefined) this.running = undefined;
  }

  /** The id of the task that began last, if it has not ended. */
  get running(): number | undefined {
    const id = Atomics.load(this.#words, RUNNING);
    return id === NONE ? undefined : id;
  }

  set running(id: number | undefined) {
    Atomics.store(this.#words, RUNNING, id ?? NONE);
  }

  /** A message is on its way to the main thread. */
  ring(): void {
    Atomics.add(this.#words, BELL, 1);
    Atomics.notify(this.#words, BELL);
  }

  /** Rings so far. */
  get rings(): number {
    return Atomics.load(this.#words, BELL);
  }

  /** Sleeps until the bell rings for more than so many times. @returns whether it did in time */
  sleep(rings: number, milliseconds: number): boolean {
    return Atomics.wait(this.#words, BELL, rings, milliseconds) !== 'timed-out';
  }

  get stopped(): boolean {
    return Atomics.load(this.#words, STOPPED) !== 0;
  }

  stop(): void {
    Atomics.store(this.#words, STOPPED, 1);
    this.ring();
  }

  /** The rank has no task of its own left. */
  runsLow(): void {
    Atomics.add(this.#words, LOW, 1);
    Atomics.notify(this.#words, LOW);
  }

  /** Times that it has said so. */
  get lows(): number {
    return Atomics.load(this.#words, LOW);
  }

  /** Resolves when it has said so more than so many times. */
  async untilLow(lows: number): Promise<void> {
    const { async, value } = Atomics.waitAsync(this.#words, LOW, lows);
    if (async) await value;
  }

  /** Takes {@link stop} back. */
  resume(): void {
    Atomics.store(this.#words, STOPPED, 0);
  }

  /** A message has left this process. */
  wrote(): void {
    Atomics.add(this.#words, WRITTEN, 1);
    Atomics.notify(this.#words, WRITTEN);
  }

  /** Waits until so many messages have left, or as long as it may take. */
  untilWritten(messages: number, milliseconds: number): void {
    const end = performance.now() + milliseconds;
    for (;;) {
      const written = Atomics.load(this.#words, WRITTEN);
      if (written >= messages || performance.now() > end) return;
      Atomics.wait(this.#words, WRITTEN, written, end - performance.now());
    }
  }
}
