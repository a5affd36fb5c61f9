import { setTimeout as delay } from 'node:timers/promises';
import { StoreUnwritableError } from './artifact-store.ts';

/** Milliseconds between attempts. */
const WAIT = 1_000;

/**
 * Writes what was paid for, or has changed something outside: while the store takes no more it is tried again, as what is
 * given up here is lost.
 *
 * @throws the signal's reason once it aborts
 */
export async function whenWritable<T>(write: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof StoreUnwritableError)) throw error;
    }
    await delay(WAIT, undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  }
}
