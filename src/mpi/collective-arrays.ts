import { checkArray, checkLength, checkSameType, emptyLike, isArray } from './arrays.ts';
import type { MpiArray } from './native.ts';
import { OPERATIONS } from './operations.ts';
import type { Operation } from './operations.ts';
import { shown, usage } from './runtime.ts';

/** Numbers of reductions: a number is added as a double, a bigint as an integer of 64 bits. */
export type Reducible = number | bigint | MpiArray;

/** What a reduction gives: not the very number that went in. */
export type Widened<T> = T extends number ? number : T extends bigint ? bigint : T;

interface Ranks {
  rank: number;
  size: number;
}

export function reduction<T extends Reducible>(operation: string, value: T, how: Operation) {
  if (!OPERATIONS.includes(how)) {
    throw usage(operation, 'MPI_ERR_OP', `There is no operation ${shown(how)}: take one of ${OPERATIONS.join(', ')}.`);
  }
  const from: MpiArray =
    typeof value === 'number' ? Float64Array.of(value) : typeof value === 'bigint' ? BigInt64Array.of(value) : value;
  checkArray(operation, from, 'value');
  const into = emptyLike(from);
  const result = (): Widened<T> => (isArray(value) ? into : into[0]) as Widened<T>;
  return { from, into, result };
}

export function scattering(
  ranks: Ranks,
  from: MpiArray | undefined,
  into: MpiArray,
  root: number,
  counts: readonly number[] | undefined,
) {
  checkArray('scatterInto', into, 'into');
  const lengths = countsOf(ranks, 'scatterInto', counts);
  if (lengths !== null) checkLength('scatterInto', 'into', into, lengths[ranks.rank]!);
  if (ranks.rank === root) {
    checkArray('scatterInto', from, 'from');
    checkSameType('scatterInto', from!, into);
    const needed = lengths === null ? into.length * ranks.size : sum(lengths);
    if (from!.length < needed) {
      const text = `from has ${from!.length} elements, and ${needed} go to ${ranks.size} ranks: pass as many.`;
      throw usage('scatterInto', 'MPI_ERR_COUNT', text);
    }
  }
  const exact = lengths === null ? into : into.subarray(0, lengths[ranks.rank]);
  const sent = ranks.rank === root ? from! : null;
  return [lengths === null ? 'scatter' : 'scatterv', sent, exact, lengths, root] as const;
}

export function gathering(
  ranks: Ranks,
  from: MpiArray,
  into: MpiArray | undefined,
  root: number,
  counts: readonly number[] | undefined,
) {
  const lengths = collecting(ranks, 'gatherInto', from, counts);
  if (ranks.rank === root) checkCollected(ranks, 'gatherInto', from, into, lengths);
  const kept = ranks.rank === root ? into! : null;
  return [lengths === null ? 'gather' : 'gatherv', from, kept, lengths, root] as const;
}

export function gatheringAll(ranks: Ranks, from: MpiArray, into: MpiArray, counts: readonly number[] | undefined) {
  const lengths = collecting(ranks, 'allgatherInto', from, counts);
  checkCollected(ranks, 'allgatherInto', from, into, lengths);
  return [lengths === null ? 'allgather' : 'allgatherv', from, into, lengths, 0] as const;
}

function collecting(
  ranks: Ranks,
  operation: string,
  from: MpiArray,
  counts: readonly number[] | undefined,
): Int32Array | null {
  checkArray(operation, from, 'from');
  const lengths = countsOf(ranks, operation, counts);
  if (lengths !== null && lengths[ranks.rank] !== from.length) {
    const text = `from has ${from.length} elements, and counts says ${lengths[ranks.rank]} for rank ${ranks.rank}: make them equal.`;
    throw usage(operation, 'MPI_ERR_COUNT', text);
  }
  return lengths;
}

function checkCollected(
  ranks: Ranks,
  operation: string,
  from: MpiArray,
  into: MpiArray | undefined,
  lengths: Int32Array | null,
): void {
  checkArray(operation, into, 'into');
  checkSameType(operation, from, into!);
  checkLength(operation, 'into', into!, lengths === null ? from.length * ranks.size : sum(lengths));
}

function countsOf(ranks: Ranks, operation: string, counts: readonly number[] | undefined): Int32Array | null {
  if (counts === undefined) return null;
  if (counts.length === ranks.size && counts.every((count) => Number.isInteger(count) && count >= 0)) {
    return Int32Array.from(counts);
  }
  const text = `counts is ${shown(counts)}: give a whole number from 0 for each of the ${ranks.size} ranks.`;
  throw usage(operation, 'MPI_ERR_COUNT', text);
}

function sum(counts: Int32Array): number {
  return counts.reduce((all, count) => all + count, 0);
}
