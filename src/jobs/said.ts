/** Milliseconds from one word of progress to the next of the same task. */
const PAUSE = 100;

/** What tasks say of their progress, so rarely that it costs nothing. */
export class Said {
  readonly #send: (handle: number, said: number | string) => void;
  readonly #sent = new Map<number, number>();

  constructor(send: (handle: number, said: number | string) => void) {
    this.#send = send;
  }

  put(handle: number, said: number | string): void {
    const now = performance.now();
    if (now - (this.#sent.get(handle) ?? -Infinity) < PAUSE) return;
    this.#sent.set(handle, now);
    this.#send(handle, said);
  }

  /** A task has ended. */
  drop(handle: number): void {
    this.#sent.delete(handle);
  }
}
