import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { truncate } from '../src/domain/text.ts';

/** Characters of an error's words, and of its causes', at most: they go into the history. */
const ERROR_CHARACTERS = 2_000;
const STACK_CHARACTERS = 8_000;
const MOST_CAUSES = 5;

/** Whatever was thrown, as an error that fits into a history: one that does not would never be reported. */
export function boundedError(thrown: unknown): unknown {
  if (thrown instanceof CancelledFailure) return thrown;
  if (!(thrown instanceof Error))
    return new Error(`${describe(thrown)} was thrown: throw an Error that says what is wrong.`);
  if (fits(thrown)) return thrown;
  const own = thrown instanceof ApplicationFailure ? thrown : undefined;
  const bounded = ApplicationFailure.create({
    type: own?.type ?? truncate(thrown.name, 100),
    message: truncate(thrown.message, ERROR_CHARACTERS),
    nonRetryable: own?.nonRetryable ?? false,
  });
  bounded.stack = truncate(thrown.stack ?? '', STACK_CHARACTERS);
  return bounded;
}

function fits(error: Error): boolean {
  let causes = 0;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { message, stack = '' } = cause;
    if (message.length > ERROR_CHARACTERS || stack.length > STACK_CHARACTERS + ERROR_CHARACTERS) return false;
    causes += 1;
    if (causes > MOST_CAUSES) return false;
  }
  return true;
}

function describe(thrown: unknown): string {
  try {
    return truncate(typeof thrown === 'string' ? JSON.stringify(thrown) : String(thrown), ERROR_CHARACTERS);
  } catch {
    return 'What cannot be read';
  }
}
