import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { ProcessShare } from '../src/cost/process-share.ts';
import { collectSpending } from '../src/cost/spending.ts';
import { LEDGER_KEY } from '../src/domain/ledger.ts';
import type { ComputeShare, LedgerEntry, WithLedger } from '../src/domain/ledger.ts';

/** One for all activities of a process. */
const share = new ProcessShare();

/**
 * Sends what an attempt spent, and took of its process, along with its result or its failure; the workflow interceptor takes
 * it off again. What neither can carry (a cancel during a backoff, a killed worker) is in the call records.
 */
export const spendingInterceptor: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    // Jobs are called from workflows of others too, which unwrap nothing.
    if (Context.current().info.activityType.startsWith('compute.')) return next(input);
    const entries: LedgerEntry[] = [];
    const ended = share.begin();
    try {
      const value = await collectSpending(entries, () => next(input));
      return { value, [LEDGER_KEY]: entries, compute: rounded(ended()) } satisfies WithLedger;
    } catch (error) {
      const compute = ended();
      if (entries.length === 0 || error instanceof CancelledFailure) throw error;
      throw withSpending(error, entries, rounded(compute));
    }
  },
};

/** To the millionth: histories stay small. */
function rounded({ cpuSeconds, memoryGibSeconds }: ComputeShare): ComputeShare {
  const round = (value: number): number => Math.round(1e6 * value) / 1e6;
  return { cpuSeconds: round(cpuSeconds), memoryGibSeconds: round(memoryGibSeconds) };
}

function withSpending(error: unknown, entries: LedgerEntry[], compute: ComputeShare): ApplicationFailure {
  const detail: WithLedger = { value: null, [LEDGER_KEY]: entries, compute };
  if (error instanceof ApplicationFailure) {
    return ApplicationFailure.create({
      message: error.message,
      type: error.type ?? undefined,
      nonRetryable: error.nonRetryable ?? undefined,
      // oxlint-disable-next-line typescript/no-unsafe-assignment -- the SDK's Duration has no type in ESM: its `ms` brings none
      nextRetryDelay: error.nextRetryDelay ?? undefined,
      details: [...(error.details ?? []), detail],
      cause: error.cause,
    });
  }
  const thrown = error instanceof Error ? error : new Error(String(error));
  return ApplicationFailure.create({ message: thrown.message, type: thrown.name, details: [detail], cause: thrown });
}
