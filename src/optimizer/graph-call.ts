import { InvalidBatch } from '../domain/check-batch.ts';
import { GraphServerRefused, QueryError, RevisionConflict } from '../graph/graph-store.ts';
import type { GraphStore, QueryLimits } from '../graph/graph-store.ts';
import { notAgain } from './not-again.ts';
import type { GraphMethod } from './operation.ts';

const FOR_GOOD = [InvalidBatch, GraphServerRefused, QueryError, RevisionConflict];

/** Calls a method of the store. A query, or code, is given no more time than the operation has: the store ends it. */
export async function graphCall(
  store: GraphStore,
  method: GraphMethod,
  input: readonly unknown[],
  timeout: number | undefined,
): Promise<unknown> {
  const bounded = timeout !== undefined && (method === 'query' || method === 'code') ? withTime(input, timeout) : input;
  try {
    return await (store[method] as (...input: unknown[]) => Promise<unknown>)(...bounded);
  } catch (error) {
    throw FOR_GOOD.some((kind) => error instanceof kind) ? notAgain(error) : error;
  }
}

function withTime(input: readonly unknown[], timeout: number): unknown[] {
  const [run, revision, text, limits] = input as [string, number, string, QueryLimits];
  return [run, revision, text, { ...limits, milliseconds: Math.min(limits.milliseconds, timeout) }];
}
