import { openRuntime } from '../cli/runtime/open-runtime.ts';
import type { OpenRuntimeOptions, Runtime } from '../cli/runtime/open-runtime.ts';

/** Thrown when the person has pressed Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor() {
    super('Interrupted.');
  }
}

/** Work that Ctrl-C leaves behind, so that what was opened for it is closed in order. @throws {Interrupted} */
export async function untilInterrupted<T>(work: () => Promise<T>): Promise<T> {
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const interrupt = (): void => reject(new Interrupted());
  process.once('SIGINT', interrupt);
  const working = work();
  // Once it was left behind, what becomes of it is of no interest.
  working.catch(() => undefined);
  try {
    return await Promise.race([working, interrupted]);
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
}

/** Opens a runtime of which Ctrl-C leaves nothing, also while it opens. @throws {Interrupted} */
export async function openBenchRuntime(options: OpenRuntimeOptions): Promise<Runtime> {
  const opening = new AbortController();
  const interrupt = (): void => opening.abort(new Interrupted());
  process.once('SIGINT', interrupt);
  try {
    return await openRuntime({ ...options, signal: opening.signal });
  } catch (error) {
    throw opening.signal.aborted ? new Interrupted() : error;
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
}

/** Ends the process as a shell expects of one that was interrupted; other errors pass. */
export function endIfInterrupted(error: unknown): never {
  if (!(error instanceof Interrupted)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(130);
}
