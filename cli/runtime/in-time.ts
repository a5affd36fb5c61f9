import type { Connection } from '@temporalio/client';

/** A server did not answer in time. */
export class NotInTime extends Error {
  constructor(milliseconds: number) {
    super(`no answer came within ${milliseconds / 1000} s`);
    this.name = 'NotInTime';
  }
}

/**
 * Makes calls on a connection, and ends them when they take too long, by a clock that nobody sets: a deadline of gRPC is a
 * time of day, which passes at once, or never, where the machine's clock is set in between.
 *
 * @throws {NotInTime} after so many milliseconds
 * @throws the reason of `signal`, as soon as that is aborted
 */
export async function inTime<T>(
  connection: Connection,
  milliseconds: number,
  calls: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new NotInTime(milliseconds)), milliseconds);
  const ended = AbortSignal.any(signal === undefined ? [late.signal] : [late.signal, signal]);
  // To end the call under way is not enough: one that is retried would be waited for.
  const { promise: over, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(ended.reason as Error);
  ended.addEventListener('abort', end);
  try {
    return await Promise.race([connection.withAbortSignal(ended, calls), over]);
  } finally {
    clearTimeout(timer);
    ended.removeEventListener('abort', end);
  }
}
