import type { FailedTask, ResultBatch } from '../../jobs/messages.ts';
import type { TaskPath } from '../../jobs/errors.ts';
import type { Load, Spawn, SplitChunk } from './messages.ts';

export interface FailedOne {
  id: number;
  errorOf: (path: TaskPath) => Error;
}

/**
 * What is known of a job's tasks: which there are, and which have ended. Tasks are known by their ids, which stay the same from one launch to the next:
 * those of `split` by their index, spawned ones by numbers below 0.
 */
export class Journal {
  readonly #chunks: SplitChunk[] = [];
  readonly #spawned = new Map<number, Spawn>();
  /** Ids by their ordinals. */
  readonly #children = new Map<number, number[]>();
  readonly #finished = new Set<number>();
  readonly #batches: ResultBatch[] = [];
  readonly #failures = new Map<number, FailedOne>();
  #tasks = 0;
  /** Of those known. */
  #ended = 0;
  #least = 0;

  /** Tasks of `split`. */
  get tasks(): number {
    return this.#tasks;
  }

  get spawned(): number {
    return this.#spawned.size;
  }

  get known(): number {
    return this.#tasks + this.#spawned.size;
  }

  /** Known tasks that have ended, well or not. */
  get ended(): number {
    return this.#ended;
  }

  get failures(): readonly FailedOne[] {
    return [...this.#failures.values()];
  }

  /** Bytes that the tasks take, about. */
  get bytes(): number {
    let sum = 0;
    for (const { payload, count } of this.#chunks) sum += payload.byteLength + 8 * count + 64;
    for (const { payload } of this.#spawned.values()) sum += payload.length + 64;
    return sum;
  }

  addChunk(chunk: SplitChunk): void {
    this.#chunks.push(chunk);
    this.#tasks += chunk.count;
  }

  /** One that is told twice counts once. @returns whether it is new */
  addSpawn(spawn: Spawn): boolean {
    const siblings = this.#children.get(spawn.parent) ?? [];
    if (siblings[spawn.ordinal] !== undefined) return false;
    siblings[spawn.ordinal] = spawn.id;
    this.#children.set(spawn.parent, siblings);
    this.#spawned.set(spawn.id, spawn);
    this.#least = Math.min(this.#least, spawn.id);
    // A thief may have been faster with its result than its parent's rank with the news of it.
    if (this.#finished.has(spawn.id)) this.#ended += 1;
    return true;
  }

  /** Takes the results of tasks; whatever ran twice counts once. @returns how many are new */
  addResults(batch: ResultBatch): number {
    const { tasks } = batch;
    let fresh = 0;
    for (let at = 1; at < tasks.length; at += 2) {
      if (this.#end(tasks[at]!)) fresh += 1;
      else tasks[at - 1] = TWICE;
    }
    if (fresh > 0) this.#batches.push(batch);
    return fresh;
  }

  addFailure({ id, error }: Pick<FailedTask, 'id'> & { error: (path: TaskPath) => Error }): boolean {
    if (!this.#end(id)) return false;
    this.#failures.set(id, { id, errorOf: error });
    return true;
  }

  hasEnded(id: number): boolean {
    return this.#finished.has(id);
  }

  /** What a launch has still to do. */
  load(): Load {
    const chunks: Load['chunks'] = [];
    for (const chunk of this.#chunks) {
      const finished: number[] = [];
      for (let id = chunk.first; id < chunk.first + chunk.count; id += 1) if (this.#finished.has(id)) finished.push(id);
      if (finished.length < chunk.count) chunks.push({ ...chunk, finished });
    }
    const spawned = this.#inOrder().filter((id) => !this.#finished.has(id));
    const counts: number[] = [];
    for (const [parent, children] of this.#children) {
      if (!this.#finished.has(parent)) counts.push(parent, children.length);
    }
    return { chunks, spawned: spawned.map((id) => this.#spawned.get(id)!), counts, next: this.#least - 1 };
  }

  /** Forgets what cannot be kept when a launch has ended: results of tasks of which nobody knows where they come from. */
  settle(): void {
    for (const id of this.#finished) if (id < 0 && !this.#spawned.has(id)) this.#finished.delete(id);
    for (const [parent, children] of this.#children) {
      // Of the spawns of a task that is to run again, those in a row from the first are known to be there.
      const gap = children.findIndex((id) => id === undefined);
      const kept = gap < 0 ? children.length : gap;
      for (const id of children.splice(kept)) this.#forget(id);
      if (children.length === 0) this.#children.delete(parent);
    }
  }

  pathOf(id: number): TaskPath {
    const path: number[] = [];
    let at = id;
    for (let spawn = this.#spawned.get(at); spawn !== undefined; spawn = this.#spawned.get(at)) {
      path.push(spawn.ordinal);
      at = spawn.parent;
    }
    return [at, ...path.reverse()];
  }

  /** Hands over the results, with the place of each instead of its id. */
  takeResults(): ResultBatch[] {
    const places = new Map(this.#inOrder().map((id, index) => [id, this.#tasks + index]));
    const batches = this.#batches.splice(0);
    for (const { tasks } of batches) {
      for (let at = 1; at < tasks.length; at += 2) {
        const id = tasks[at]!;
        tasks[at] = tasks[at - 1] === TWICE ? -1 : id >= 0 ? id : (places.get(id) ?? -1);
      }
    }
    return batches;
  }

  #end(id: number): boolean {
    if (this.#finished.has(id)) return false;
    this.#finished.add(id);
    if (id >= 0 || this.#spawned.has(id)) this.#ended += 1;
    return true;
  }

  #forget(id: number | undefined): void {
    if (id === undefined) return;
    this.#spawned.delete(id);
    if (this.#finished.delete(id)) this.#ended -= 1;
    for (const child of this.#children.get(id) ?? []) this.#forget(child);
    this.#children.delete(id);
  }

  /** Spawned tasks, those of one generation after those of the one before, each parent's in the order of its spawns. */
  #inOrder(): number[] {
    const order: number[] = [];
    let generation = [...this.#children.keys()].filter((id) => id >= 0).sort((a, b) => a - b);
    while (generation.length > 0) {
      const next: number[] = [];
      for (const parent of generation)
        for (const id of this.#children.get(parent) ?? []) if (id !== undefined) next.push(id);
      order.push(...next);
      generation = next;
    }
    return order;
  }
}

/** What stands for the handle of a task whose result came twice. */
const TWICE = -1;
