import { Context } from '@temporalio/activity';
import { BEAT_MILLISECONDS } from '../src/domain/timeouts.ts';
import { enterUnderWay } from './under-way.ts';

/**
 * Runs an activity's work under a heartbeat ticker. A ticker shows that the process lives, not that the work goes on:
 * each call needs a deadline of its own as well.
 *
 * @param work is given the signal of a cancel, and tells with `tell` how it goes: each beat says what it told last
 */
export async function withHeartbeat<T>(
  work: (signal: AbortSignal, tell: (details: unknown) => void) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const leave = enterUnderWay(context.info);
  let told: unknown[] = [];
  const ticker = setInterval(() => context.heartbeat(...told), BEAT_MILLISECONDS);
  try {
    return await work(context.cancellationSignal, (details) => {
      told = [details];
    });
  } finally {
    clearInterval(ticker);
    leave();
  }
}
