import type { Arena } from './arena.ts';
import { encode } from './codec.ts';
import { CannotTravel } from './errors.ts';
import { sentError } from './messages.ts';
import type { FailedTask, WorkerMessage, WorkerPort } from './messages.ts';

/** Results that are sent as one, at most. */
const MOST = 4_096;
/** Milliseconds that a result waits for more to be sent with, as long as tasks end. */
const WAITS = 20;

/** A task that has ended, and how many it has spawned. */
export interface EndedTask {
  readonly handle: number;
  readonly id: number;
  readonly spawns: number;
}

/** Results of a worker, on their way to the main thread: many at once, so that small ones cost little. */
export class Outbox {
  readonly #arena: Arena;
  readonly #ended: number;
  readonly #port: WorkerPort;
  #tasks: number[] = [];
  #results: unknown[] = [];
  #failures: FailedTask[] = [];
  #spawned: number[] = [];
  #since = 0;

  constructor(arena: Arena, worker: number, port: WorkerPort) {
    this.#arena = arena;
    this.#ended = -1 - worker;
    this.#port = port;
  }

  succeeded({ handle, id, spawns }: EndedTask, result: unknown, now: number): void {
    this.#tasks.push(handle, id);
    this.#results.push(result);
    if (spawns > 0) this.#spawned.push(id, spawns);
    this.#keep(handle, now);
  }

  failed({ handle, id, spawns }: EndedTask, thrown: unknown, now: number): void {
    this.#failures.push({ handle, id, error: sentError(thrown) });
    if (spawns > 0) this.#spawned.push(id, spawns);
    this.#keep(handle, now);
  }

  /** Sends what is there. */
  flush(): void {
    if (this.#results.length === 0 && this.#failures.length === 0) return;
    const results = this.#encoded();
    const tasks = new Int32Array(this.#tasks);
    const ended = { batch: { tasks, results }, failures: this.#failures, spawned: this.#spawned };
    const message: WorkerMessage = { kind: 'results', ...ended };
    this.#port.postMessage(message, [tasks.buffer, results.buffer]);
    this.#tasks = [];
    this.#results = [];
    this.#failures = [];
    this.#spawned = [];
  }

  #keep(handle: number, now: number): void {
    this.#arena.store(handle, this.#ended);
    const count = this.#results.length + this.#failures.length;
    if (count === 1) this.#since = now;
    if (count >= MOST || now - this.#since > WAITS) this.flush();
  }

  /** What cannot be copied fails alone. */
  #encoded(): Buffer<ArrayBuffer> {
    try {
      return encode(this.#results);
    } catch {
      const tasks: number[] = [];
      const good = this.#results.filter((result, index) => {
        const handle = this.#tasks[2 * index]!;
        const id = this.#tasks[2 * index + 1]!;
        try {
          encode(result);
        } catch (error) {
          this.#failures.push({ handle, id, error: sentError(new CannotTravel('Its result', error)) });
          return false;
        }
        tasks.push(handle, id);
        return true;
      });
      this.#tasks = tasks;
      this.#results = good;
      return encode(good);
    }
  }
}
