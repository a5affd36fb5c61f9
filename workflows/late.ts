import { CancellationScope } from '@temporalio/workflow';

/** A call that may be left behind: whoever waited for it goes on without it. */
export interface LeavableCall<T> {
  answer: Promise<T>;
  /** Goes on without its answer. It is paid for all the same, so it may still come back. */
  leave(): void;
}

/** Calls that nobody waits for any more, and how each is stopped. */
const late = new Map<Promise<unknown>, CancellationScope>();

/** Starts a call that may be left behind; a cancel of the run stops it like any other. */
export function startLeavable<T>(call: () => Promise<T>): LeavableCall<T> {
  const scope = new CancellationScope();
  const answer = scope.run(call);
  let over = false;
  const ended = (): void => {
    over = true;
    late.delete(answer);
  };
  answer.then(ended, ended);
  return {
    answer,
    leave: () => {
      if (!over) late.set(answer, scope);
    },
  };
}

/**
 * Stops calls that were left behind and have not come back, and waits until they have stopped: what they spent is in the
 * records then. A call in a scope that ends with it would be stopped anyway.
 */
export async function stopLate(): Promise<void> {
  for (const scope of late.values()) scope.cancel();
  await Promise.allSettled([...late.keys()]);
}
