import { inspect } from 'node:util';

/**
 * Keeps this process alive when a tool leaves an error behind that nobody catches: a promise that rejects after its call, a
 * timer or an emitter that throws. Other calls go on; the error is in the log.
 */
export function surviveErrors(): void {
  const say = (error: unknown): void => {
    process.stderr.write(
      `An error that no call is waiting for, most likely left behind by a tool: ${inspect(error)}\n`,
    );
  };
  process.on('uncaughtException', say);
  process.on('unhandledRejection', say);
}

/** Keeps this process alive when its log cannot be written any more, as on a full disk. */
export function surviveFullLog(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
