import { inspect } from 'node:util';
import { withoutSecrets } from '../src/config/secrets.ts';

/** Ends the process on an error that nobody catches, as Node does, but says it without the environment's secrets. */
export function endOnUncaughtError(): void {
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${withoutSecrets(inspect(error))}\n`, () => process.exit(1));
  });
}
