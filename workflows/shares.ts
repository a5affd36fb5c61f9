import { ActivityFailure, ApplicationFailure, isCancellation, workflowInfo } from '@temporalio/workflow';
import { SCOPE_MISSING } from '../src/domain/owner-messages.ts';
import type { Budget } from '../src/domain/run.ts';
import { missingScope } from '../src/domain/scopes.ts';
import { limitedUnits, NOTHING, spentOf } from '../src/domain/shares.ts';
import type { Amount, SharingRun } from '../src/domain/shares.ts';
import { settleBudget, takeFromBudget } from './activities.ts';
import { liveLedger } from './live-ledger.ts';
import { addNote } from './state.ts';
import type { RunState } from './state.ts';

/** What the owners of a run's budget scopes have granted it, as totals since it began. */
export interface RunShares {
  /** By scope. */
  granted: Record<string, Budget>;
  /** Requests for shares so far. */
  asked: number;
}

export function scopesOf({ prepared }: RunState): readonly string[] {
  return prepared.options.budgetScopes ?? [];
}

/** What the run may spend in all: its own budget, and what each of its scopes has granted. */
export function limitOf(state: RunState): Budget | undefined {
  const scopes = scopesOf(state);
  if (scopes.length === 0) return state.wheel.budget;
  return scopes.map((scope) => grantedBy(state, scope)).reduce(smaller, state.wheel.budget ?? {});
}

/** Nothing, until its owner has granted something. */
export function grantedBy({ shares }: RunState, scope: string): Budget {
  return shares?.granted[scope] ?? NOTHING;
}

function smaller(one: Budget, other: Budget): Budget {
  const limits = { ...one };
  for (const unit of limitedUnits(other)) limits[unit] = Math.min(limits[unit] ?? Infinity, other[unit]!);
  return limits;
}

/**
 * Asks those of the run's scopes for at least `least` in all that have granted less than `below`.
 *
 * @param asked.waits whether they are to tell the run when they have room
 */
export async function askForShares(
  state: RunState,
  { least, wish, below, waits }: { least: Amount; wish: Amount; below: Amount; waits: boolean },
): Promise<void> {
  const shares = (state.shares ??= { granted: {}, asked: 0 });
  const short = scopesOf(state).filter((scope) => {
    const granted = grantedBy(state, scope);
    return limitedUnits(granted).some((unit) => granted[unit]! < below[unit]);
  });
  if (short.length === 0) return;
  shares.asked += 1;
  const take = { run: sharingRun(state), request: shares.asked, spent: spentOf(liveLedger()), least, wish, waits };
  await Promise.all(
    short.map(async (scope) => {
      try {
        shares.granted[scope] = (await takeFromBudget({ scope, take })).granted;
      } catch (error) {
        if (!isMissing(error)) throw error;
        addNote(state, missingScope(scope));
      }
    }),
  );
}

/** Tells the scopes what the run has spent, and gives back the rest. */
export async function settleShares(state: RunState): Promise<void> {
  if (state.shares === undefined) return;
  const settle = { id: state.prepared.run.id, spent: spentOf(liveLedger()), request: state.shares.asked };
  await Promise.all(
    scopesOf(state).map(async (scope) => {
      try {
        await settleBudget({ scope, settle });
      } catch (error) {
        // There is nobody to be told any more.
        if (!isMissing(error)) throw error;
      }
    }),
  );
}

function sharingRun({ prepared }: RunState): SharingRun {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  return { id: prepared.run.id, workflowId, firstExecutionRunId };
}

function isMissing(error: unknown): boolean {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) return false;
  return error.cause instanceof ApplicationFailure && error.cause.type === SCOPE_MISSING;
}
