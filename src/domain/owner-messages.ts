import type { Budget } from './run.ts';
import type { SharedBudget, SharingRun, Take, Taken, Settle } from './shares.ts';

/** What the owner of a shared budget is told and asked: names, arguments and results. */

/** The owner's query; its result is a {@link SharedBudget}. */
export const BUDGET_QUERY = 'budget';

/** The signal by which a run that waits for room learns that there is some. */
export const ROOM_SIGNAL = 'budgetHasRoom';

export interface OwnerUpdates {
  take: { input: Take; result: OwnerTaken };
  settle: { input: Settle; result: void };
  /** Sets the limit, higher or lower. */
  setBudget: { input: Budget; result: SharedBudget };
  /** Sets a higher limit. */
  raiseBudget: { input: Budget; result: SharedBudget };
}

export interface OwnerTaken extends Taken {
  /** Where there was too little room: runs that hold shares, one of which may have ended without a word. */
  look?: SharingRun[];
}

/** Input of the activity `budget.take`. */
export interface TakeCall {
  scope: string;
  take: Take;
}

/** Input of the activity `budget.settle`. */
export interface SettleCall {
  scope: string;
  settle: Settle;
}

/** Type of the failure of both where the scope has no owner. */
export const SCOPE_MISSING = 'BudgetScopeMissing';

/** Why a limit is none, as a sentence; undefined when it is one. */
export function problemOfLimit(input: unknown): string | undefined {
  const given = Object.entries((input ?? {}) as Record<string, unknown>).filter(([, value]) => value !== undefined);
  if (given.length === 0) return 'No limit was given: give it as {tokens} or {dollars}.';
  for (const [unit, value] of given) {
    if (unit !== 'tokens' && unit !== 'dollars') return `There is no budget in ${unit}: give tokens or dollars.`;
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
      return `${JSON.stringify(value)} ${unit} are no budget: give a number over 0.`;
    }
  }
  return undefined;
}

/**
 * Why a shared budget cannot be set to `input`; undefined when it can. Its units stay what they were: runs that hold
 * shares know of no others.
 */
export function problemOfSetting(
  { scope, limit }: { scope: string; limit: Budget },
  input: unknown,
): string | undefined {
  const problem = problemOfLimit(input);
  if (problem !== undefined) return problem;
  for (const unit of Object.keys(input as Budget)) {
    if (limit[unit as keyof Budget] !== undefined) continue;
    return `The budget ${scope} is in ${Object.keys(limit).join(' and ')}, and stays so: give its limit in that.`;
  }
  return undefined;
}

/** Why a shared budget cannot be raised to `input`; undefined when it can. */
export function problemOfRaising(shared: { scope: string; limit: Budget }, input: unknown): string | undefined {
  const problem = problemOfSetting(shared, input);
  if (problem !== undefined) return problem;
  for (const [unit, value] of Object.entries(input as Budget) as [keyof Budget, number][]) {
    const limit = shared.limit[unit]!;
    if (value > limit) continue;
    return `The budget ${shared.scope} is ${limit} ${unit}, and ${value} is not more: give a higher number.`;
  }
  return undefined;
}

/** Why a request for a share cannot be answered; undefined when it can. A number that is none would spoil every sum. */
export function problemOfTake(input: unknown): string | undefined {
  const { run, request, spent, least, wish } = (input ?? {}) as Partial<Take>;
  const named = isText(run?.id) && isText(run.workflowId) && isText(run.firstExecutionRunId);
  const right = named && Number.isSafeInteger(request) && [spent, least, wish].every(isAmount);
  return right ? undefined : 'A share is asked for with {run, request, spent, least, wish, waits}.';
}

/** Why a run's spending cannot be entered; undefined when it can. */
export function problemOfSettling(input: unknown): string | undefined {
  const { id, spent, request } = (input ?? {}) as Partial<Settle>;
  const right = isText(id) && Number.isSafeInteger(request) && isAmount(spent);
  return right ? undefined : 'A run settles with {id, spent, request}.';
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isAmount(value: unknown): boolean {
  const { tokens, dollars } = (value ?? {}) as Record<string, unknown>;
  return [tokens, dollars].every((number) => typeof number === 'number' && Number.isFinite(number) && number >= 0);
}
