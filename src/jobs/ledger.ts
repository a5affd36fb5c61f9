import { ALONE, FINISHED, FREE, handleOf, indexOf, spawnedPlace, walkChunks } from './chunks.ts';
import type { Chunk } from './chunks.ts';
import type { TaskPath } from './errors.ts';
import type { Shared } from './layout.ts';

/** What the successor of a dead worker is given. */
export interface Inheritance {
  again: number[];
  alone: number[];
}

/** Threads that a task may end before it is given up. */
const LIVES = 2;

/** What the main thread knows of the tasks beside what the shared memory says. */
export class Ledger {
  readonly #shared: Shared;
  /** Tasks that ended their thread, and how often. */
  readonly #deaths = new Map<number, number>();
  /** Tasks that one worker alone may run, by its index. */
  readonly #alone = new Map<number, Set<number>>();

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** A task's result or failure is here. */
  finish(handle: number): void {
    this.#shared.arena.store(handle, FINISHED);
  }

  /**
   * What is to become of the tasks when a worker has died: those that it was running are run again alone, once, so that it is
   * sure which of them it was; those whose results it had not sent, and those that lie in nobody's deque any more, are run again.
   * A task that also lies in a deque is still run once, for whoever runs it claims it.
   *
   * @returns as `givenUp` the tasks that are not to be run again
   */
  inherit(worker: number): Inheritance & { givenUp: number[] } {
    const { arena } = this.#shared;
    const before = this.#alone.get(worker) ?? new Set();
    const running = worker + 1;
    const ended = -1 - worker;
    const again: number[] = [];
    const alone: number[] = [];
    const givenUp: number[] = [];
    const spawned = new Map<number, number>();
    const freed: number[] = [];
    let created = 0;

    const settle = (chunk: Chunk, index: number): boolean => {
      const handle = handleOf(chunk.place, index);
      const state = arena.load(handle);
      if (state === FREE) return true;
      if (state === ended) {
        spawned.set(handle, 0);
        freed.push(handle);
        return true;
      }
      if (state === running) {
        const deaths = (this.#deaths.get(handle) ?? 0) + 1;
        this.#deaths.set(handle, deaths);
        if (deaths < LIVES) {
          spawned.set(handle, 0);
          arena.store(handle, ALONE);
          alone.push(chunk.place, index);
        } else {
          givenUp.push(handle);
        }
      } else if (state === ALONE && before.has(handle)) alone.push(chunk.place, index);
      return false;
    };
    walkChunks(arena, (chunk, owner) => {
      if (owner === worker) created += chunk.count;
      let start = -1;
      for (let index = 0; index <= chunk.count; index += 1) {
        const free = index < chunk.count && settle(chunk, index);
        if (free && start < 0) start = index;
        if (!free && start >= 0) {
          again.push(chunk.place, start, index);
          start = -1;
        }
      }
    });
    // It may have died between counting a task and putting it there.
    this.#shared.setCreated(worker, created);
    this.#countSpawned(spawned);
    // Last: who finds a free task, as in what the dead worker kept back, runs it at once, and must know by then what it has spawned.
    for (const handle of freed) arena.store(handle, FREE);
    this.#alone.set(worker, handlesOf(alone));
    return { again, alone, givenUp };
  }

  /** The task that keeps a worker from ending: the one whose code it is in, or else all that it has begun. */
  runningOn(worker: number): TaskPath[] {
    const pathOf = this.names();
    const current = this.#shared.currentOf(worker);
    if (current !== 0) return [pathOf(current)];
    const paths: TaskPath[] = [];
    walkChunks(this.#shared.arena, ({ place, count }) => {
      for (let index = 0; index < count; index += 1) {
        const handle = handleOf(place, index);
        if (this.#shared.arena.load(handle) === worker + 1) paths.push(pathOf(handle));
      }
    });
    return paths;
  }

  /** @returns a function that names tasks, as long as no more are spawned */
  names(): (handle: number) => TaskPath {
    const chunks: Chunk[] = [];
    // In the order of their places.
    walkChunks(this.#shared.arena, (chunk) => chunks.push(chunk));
    return (handle) => {
      const path: number[] = [];
      for (let at = handle; ;) {
        const chunk = chunkOf(chunks, at);
        if (chunk === undefined) return path;
        if (chunk.parent === 0) return [chunk.first + indexOf(chunk, at), ...path.reverse()];
        path.push(chunk.ordinal);
        at = chunk.parent;
      }
    };
  }

  /** So that an attempt to come does not spawn them again. */
  #countSpawned(spawned: Map<number, number>): void {
    if (spawned.size === 0) return;
    walkChunks(this.#shared.arena, ({ parent }) => {
      const count = spawned.get(parent);
      if (count !== undefined) spawned.set(parent, count + 1);
    });
    for (const [handle, count] of spawned) this.#shared.arena.write(spawnedPlace(handle), count);
  }
}

/** The last chunk whose first task is not behind the handle. */
function chunkOf(chunks: readonly Chunk[], handle: number): Chunk | undefined {
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (handleOf(chunks[middle]!.place, 0) <= handle) low = middle + 1;
    else high = middle;
  }
  return chunks[low - 1];
}

function handlesOf(pairs: readonly number[]): Set<number> {
  const handles = new Set<number>();
  for (let at = 0; at < pairs.length; at += 2) handles.add(handleOf(pairs[at]!, pairs[at + 1]!));
  return handles;
}
