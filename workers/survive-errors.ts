import { inspect } from 'node:util';
import { writePlainly } from './plain-logger.ts';

/** Ends this process on an error that nobody catches, as Node does, and says it as plainly as the log. */
export function endOnUncaughtError(): void {
  process.on('uncaughtException', end);
}

/**
 * Keeps this process alive from now on when a tool leaves an error behind that nobody catches: a promise that rejects after
 * its call, a timer or an emitter that throws. Other calls go on; the error is in the log.
 */
export function surviveErrors(): void {
  process.off('uncaughtException', end);
  process.on('uncaughtException', say);
  process.on('unhandledRejection', say);
}

/** Keeps this process alive when its log cannot be written any more, as on a full disk. */
export function surviveFullLog(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

function end(error: unknown): void {
  writePlainly(inspect(error), () => process.exit(1));
}

function say(error: unknown): void {
  writePlainly(`An error that no call is waiting for, most likely left behind by a tool: ${inspect(error)}`);
}
