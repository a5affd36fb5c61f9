import { openSync, writeSync } from 'node:fs';
import type { MainMessage, WorkerMessage, WorkerPort } from '../../jobs/messages.ts';
import type { Watcher } from '../../jobs/worker.ts';
import type { Link } from './link.ts';
import type { Spawn } from './messages.ts';

/** Bytes of spawned tasks that are kept back for others to be sent with them. */
const MOST_BYTES = 2 ** 16;

/** What a rank notes where no task is running. */
export const NO_TASK = -(2 ** 31);

/** Between the worker of a rank and its launcher: what it says goes there, and each spawned task before the result of the one that spawned it. */
export class RankPort implements WorkerPort, Watcher {
  readonly #link: Link;
  /** Tasks that are running: ids by their handles. */
  readonly #running = new Map<number, number>();
  readonly #notes: number | undefined;
  readonly #note = Buffer.alloc(4);
  #spawns: Spawn[] = [];
  #bytes = 0;
  #listener: ((message: MainMessage) => void) | undefined;

  /** @param notes file in which to note each task that begins */
  constructor(link: Link, notes: string | undefined) {
    this.#link = link;
    this.#notes = notes === undefined ? undefined : openSync(notes, 'w');
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
    if (message.kind !== 'progress') this.#link.post(message);
    else this.#link.post({ kind: 'progress', id: this.#running.get(message.handle)!, said: message.said });
  }

  began(handle: number, id: number): void {
    this.#running.set(handle, id);
    this.#link.control.running = id;
    if (this.#notes !== undefined) this.#write(id);
  }

  ended(handle: number): void {
    this.#running.delete(handle);
    this.#link.control.running = undefined;
    if (this.#notes !== undefined) this.#write(NO_TASK);
  }

  spawned(spawn: Spawn): void {
    this.#spawns.push(spawn);
    this.#bytes += spawn.payload.length;
    if (this.#bytes > MOST_BYTES) this.#flushSpawns();
  }

  #write(id: number): void {
    this.#note.writeInt32LE(id);
    writeSync(this.#notes!, this.#note, 0, 4, 0);
  }

  #flushSpawns(): void {
    if (this.#spawns.length === 0) return;
    this.#link.post({ kind: 'spawns', spawns: this.#spawns });
    this.#spawns = [];
    this.#bytes = 0;
  }
}
