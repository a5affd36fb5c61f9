import type { Worker } from 'node:worker_threads';
import { DocumentError, memoryProblem } from './errors.ts';

export interface WatchLimits {
  /** Milliseconds that one document may take. */
  milliseconds: number;
  /** Memory of the thread's buffers, which its heap limit does not cover. Megabytes. */
  megabytes: number;
  /** Milliseconds between looks at that memory. */
  look: number;
}

/** Milliseconds until a thread has begun, on a machine that has much to do. */
const START = 60_000;

/** Looks after one document's thread from outside, as it may never come to a point where it could do so itself. */
export class ThreadWatch {
  readonly #limits: WatchLimits;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout;
  #looking: NodeJS.Timeout | undefined;

  constructor(limits: WatchLimits) {
    this.#limits = limits;
    this.#timer = setTimeout(() => {
      this.end(
        new DocumentError('time', `was not read: no thread could be started for it in ${START / 1_000} seconds`),
      );
    }, START);
  }

  /** Aborts when the thread is to be ended; its reason is an error. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** The thread has the document: from now on its time and memory count. */
  begin(thread: Worker | undefined): void {
    const { milliseconds, megabytes, look } = this.#limits;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.end(new DocumentError('time', `takes longer to be read than ${milliseconds / 1_000} seconds: split it`));
    }, milliseconds);
    let asked = false;
    this.#looking = setInterval(() => {
      if (asked) return;
      asked = true;
      // A thread that has ended has no statistics.
      void thread?.getHeapStatistics().then(
        ({ external_memory: bytes }) => {
          asked = false;
          if (bytes > megabytes * 1024 * 1024) this.end(memoryProblem());
        },
        () => undefined,
      );
    }, look);
  }

  /** Has the thread ended. */
  end(reason: Error): void {
    this.#ending.abort(reason);
  }

  close(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#looking);
  }
}
