import type { Chunk } from './chunks.ts';
import { encode } from './codec.ts';
import { CannotTravel } from './errors.ts';
import type { Tasks } from './job.ts';
import { sentError } from './messages.ts';
import { Broken } from './broken.ts';

/** Tasks of the first chunk, and of any at most. */
const FIRST_COUNT = 8;
const MOST = 1_024;
/** Bytes of a chunk, about. */
const CHUNK_BYTES = 2 ** 15;

export type WriteChunk = (payload: Uint8Array, chunk: Omit<Chunk, 'place'>) => void;

/**
 * Writes the tasks that `split` gives, some hundred small ones or one large one in a chunk, as they come.
 *
 * @returns how many there were
 * @throws {Broken} when it throws, gives no tasks, or one that cannot be copied
 */
export async function splitTasks(
  split: () => Tasks<unknown> | PromiseLike<Tasks<unknown>>,
  write: WriteChunk,
): Promise<number> {
  let first = 0;
  let count = FIRST_COUNT;
  let pending: unknown[] = [];
  const flush = (): void => {
    if (pending.length === 0) return;
    const payload = encoded(pending, first);
    write(payload, { count: pending.length, first, parent: 0, parentId: 0, ordinal: 0 });
    first += pending.length;
    const fits = Math.floor((CHUNK_BYTES * pending.length) / payload.byteLength);
    count = Math.max(1, Math.min(MOST, fits));
    pending = [];
  };
  const add = (task: unknown): void => {
    pending.push(task);
    if (pending.length >= count) flush();
  };
  try {
    const tasks = await split();
    if (isIterable(tasks)) for (const task of tasks) add(task);
    else if (isAsyncIterable(tasks)) for await (const task of tasks) add(task);
    else throw noTasks(tasks);
    flush();
  } catch (error) {
    if (error instanceof Broken) throw error;
    throw new Broken({ step: 'split', why: 'threw', error: sentError(error) });
  }
  return first;
}

function encoded(tasks: unknown[], first: number): Uint8Array {
  try {
    return encode(tasks);
  } catch (error) {
    const at = tasks.findIndex((task) => !canTravel(task));
    const travel = new CannotTravel(`The task ${first + Math.max(0, at)}`, error);
    throw new Broken({ step: 'split', why: 'gave what cannot be a task', error: sentError(travel) });
  }
}

function canTravel(value: unknown): boolean {
  try {
    encode(value);
    return true;
  } catch {
    return false;
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function noTasks(value: unknown): Broken {
  const shown = value === null ? 'null' : `of type ${typeof value}`;
  return new Broken({
    step: 'split',
    why: `gave what is ${shown}: it must give an array of tasks, or another iterable or asynchronous iterable of them.`,
  });
}
