import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  getExternalWorkflowHandle,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  BUDGET_QUERY,
  problemOfRaising,
  problemOfSetting,
  problemOfSettling,
  problemOfTake,
  ROOM_SIGNAL,
} from '../src/domain/owner-messages.ts';
import type { OwnerTaken, OwnerUpdates } from '../src/domain/owner-messages.ts';
import type { Budget } from '../src/domain/run.ts';
import { describeShares, holdersOf, newShares, setLimit, settle, take, wake } from '../src/domain/shares.ts';
import type { SharedBudget, Shares, SharingRun } from '../src/domain/shares.ts';

const define = <Name extends keyof OwnerUpdates>(name: Name) =>
  defineUpdate<OwnerUpdates[Name]['result'], [OwnerUpdates[Name]['input']]>(name);
export const takeUpdate = define('take');
export const settleUpdate = define('settle');
export const setSharedBudgetUpdate = define('setBudget');
export const raiseSharedBudgetUpdate = define('raiseBudget');
export const sharedBudgetQuery = defineQuery<SharedBudget>(BUDGET_QUERY);

/** Messages after which it continues as new, long before Temporal's limits: a server takes 2,000 updates an execution. */
const MANY_MESSAGES = 500;

/** Milliseconds before somebody is asked again to look after runs that ended without a word. */
const BETWEEN_LOOKS = 5_000;

/**
 * Owns a budget that runs share, and grants it in shares. Every message is handled at once, so that nothing is ever half
 * done: a worker that dies over one has done nothing.
 *
 * @param carried what it knows, when it continues as new
 */
export async function budgetOwner(scope: string, limit: Budget, carried?: Shares): Promise<never> {
  let shares = carried ?? newShares(scope, limit);
  let messages = 0;
  let telling = 0;
  let lastLook = -Infinity;

  const tell = async ({ workflowId }: SharingRun): Promise<void> => {
    telling += 1;
    try {
      await getExternalWorkflowHandle(workflowId).signal(ROOM_SIGNAL);
    } catch {
      // It has ended; its share is settled when somebody looks.
    } finally {
      telling -= 1;
    }
  };
  const change = (next: Shares): void => {
    const { shares: woken, woken: runs } = wake(next);
    shares = woken;
    messages += 1;
    for (const run of runs) void tell(run);
  };

  setHandler(sharedBudgetQuery, () => describeShares(shares));
  setHandler(
    takeUpdate,
    (asked): OwnerTaken => {
      const { shares: next, taken } = take(shares, asked);
      change(next);
      if (taken.enough || Date.now() - lastLook < BETWEEN_LOOKS) return taken;
      lastLook = Date.now();
      return { ...taken, look: holdersOf(shares).filter(({ id }) => id !== asked.run.id) };
    },
    validated(problemOfTake),
  );
  setHandler(settleUpdate, (said) => change(settle(shares, said)), validated(problemOfSettling));
  const limited = (next: Budget): SharedBudget => {
    change(setLimit(shares, next));
    return describeShares(shares);
  };
  setHandler(
    setSharedBudgetUpdate,
    limited,
    validated((input) => problemOfSetting(shares, input)),
  );
  setHandler(
    raiseSharedBudgetUpdate,
    limited,
    validated((input) => problemOfRaising(shares, input)),
  );

  // What is being told to runs would be lost with this execution.
  await condition(
    () =>
      (messages >= MANY_MESSAGES || workflowInfo().continueAsNewSuggested) && telling === 0 && allHandlersFinished(),
  );
  return continueAsNew<typeof budgetOwner>(scope, limit, shares);
}

function validated(problemOf: (input: unknown) => string | undefined): { validator: (input: unknown) => void } {
  return {
    validator: (input) => {
      const message = problemOf(input);
      if (message !== undefined)
        throw ApplicationFailure.create({ type: 'UpdateRefused', message, nonRetryable: true });
    },
  };
}
