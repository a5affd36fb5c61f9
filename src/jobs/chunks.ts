import { BLOCK_HEAD } from './arena.ts';
import type { Arena } from './arena.ts';
import { decode } from './codec.ts';

/** Words of a chunk before its tasks. */
const CHUNK_HEAD = 7;
const COUNT = 0;
const FIRST = 1;
const PARENT = 2;
const ORDINAL = 3;
/** Of its tasks; −1 − n for the n of a text. */
const BYTES = 4;
const WORDS = 5;
const PARENT_ID = 6;

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
  /** The id of its first task; the others follow. */
  first: number;
  /** The handle of the task that spawned it; 0 for none. */
  parent: number;
  parentId: number;
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

/** @returns the id of a task: its index among those of `split`, or −1 − n for the nth that was spawned */
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
   * @param payload an array of its tasks, encoded; or the text of its only one
   * @param state of each of its tasks, to begin with
   * @returns its place; a walk finds it from now on
   */
  write(
    payload: Uint8Array | string,
    { count, first, parent, parentId, ordinal }: Omit<Chunk, 'place'>,
    state: number = FREE,
  ): number {
    const arena = this.#arena;
    const head = CHUNK_HEAD + count * TASK_WORDS;
    const bytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength;
    const words = head + Math.ceil(bytes / 4);
    if (this.#used + words > this.#size) {
      this.#block = arena.newBlock(this.#owner, Math.max(words, BLOCK_WORDS));
      this.#used = BLOCK_HEAD;
      this.#size = arena.sizeOf(this.#block);
    }
    const place = this.#block + this.#used;
    arena.write(place + COUNT, count);
    arena.write(place + FIRST, first);
    arena.write(place + PARENT, parent);
    arena.write(place + PARENT_ID, parentId);
    arena.write(place + ORDINAL, ordinal);
    arena.write(place + BYTES, typeof payload === 'string' ? -1 - bytes : bytes);
    arena.write(place + WORDS, words);
    if (state !== FREE) for (let index = 0; index < count; index += 1) arena.write(handleOf(place, index), state);
    if (typeof payload === 'string') arena.writeText(place + head, payload, bytes);
    else arena.copyIn(place + head, payload);
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
    const payload = readPayload(this.#arena, chunk);
    if (typeof payload === 'string') return [JSON.parse(payload)];
    const tasks = decode(payload) as unknown[];
    if (this.#arena.read(chunk + COUNT) > 1) {
      if (this.#kept.size >= KEPT) this.#kept.delete(this.#kept.keys().next().value!);
      this.#kept.set(chunk, tasks);
    }
    return tasks;
  }
}

/** Calls `visit` with every chunk that was written, whoever did, in the order of their places. */
export function walkChunks(arena: Arena, visit: (chunk: Chunk, owner: number) => void): void {
  walkPlaces(arena, (place, owner) => visit(chunkAt(arena, place), owner));
}

/** {@link walkChunks} for millions of chunks. */
export function walkPlaces(arena: Arena, visit: (place: number, owner: number) => void): void {
  arena.walk((block, owner) => {
    const used = block + arena.used(block);
    for (let place = block + BLOCK_HEAD; place < used; place += arena.read(place + WORDS)) visit(place, owner);
  });
}

/** @returns a copy of the tasks of a chunk, as they were written */
export function readPayload(arena: Arena, chunk: number): Uint8Array<ArrayBuffer> | string {
  const payload = chunk + CHUNK_HEAD + arena.read(chunk + COUNT) * TASK_WORDS;
  const bytes = arena.read(chunk + BYTES);
  return bytes < 0 ? arena.readText(payload, -1 - bytes) : arena.copyOut(payload, bytes);
}

function chunkAt(arena: Arena, place: number): Chunk {
  return {
    place,
    count: arena.read(place + COUNT),
    first: arena.read(place + FIRST),
    parent: arena.read(place + PARENT),
    parentId: arena.read(place + PARENT_ID),
    ordinal: arena.read(place + ORDINAL),
  };
}

/** @returns the task of a chunk that was spawned, as who spawned it told it */
export function spawnAt(
  arena: Arena,
  place: number,
): { id: number; parent: number; ordinal: number; payload: Uint8Array<ArrayBuffer> | string } {
  const { first: id, parentId: parent, ordinal } = chunkAt(arena, place);
  return { id, parent, ordinal, payload: readPayload(arena, place) };
}

/** @returns whether a chunk was spawned */
export function isSpawned(arena: Arena, place: number): boolean {
  return arena.read(place + PARENT) !== 0;
}

export function ordinalOf(arena: Arena, place: number): number {
  return arena.read(place + ORDINAL);
}

export function parentIdOf(arena: Arena, place: number): number {
  return arena.read(place + PARENT_ID);
}
