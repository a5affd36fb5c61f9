import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { HedgePlan } from '../src/domain/plan.ts';
import { startLeavable } from './late.ts';
import type { LeavableCall } from './late.ts';

export interface HedgedCall<T> {
  call: () => Promise<T>;
  /** The second call; undefined when there is no room for one. */
  again: () => (() => Promise<T>) | undefined;
  /** Whether an answer will do: one that does not is waited past, while the other call may still give a better one. */
  isGood: (answer: T) => boolean;
}

/** Calls of this execution, and how many of them were made twice. */
const made = { calls: 0, twice: 0 };

/** Calls that may be made twice whatever the share: a run's first ones are few. */
const ALWAYS = 2;

/**
 * Makes a call, and the same once more beside it when it has not come back after a while (a hedged request: J. Dean and
 * L. A. Barroso, "The Tail at Scale", 2013): the first good answer counts. A call that fails leaves the other to answer.
 */
export async function hedged<T>(plan: HedgePlan | undefined, { call, again, isGood }: HedgedCall<T>): Promise<T> {
  if (plan === undefined) return call();
  made.calls += 1;
  const first = startLeavable(call);
  if (plan.after > 0 && !(await isSlow(first.answer, plan.after))) return first.answer;
  if (made.twice >= ALWAYS + plan.share * made.calls) return first.answer;
  const second = again();
  if (second === undefined) return first.answer;
  made.twice += 1;
  return firstGood([first, startLeavable(second)], isGood);
}

/** Whether a call has not ended after so many milliseconds. */
async function isSlow(answer: Promise<unknown>, after: number): Promise<boolean> {
  const timer = new CancellationScope();
  const ended = answer.then(
    () => false,
    () => false,
  );
  const slow = timer
    .run(() => sleep(after))
    .then(
      () => true,
      (error: unknown) => {
        // The timer was stopped, or the whole run is: the call itself tells which.
        if (isCancellation(error)) return false;
        throw error;
      },
    );
  try {
    return await Promise.race([ended, slow]);
  } finally {
    timer.cancel();
    await slow;
  }
}

/** The good answer that comes first, else the answer that came last; the error of the first when all fail. */
async function firstGood<T>(calls: readonly LeavableCall<T>[], isGood: (answer: T) => boolean): Promise<T> {
  const poor: T[] = [];
  const good = calls.map(async ({ answer }) => {
    const value = await answer;
    if (isGood(value)) return value;
    poor.push(value);
    throw new NotGood();
  });
  try {
    return await Promise.any(good);
  } catch (error) {
    if (poor.length > 0) return poor.at(-1)!;
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    for (const call of calls) call.leave();
  }
}

class NotGood extends Error {}
