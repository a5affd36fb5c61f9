import { Arena } from './arena.ts';
import { walkChunks, handleOf } from './chunks.ts';
import { decode, encode } from './codec.ts';
import { CannotTravel } from './errors.ts';
import { Broken } from './broken.ts';
import { sentError } from './messages.ts';
import type { ReduceCall } from './messages.ts';

/**
 * Makes the output of a job, of the results that its workers have sent.
 *
 * @throws {Broken} when `reduce` throws, or its output cannot be copied
 */
export async function reduceResults(
  { arena, tasks, spawned, batches, collect }: ReduceCall,
  reduce: (results: unknown[]) => unknown,
): Promise<Uint8Array<ArrayBuffer>> {
  const results = inOrder(batches, tasks, spawned, new Arena(arena));
  let output: unknown = results;
  if (!collect) {
    try {
      output = await reduce(results);
    } catch (error) {
      throw new Broken({ step: 'reduce', why: 'threw', error: sentError(error) });
    }
  }
  try {
    return encode(output);
  } catch (error) {
    const travel = new CannotTravel('The output', error);
    throw new Broken({ step: 'reduce', why: 'gave what cannot be the output', error: sentError(travel) });
  }
}

function inOrder(batches: ReduceCall['batches'], tasks: number, spawned: number, arena: Arena): unknown[] {
  const order = spawned > 0 ? orderOfSpawned(arena) : undefined;
  const results: unknown[] = [];
  // One of a given length may have holes, and V8 copies it several times as slowly.
  for (let place = 0; place < tasks + spawned; place += 1) results.push(undefined);
  // Each is let go once it is read.
  for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
    const values = decode(batch.results) as unknown[];
    values.forEach((value, index) => {
      const id = batch.tasks[2 * index + 1]!;
      results[id >= 0 ? id : tasks + order!.get(id)!] = value;
    });
  }
  return results;
}

/**
 * The place of each spawned task among them, by its id: those spawned by tasks of `split` in the order of these, each one's in the order
 * in which it spawned them; then what they spawned, in the same way. So it is always the same, whoever ran them.
 */
export function orderOfSpawned(arena: Arena): Map<number, number> {
  const children = new Map<number, { ordinal: number; id: number; handle: number }[]>();
  const roots: { first: number; place: number; count: number }[] = [];
  walkChunks(arena, ({ place, count, first, parent, ordinal }) => {
    if (parent === 0) {
      roots.push({ first, place, count });
      return;
    }
    const siblings = children.get(parent);
    const child = { ordinal, id: first, handle: handleOf(place, 0) };
    if (siblings === undefined) children.set(parent, [child]);
    else siblings.push(child);
  });
  roots.sort((a, b) => a.first - b.first);
  let generation = roots.flatMap(({ place, count }) =>
    Array.from({ length: count }, (_, index) => handleOf(place, index)).filter((handle) => children.has(handle)),
  );
  const order = new Map<number, number>();
  while (generation.length > 0) {
    const next: number[] = [];
    for (const parent of generation) {
      for (const { id, handle } of children.get(parent)!.sort((a, b) => a.ordinal - b.ordinal)) {
        order.set(id, order.size);
        if (children.has(handle)) next.push(handle);
      }
    }
    generation = next;
  }
  return order;
}
