import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowUpdateFailedError } from '@temporalio/client';

const ATTEMPTS = 5;
/** Milliseconds before the second attempt; twice as many before each other. */
const PAUSE = 200;

/**
 * Sends an update again that no worker has taken up. The server gives one up so when the workflow task that brought it ends without a
 * word of it, as of a worker that ends or falls behind just then; nothing of it has been done.
 */
export async function untilProcessed<T>(update: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await update();
    } catch (error) {
      if (attempt === ATTEMPTS || !isUnprocessed(error)) throw error;
      await delay(PAUSE * 2 ** (attempt - 1));
    }
  }
}

/** `UnprocessedUpdate` is what Temporal's server calls it: service/history/workflow/update. */
function isUnprocessed(error: unknown): boolean {
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === 'UnprocessedUpdate'
  );
}
