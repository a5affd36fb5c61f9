import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { TaskContext } from './job.ts';

/** What contexts share of the worker that they are of. */
export interface ContextHost {
  readonly worker: number;
  readonly signal: AbortSignal;
  readonly artifacts: ArtifactStore | undefined;
  readonly wantsTasks: boolean;
  said(task: RunningTask, said: number | string): void;
  /** @param ordinal which spawn of its parent it is */
  spawned(task: unknown, parent: RunningTask, ordinal: number): void;
}

/** A task that a worker has begun. */
export interface RunningTask {
  readonly handle: number;
  readonly id: number;
}

/** The context of one task. */
export class WorkerContext implements TaskContext, RunningTask {
  readonly handle: number;
  readonly id: number;
  readonly #host: ContextHost;
  /** Spawns that an attempt before has put into the arena. */
  readonly #before: number;
  #spawns = 0;
  #ended = false;

  constructor(host: ContextHost, handle: number, id: number, before: number) {
    this.#host = host;
    this.handle = handle;
    this.id = id;
    this.#before = before;
  }

  get worker(): number {
    return this.#host.worker;
  }

  get signal(): AbortSignal {
    return this.#host.signal;
  }

  get artifacts(): ArtifactStore | undefined {
    return this.#host.artifacts;
  }

  get wantsTasks(): boolean {
    return this.#host.wantsTasks;
  }

  progress(said: number | string): void {
    if (typeof said !== 'string' && !(said >= 0 && said <= 1)) {
      throw new RangeError(`The progress of a task is ${String(said)}: give a number from 0 to 1, or words.`);
    }
    if (!this.#ended) this.#host.said(this, said);
  }

  spawn(task: unknown): void {
    if (this.#ended) throw new Error('A task that has ended spawns no more: await what spawns before it returns.');
    if (this.#spawns >= this.#before) this.#host.spawned(task, this, this.#spawns);
    this.#spawns += 1;
  }

  /** Tasks that it has spawned, those of an attempt before with them. */
  get spawns(): number {
    return this.#spawns;
  }

  /** Called when the task has ended. */
  end(): void {
    this.#ended = true;
  }
}
