import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { WorkflowInterceptors, WorkflowOutboundCallsInterceptor } from '@temporalio/workflow';
import type { LedgerEntry } from '../src/domain/ledger.ts';
import { isWithLedger, LEDGER_KEY } from '../src/domain/ledger.ts';
import { enterSpending } from './live-ledger.ts';

/** Unwraps what each attempt spent from its result or its failure and enters it into the live ledger. */
const unwrapSpending: WorkflowOutboundCallsInterceptor = {
  async scheduleActivity(input, next) {
    try {
      return unwrap(await next(input));
    } catch (error) {
      if (error instanceof ActivityFailure && error.cause instanceof ApplicationFailure) {
        for (const detail of error.cause.details ?? []) unwrap(detail);
      }
      throw error;
    }
  },
  async scheduleLocalActivity(input, next) {
    return unwrap(await next(input));
  },
};

function unwrap(result: unknown): unknown {
  if (!isWithLedger(result)) return result;
  enterSpending(result[LEDGER_KEY] satisfies LedgerEntry[], result.compute);
  return result.value;
}

export const interceptors = (): WorkflowInterceptors => ({ outbound: [unwrapSpending] });
