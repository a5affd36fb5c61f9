import type { RunningTask } from './worker-context.ts';

/** Milliseconds from one word of progress to the next of the same task. */
const PAUSE = 100;

/** What tasks say of their progress, so rarely that it costs nothing. */
export class Said {
  readonly #send: (task: RunningTask, said: number | string) => void;
  readonly #sent = new Map<number, number>();

  constructor(send: (task: RunningTask, said: number | string) => void) {
    this.#send = send;
  }

  put(task: RunningTask, said: number | string): void {
    const { handle } = task;
    const now = performance.now();
    if (now - (this.#sent.get(handle) ?? -Infinity) < PAUSE) return;
    this.#sent.set(handle, now);
    this.#send(task, said);
  }

  /** A task has ended. */
  drop(handle: number): void {
    if (this.#sent.size > 0) this.#sent.delete(handle);
  }
}
