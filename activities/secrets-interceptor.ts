import { ApplicationFailure } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { inspect } from 'node:util';
import { withoutSecrets } from '../src/config/secrets.ts';

/**
 * Takes the worker's secrets out of what activities throw, before it is logged, traced or written into the history. Errors
 * of HTTP clients carry their request, with its keys, as a property, a cause or in the text.
 */
export const secretsInterceptor: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    try {
      return await next(input);
    } catch (error) {
      throw holdsSecret(error) ? withoutSecretsInIt(error) : error;
    }
  },
};

/** Causes that are looked at: no error has more, and one that is its own cause has no end. */
const DEPTH = 12;

/** Looks where a logger would. */
function holdsSecret(error: unknown): boolean {
  const shown = inspect(error, { depth: DEPTH, maxStringLength: Infinity, maxArrayLength: Infinity });
  return withoutSecrets(shown) !== shown;
}

/** The same error as far as Temporal tells errors apart, and nothing that clients have hung on it. */
function withoutSecretsInIt(error: unknown, depth = DEPTH): Error {
  const thrown = error instanceof Error ? error : new Error(String(error));
  const message = withoutSecrets(thrown.message);
  const cause = thrown.cause === undefined || depth === 0 ? undefined : withoutSecretsInIt(thrown.cause, depth - 1);
  const clean =
    thrown instanceof ApplicationFailure ? failureOf(thrown, message, cause) : new Error(message, { cause });
  if (!(clean instanceof ApplicationFailure)) clean.name = thrown.name;
  clean.stack = withoutSecrets(thrown.stack ?? '');
  return clean;
}

function failureOf(failure: ApplicationFailure, message: string, cause: Error | undefined): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: failure.type ?? undefined,
    nonRetryable: failure.nonRetryable ?? undefined,
    // oxlint-disable-next-line typescript/no-unsafe-assignment -- the SDK's Duration has no type in ESM: its `ms` brings none
    nextRetryDelay: failure.nextRetryDelay ?? undefined,
    category: failure.category ?? undefined,
    details: JSON.parse(withoutSecrets(JSON.stringify(failure.details ?? []))) as unknown[],
    cause,
  });
}
