import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import type { Connection, ConnectionOptions } from '@temporalio/client';

/** Retries the calls of one connection. */
export interface Retries {
  interceptors: NonNullable<ConnectionOptions['interceptors']>;
  /** Makes no more of them, and closes the connection: where one is due still, as soon as that has been made. */
  close(connection: Connection): Promise<void>;
}

/** Milliseconds by which a timer may be late. */
const LATE = 1_000;

/** Retries as the SDK does, but for this: made on a channel that is closed, one would throw where nobody catches it. */
export function retriesUntilClosed(): Retries {
  const { delayFunction, retryableDecider } = defaultGrpcRetryOptions();
  let closed = false;
  let lastDue = -Infinity;
  const interceptor = makeGrpcRetryInterceptor({
    retryableDecider: (attempt, status) => !closed && retryableDecider(attempt, status),
    delayFunction: (attempt, status) => {
      const delay = delayFunction(attempt, status);
      lastDue = Math.max(lastDue, performance.now() + delay);
      return delay;
    },
  });
  return {
    interceptors: [interceptor],
    close: async (connection) => {
      closed = true;
      const left = lastDue - performance.now();
      if (left < -LATE) await connection.close();
      else setTimeout(() => void connection.close(), left + LATE).unref();
    },
  };
}
