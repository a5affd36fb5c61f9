import { ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { ActivityFailure } from '@temporalio/workflow';
import { timeoutReason } from '../src/domain/timeouts.ts';
import { WORKER_DIED } from '../src/domain/worker-died.ts';

/** Whether nobody knows what came of an activity: its worker died, or was blocked. What it was paid for is in the records alone. */
export function isLost({ cause }: ActivityFailure): boolean {
  return cause instanceof TimeoutFailure || (cause instanceof ApplicationFailure && cause.type === WORKER_DIED);
}

/** Why an activity failed, in words for a person and for the next vote. */
export function reasonOf({ cause, message }: ActivityFailure): string {
  if (!(cause instanceof TimeoutFailure)) return cause?.message ?? message;
  // Attempts that failed before the time was up say more.
  const last = cause.cause instanceof ApplicationFailure ? `; the last failure: ${cause.cause.message}` : '';
  return `${timeoutReason(cause.timeoutType)}${last}`;
}
