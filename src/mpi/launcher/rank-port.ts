import type { MainMessage, WorkerMessage, WorkerPort } from '../../jobs/messages.ts';
import type { Watcher } from '../../jobs/worker.ts';
import type { Link } from './link.ts';
import type { Spawn } from './messages.ts';

/** Bytes of spawned tasks that are kept back for others to be sent with them. */
const MOST_BYTES = 2 ** 16;

/** Between the worker of a rank and its launcher: what it says goes there, and each spawned task before the result of the one that spawned it. */
export class RankPort implements WorkerPort, Watcher {
  readonly #link: Link;
  readonly #careful: boolean;
  #spawns: Spawn[] = [];
  #bytes = 0;
  #listener: ((message: MainMessage) => void) | undefined;

  /** @param careful to tell of each task before it begins */
  constructor(link: Link, careful: boolean) {
    this.#link = link;
    this.#careful = careful;
  }

  on(_: 'message', listener: (message: MainMessage) => void): void {
    this.#listener = listener;
  }

  /** Hands on what the launcher says to the worker. */
  tell(message: MainMessage): void {
    this.#listener?.(message);
  }

  postMessage(message: WorkerMessage): void {
    if (message.kind === 'results') this.#flushSpawns();
    if (message.kind === 'split') return;
    this.#link.post(message);
  }

  began(id: number): void {
    this.#link.control.running = id;
    this.#note(id);
  }

  ended(): void {
    this.#link.control.running = undefined;
    this.#note(undefined);
  }

  spawned(spawn: Spawn): void {
    this.#spawns.push(spawn);
    this.#bytes += spawn.payload.length;
    if (this.#bytes > MOST_BYTES) this.#flushSpawns();
  }

  /** Has left this process when this returns. */
  #note(id: number | undefined): void {
    if (!this.#careful) return;
    this.#link.post({ kind: 'began', id });
    this.#link.flush();
  }

  #flushSpawns(): void {
    if (this.#spawns.length === 0) return;
    this.#link.post({ kind: 'spawns', spawns: this.#spawns });
    this.#spawns = [];
    this.#bytes = 0;
  }
}
