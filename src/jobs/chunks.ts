import { BLOCK_HEAD } from './arena.ts';
import type { Arena } from './arena.ts';
import { decode } from './codec.ts';

/** Words of a chunk before its tasks. */
const CHUNK_HEAD = 6;
const COUNT = 0;
/** The index of its first task; −1 − n of the nth spawned one. */
const FIRST = 1;
const PARENT = 2;
const ORDINAL = 3;
const BYTES = 4;
const WORDS = 5;

/** Words of a task: its state, and how many of its spawned tasks an attempt before put into the arena. */
const TASK_WORDS = 2;

/** States of a task; what worker w runs is w + 1, and −1 − w when it has ended, but its result is not with the main thread. */
export const FREE = 0;
export const FINISHED = 0x4000_0000;
/** To be run by one worker, with nothing beside it. */
export const ALONE = 0x4000_0001;

/** Words of the blocks in which small chunks lie together. */
const BLOCK_WORDS = 2 ** 16 - BLOCK_HEAD;
/** Chunks that a thread keeps read. */
const KEPT = 16;

/** A chunk that was written: tasks that were put into the arena as one. */
export interface Chunk {
  place: number;
  count: number;
  first: number;
  /** The handle of the task that spawned it; 0 for none. */
  parent: number;
  /** Which of the parent's spawns it is. */
  ordinal: number;
}

/** @returns the handle of a task, by which all threads know it: where its state is */
export function handleOf(chunk: number, index: number): number {
  return chunk + CHUNK_HEAD + index * TASK_WORDS;
}

/** @returns which task of its chunk a handle is of */
export function indexOf(chunk: Chunk, handle: number): number {
  return (handle - handleOf(chunk.place, 0)) / TASK_WORDS;
}

/** @returns where an attempt of a task finds how many tasks the one before has spawned */
export function spawnedPlace(handle: number): number {
  return handle + 1;
}

/** @returns what {@link Chunk.first} says of one task */
export function idOf(arena: Arena, chunk: number, index: number): number {
  return arena.read(chunk + FIRST) + index;
}

/** Writes the chunks of one worker. */
export class ChunkWriter {
  readonly #arena: Arena;
  readonly #owner: number;
  #block = 0;
  #used = 0;
  #size = 0;

  constructor(arena: Arena, owner: number) {
    this.#arena = arena;
    this.#owner = owner;
  }

  /**
   * @param payload an array of its tasks, encoded
   * @returns its place; a walk finds it from now on
   */
  write(payload: Uint8Array, { count, first, parent, ordinal }: Omit<Chunk, 'place'>): number {
    const arena = this.#arena;
    const head = CHUNK_HEAD + count * TASK_WORDS;
    const words = head + Math.ceil(payload.byteLength / 4);
    if (this.#used + words > this.#size) {
      this.#block = arena.newBlock(this.#owner, Math.max(words, BLOCK_WORDS));
      this.#used = BLOCK_HEAD;
      this.#size = arena.sizeOf(this.#block);
    }
    const place = this.#block + this.#used;
    arena.write(place + COUNT, count);
    arena.write(place + FIRST, first);
    arena.write(place + PARENT, parent);
    arena.write(place + ORDINAL, ordinal);
    arena.write(place + BYTES, payload.byteLength);
    arena.write(place + WORDS, words);
    arena.copyIn(place + head, payload);
    this.#used += words;
    arena.publish(this.#block, this.#used);
    return place;
  }
}

/** Reads tasks; those of one chunk are read together. */
export class ChunkReader {
  readonly #arena: Arena;
  readonly #kept = new Map<number, unknown[]>();
  #last = 0;
  #tasks: unknown[] = [];

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** A task that this thread has claimed: nobody asks for it again. */
  take(chunk: number, index: number): unknown {
    if (chunk !== this.#last) {
      this.#tasks = this.#kept.get(chunk) ?? this.#read(chunk);
      this.#last = chunk;
    }
    const task = this.#tasks[index];
    this.#tasks[index] = undefined;
    return task;
  }

  #read(chunk: number): unknown[] {
    const tasks = decode(readPayload(this.#arena, chunk)) as unknown[];
    if (this.#arena.read(chunk + COUNT) > 1) {
      if (this.#kept.size >= KEPT) this.#kept.delete(this.#kept.keys().next().value!);
      this.#kept.set(chunk, tasks);
    }
    return tasks;
  }
}

/** Calls `visit` with every chunk that was written, whoever did. */
export function walkChunks(arena: Arena, visit: (chunk: Chunk, owner: number) => void): void {
  arena.walk((block, owner) => {
    const used = block + arena.used(block);
    for (let place = block + BLOCK_HEAD; place < used; place += arena.read(place + WORDS)) {
      visit(
        {
          place,
          count: arena.read(place + COUNT),
          first: arena.read(place + FIRST),
          parent: arena.read(place + PARENT),
          ordinal: arena.read(place + ORDINAL),
        },
        owner,
      );
    }
  });
}

/** @returns a copy of the tasks of a chunk, encoded */
export function readPayload(arena: Arena, chunk: number): Uint8Array<ArrayBuffer> {
  const head = CHUNK_HEAD + arena.read(chunk + COUNT) * TASK_WORDS;
  return arena.copyOut(chunk + head, arena.read(chunk + BYTES));
}
