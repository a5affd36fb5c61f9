import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { collectSpending } from '../src/cost/spending.ts';
import { LEDGER_KEY } from '../src/domain/ledger.ts';
import type { LedgerEntry, WithLedger } from '../src/domain/ledger.ts';

/**
 * Sends what an attempt spent along with its result or its failure; the workflow interceptor takes it off again. What
 * neither can carry (a cancel during a backoff, a killed worker) is in the call records.
 */
export const spendingInterceptor: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    const entries: LedgerEntry[] = [];
    try {
      const value = await collectSpending(entries, () => next(input));
      return entries.length === 0 ? value : ({ value, [LEDGER_KEY]: entries } satisfies WithLedger);
    } catch (error) {
      if (entries.length === 0 || error instanceof CancelledFailure) throw error;
      throw withSpending(error, entries);
    }
  },
};

function withSpending(error: unknown, entries: LedgerEntry[]): ApplicationFailure {
  const detail: WithLedger = { value: null, [LEDGER_KEY]: entries };
  if (error instanceof ApplicationFailure) {
    return ApplicationFailure.create({
      message: error.message,
      type: error.type ?? undefined,
      nonRetryable: error.nonRetryable ?? undefined,
      // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- the SDK's Duration has no type in ESM: its `ms` brings none
      nextRetryDelay: error.nextRetryDelay ?? undefined,
      details: [...(error.details ?? []), detail],
      cause: error.cause,
    });
  }
  const thrown = error instanceof Error ? error : new Error(String(error));
  return ApplicationFailure.create({ message: thrown.message, type: thrown.name, details: [detail], cause: thrown });
}
