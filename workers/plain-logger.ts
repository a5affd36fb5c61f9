import { DefaultLogger } from '@temporalio/worker';
import type { LogLevel } from '@temporalio/worker';
import { inspect } from 'node:util';
import { withoutSecrets } from '../src/config/secrets.ts';
import { showUnseen } from '../src/domain/unseen.ts';

/**
 * Logs to stderr as Temporal's own logger does, without the environment's secrets, and without what a terminal would obey:
 * errors of tools are said by whoever they ask.
 */
export function plainLogger(level: LogLevel): DefaultLogger {
  return new DefaultLogger(level, ({ level: severity, timestampNanos, message, meta }) => {
    const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
    writePlainly(`${time} [${severity}] ${message}${meta === undefined ? '' : ` ${inspect(meta)}`}`);
  });
}

/** Writes a line to stderr as the log does. */
export function writePlainly(text: string, written?: () => void): void {
  process.stderr.write(`${showUnseen(withoutSecrets(text))}\n`, written);
}
