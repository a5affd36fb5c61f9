import type { FailedTask, ResultBatch } from '../../jobs/messages.ts';
import type { TaskFailure, TaskPath } from '../../jobs/errors.ts';
import { comparePaths } from '../../jobs/paths.ts';
import type { Piece, Portion } from './allotment.ts';
import { IdSet } from './id-set.ts';
import type { Spawn, SplitChunk } from './messages.ts';

/**
 * What is known of a job's tasks: which there are, and which have ended. Tasks are known by their ids, which stay the same from one launch to the next:
 * those of `split` by their index, spawned ones by numbers below 0.
 */
export class Journal {
  readonly #chunks: SplitChunk[] = [];
  readonly #spawned = new Map<number, Spawn>();
  /** Ids by their ordinals. */
  readonly #children = new Map<number, number[]>();
  readonly #finished = new IdSet();
  /** How many tasks each has spawned, of those that have ended and spawned some. */
  readonly #spawnCounts = new Map<number, number>();
  /** Pairs of each batch of results that is kept. */
  readonly #batches: Int32Array<ArrayBuffer>[] = [];
  readonly #keep: (results: Uint8Array<ArrayBuffer>) => void;
  readonly #failures = new Map<number, (path: TaskPath) => Error>();
  /** Whether none of their results is without a place. */
  #areAll = true;
  #tasks = 0;
  /** Of those known. */
  #ended = 0;
  #least = 0;

  /** @param keep is given results of which at least one is new; {@link takePlaces} tells where they belong */
  constructor(keep: (results: Uint8Array<ArrayBuffer>) => void) {
    this.#keep = keep;
  }

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

  /** Tasks that failed, in the order of their paths. */
  get failures(): TaskFailure[] {
    const failures = [...this.#failures].map(([id, errorOf]) => {
      const path = this.pathOf(id);
      return { path, error: errorOf(path) };
    });
    return failures.sort((a, b) => comparePaths(a.path, b.path));
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
    let { tasks } = batch;
    let fresh = 0;
    for (let at = 1; at < tasks.length; at += 2) {
      if (this.#end(tasks[at]!)) {
        fresh += 1;
        continue;
      }
      // Others may look at the same pairs.
      if (tasks === batch.tasks) tasks = tasks.slice();
      tasks[at - 1] = NO_MORE;
      this.#areAll = false;
    }
    if (fresh > 0) {
      this.#batches.push(tasks);
      this.#keep(batch.results);
    }
    return fresh;
  }

  addFailure({ id, error }: Pick<FailedTask, 'id'> & { error: (path: TaskPath) => Error }): boolean {
    if (!this.#end(id)) return false;
    this.#failures.set(id, error);
    return true;
  }

  /** @param spawned pairs of id and number, of tasks that have ended */
  addSpawnCounts(spawned: readonly number[]): void {
    for (let at = 0; at < spawned.length; at += 2) this.#spawnCounts.set(spawned[at]!, spawned[at + 1]!);
  }

  hasEnded(id: number): boolean {
    return this.#finished.has(id);
  }

  /** What a launch has still to do. */
  open(): Portion {
    const pieces: Piece[] = [];
    for (const { first, count } of this.#chunks) {
      if (this.#ended === 0) {
        pieces.push({ first, from: 0, to: count });
        continue;
      }
      let from: number | undefined;
      for (let at = 0; at <= count; at += 1) {
        const isOpen = at < count && !this.#finished.has(first + at);
        if (isOpen) from ??= at;
        else if (from !== undefined) {
          pieces.push({ first, from, to: at });
          from = undefined;
        }
      }
    }
    const spawned = this.#inOrder().filter((id) => !this.#finished.has(id));
    return { pieces, spawned: spawned.map((id) => this.#spawned.get(id)!) };
  }

  /** Those among tasks that `split` gave, as parts of their chunks. */
  piecesOf(ids: readonly number[]): Piece[] {
    const pieces: Piece[] = [];
    let last: Piece | undefined;
    for (const id of ids.filter((one) => one >= 0).sort((a, b) => a - b)) {
      if (last !== undefined && id === last.first + last.to && id < last.first + this.chunkAt(last.first).count) {
        last.to += 1;
        continue;
      }
      const { first } = this.#chunkOf(id);
      last = { first, from: id - first, to: id - first + 1 };
      pieces.push(last);
    }
    return pieces;
  }

  /** The chunk whose first task it is. */
  chunkAt(first: number): SplitChunk {
    return this.#chunkOf(first);
  }

  /** Tasks that a task is known to have spawned. */
  spawnsOf(id: number): number {
    return this.#children.get(id)?.length ?? 0;
  }

  /** Spawned tasks that come get numbers from it on; the id of the nth is −1 − n. */
  get next(): number {
    return -this.#least;
  }

  /** Forgets what cannot be kept when a launch has ended: results of tasks of which nobody knows where they come from. */
  settle(): void {
    for (const id of this.#finished.spawned) if (!this.#spawned.has(id)) this.#forget(id);
    for (const [parent, children] of this.#children) {
      // Of the spawns of a task that is to run again, those in a row from the first are known to be there.
      const gap = children.findIndex((id) => id === undefined);
      const kept = gap < 0 ? children.length : gap;
      for (const id of children.splice(kept)) this.#forget(id);
      if (children.length === 0) this.#children.delete(parent);
    }
    this.#reopen();
    // Numbers of tasks that nobody knows are given to others.
    for (const tasks of this.#batches) {
      for (let at = 1; at < tasks.length; at += 2) {
        if (this.#finished.has(tasks[at]!)) continue;
        tasks[at - 1] = NO_MORE;
        this.#areAll = false;
      }
    }
  }

  /** Whoever ran a task may have told its result, and whoever told what it had spawned may have died before: then it is to run again. */
  #reopen(): void {
    for (const [id, count] of this.#spawnCounts) {
      if (this.spawnsOf(id) >= count || !this.#finished.delete(id)) continue;
      if (id >= 0 || this.#spawned.has(id)) this.#ended -= 1;
      this.#failures.delete(id);
      this.#spawnCounts.delete(id);
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

  /** Hands over the pairs of all batches that were kept, in their order, with the place of each task instead of its id. */
  takePlaces(): Int32Array<ArrayBuffer>[] {
    // Of tasks that `split` gave, their ids.
    if (this.#areAll && this.#spawned.size === 0) return this.#batches.splice(0);
    const places = new Map(this.#inOrder().map((id, index) => [id, this.#tasks + index]));
    const placeOf = (id: number): number => (id >= 0 ? id : (places.get(id) ?? -1));
    return this.#batches.splice(0).map((tasks) => {
      const placed = tasks.slice();
      for (let at = 1; at < tasks.length; at += 2) {
        placed[at] = tasks[at - 1] === NO_MORE ? -1 : placeOf(tasks[at]!);
      }
      return placed;
    });
  }

  /** They came in the order of their ids. */
  #chunkOf(id: number): SplitChunk {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#chunks[middle]!.first <= id) low = middle;
      else high = middle - 1;
    }
    return this.#chunks[low]!;
  }

  #end(id: number): boolean {
    if (!this.#finished.add(id)) return false;
    if (id >= 0 || this.#spawned.has(id)) this.#ended += 1;
    return true;
  }

  #forget(id: number | undefined): void {
    if (id === undefined) return;
    const wasKnown = this.#spawned.delete(id);
    if (this.#finished.delete(id) && wasKnown) this.#ended -= 1;
    this.#failures.delete(id);
    this.#spawnCounts.delete(id);
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

/** What stands for the handle of a task whose result counts no more: it came twice, or the task is to run again, or is none any more. */
const NO_MORE = -1;
