import { Arena } from './arena.ts';
import { idOf, isSpawned, ordinalOf, parentIdOf, walkPlaces } from './chunks.ts';
import { decode, encode } from './codec.ts';
import { CannotTravel } from './errors.ts';
import { Broken } from './broken.ts';
import { sentError } from './messages.ts';
import type { JobProblem, ReduceCall, ResultBatch } from './messages.ts';

/**
 * Makes the output of a job, of the results that its workers have sent.
 *
 * @throws {Broken} when `reduce` throws, or its output cannot be copied
 */
export function reduceResults(
  { arena, tasks, spawned, numbers, batches, collect }: ReduceCall,
  reduce: (results: unknown[]) => unknown,
): Promise<Uint8Array<ArrayBuffer>> {
  const places = placesOfSpawned(new Arena(arena), tasks, numbers);
  const results = inOrder(decoded(batches), tasks + spawned, (id) => (id >= 0 ? id : places[-1 - id]!));
  return outputOf(results, collect, reduce);
}

/** Lets go of the bytes of each batch as soon as it is decoded. */
function* decoded(batches: ResultBatch[]): Iterable<DecodedBatch> {
  for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
    yield { tasks: batch.tasks, values: decode(batch.results) as unknown[] };
  }
}

export interface DecodedBatch extends Pick<ResultBatch, 'tasks'> {
  values: unknown[];
}

/**
 * The results of all tasks.
 *
 * @param placeOf the place of a task by the second of its numbers in a batch; less than 0 for none
 */
export function inOrder(batches: Iterable<DecodedBatch>, count: number, placeOf: (id: number) => number): unknown[] {
  const results: unknown[] = [];
  // An array that is made with its length may have holes, and V8 copies such several times as slowly.
  for (let place = 0; place < count; place += 1) results.push(undefined);
  for (const { tasks, values } of batches) {
    for (let index = 0; index < values.length; index += 1) {
      const place = placeOf(tasks[2 * index + 1]!);
      if (place >= 0) results[place] = values[index];
    }
  }
  return results;
}

/**
 * @param collect gives the results as they are
 * @throws {Broken} when `reduce` throws, or its output cannot be copied
 */
export async function outputOf(
  results: unknown[],
  collect: boolean,
  reduce: (results: unknown[]) => unknown,
): Promise<Uint8Array<ArrayBuffer>> {
  let output: unknown = results;
  try {
    if (!collect) output = await reduce(results);
  } catch (error) {
    throw new Broken({ step: 'reduce', why: 'threw', error: sentError(error) });
  }
  return encodedOutput('reduce', output);
}

/** @throws {Broken} when it cannot be copied */
export function encodedOutput(step: JobProblem['step'], output: unknown): Uint8Array<ArrayBuffer> {
  try {
    return encode(output);
  } catch (error) {
    const travel = new CannotTravel('The output', error);
    throw new Broken({ step, why: 'gave what cannot be the output', error: sentError(travel) });
  }
}

/**
 * The place of each spawned task among all, by its number: those spawned by tasks of `split` in the order of these, each one's in the
 * order in which it spawned them; then what they spawned, in the same way. So it is always the same, whoever ran them.
 *
 * @param tasks of `split`
 * @param numbers that spawned ones were given
 */
function placesOfSpawned(arena: Arena, tasks: number, numbers: number): Int32Array {
  if (numbers === 0) return new Int32Array(0);
  // By parents: tasks of `split` first, then spawned ones by their number.
  const firstChild = new Int32Array(tasks + numbers + 1);
  const indexOf = (id: number): number => (id >= 0 ? id : tasks - 1 - id);
  const eachSpawned = (visit: (parent: number, place: number) => void): void =>
    walkPlaces(arena, (place) => {
      if (isSpawned(arena, place)) visit(indexOf(parentIdOf(arena, place)), place);
    });
  eachSpawned((parent) => (firstChild[parent + 1]! += 1));
  for (let parent = 0; parent < tasks + numbers; parent += 1) firstChild[parent + 1]! += firstChild[parent]!;
  const children = new Int32Array(numbers);
  eachSpawned((parent, place) => {
    children[firstChild[parent]! + ordinalOf(arena, place)] = indexOf(idOf(arena, place, 0));
  });
  const places = new Int32Array(numbers);
  const order = new Int32Array(numbers);
  let placed = 0;
  const place = (parent: number): void => {
    for (let at = firstChild[parent]!; at < firstChild[parent + 1]!; at += 1) {
      const child = children[at]!;
      places[child - tasks] = tasks + placed;
      order[placed] = child;
      placed += 1;
    }
  };
  for (let task = 0; task < tasks; task += 1) place(task);
  for (let at = 0; at < placed; at += 1) place(order[at]!);
  return places;
}
