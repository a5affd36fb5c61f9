import { Context } from '@temporalio/activity';
import { enterUnderWay } from './under-way.ts';

/** Milliseconds between heartbeats: short, so that a dead worker is found and a cancel arrives at once. */
const BEAT = 250;

/**
 * Runs an activity's work under a heartbeat ticker. A ticker shows that the process lives, not that the work goes on:
 * each call needs a deadline of its own as well.
 */
export async function withHeartbeat<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  context.heartbeat();
  const leave = enterUnderWay(context.info.activityType);
  const ticker = setInterval(() => context.heartbeat(), BEAT);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(ticker);
    leave();
  }
}
