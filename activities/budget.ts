import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import PQueue from 'p-queue';
import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import { isOpen } from '../src/client/is-open.ts';
import { sharedBudget, SharedBudgetError, updateOwner } from '../src/client/shared-budgets.ts';
import { readLedgerEntries } from '../src/cost/call-records.ts';
import { sumEntries } from '../src/domain/ledger.ts';
import { SCOPE_MISSING } from '../src/domain/owner-messages.ts';
import type { OwnerTaken, OwnerUpdates, SettleCall, TakeCall } from '../src/domain/owner-messages.ts';
import type { Budget } from '../src/domain/run.ts';
import { missingScope, ownerId } from '../src/domain/scopes.ts';
import { spentOf } from '../src/domain/shares.ts';
import type { SharingRun, Taken } from '../src/domain/shares.ts';
import { withHeartbeat } from './heartbeat.ts';

/** Updates at once: a server takes ten of one workflow, and the others would come again a second later. */
const UPDATES_AT_ONCE = 8;

/** The activities by which runs talk to the owners of their budgets. */
export function createBudgetActivities({
  artifacts,
}: {
  artifacts: ArtifactStore;
}): Record<string, (...args: never[]) => Promise<unknown>> {
  const updates = new PQueue({ concurrency: UPDATES_AT_ONCE });
  const send = <Name extends keyof OwnerUpdates>(scope: string, name: Name, input: OwnerUpdates[Name]['input']) =>
    updates.add(() => tellOwner(Context.current().client, scope, name, input));
  const takeShare = async ({ scope, take }: TakeCall): Promise<Taken> => {
    const { look = [], ...taken } = await send(scope, 'take', take);
    let settled = 0;
    for (const run of look) {
      if (!(await endedForGood(Context.current().client, run))) continue;
      const spent = spentOf(sumEntries(await readLedgerEntries(artifacts, run.id)));
      await send(scope, 'settle', { id: run.id, spent, request: Number.MAX_SAFE_INTEGER });
      settled += 1;
    }
    if (settled === 0) return taken;
    // Nothing was granted on the request so far.
    const { granted, enough }: OwnerTaken = await send(scope, 'take', take);
    return { granted, enough };
  };
  return {
    'budget.take': (call: TakeCall): Promise<Taken> => withHeartbeat(() => takeShare(call)),
    'budget.settle': ({ scope, settle }: SettleCall): Promise<void> =>
      withHeartbeat(() => send(scope, 'settle', settle)),
  };
}

async function tellOwner<Name extends keyof OwnerUpdates>(
  client: Client,
  scope: string,
  name: Name,
  input: OwnerUpdates[Name]['input'],
): Promise<OwnerUpdates[Name]['result']> {
  try {
    return await updateOwner(client, scope, name, input);
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      throw refuse('BudgetRefused', error.cause?.message ?? error.message);
    }
    // One that continues as new at this moment is found a moment later.
    if (error instanceof WorkflowNotFoundError && !(await isOpen(client, ownerId(scope)))) {
      throw refuse(SCOPE_MISSING, missingScope(scope));
    }
    throw error;
  }
}

/** Milliseconds after a run's end within which calls of it may still be on their way into the records. */
const LATE = 10_000;

/** Whether a run has ended without settling, and nothing of it is under way any more. */
async function endedForGood(client: Client, { workflowId, firstExecutionRunId }: SharingRun): Promise<boolean> {
  try {
    const { status, startTime, closeTime, runId, raw } = await client.workflow.getHandle(workflowId).describe();
    const first = raw.workflowExecutionInfo?.firstRunId || runId;
    // Where the workflow id is another run's by now, this one ended before that began.
    const ended = first === firstExecutionRunId ? closeTime : startTime;
    return (first !== firstExecutionRunId || status.name !== 'RUNNING') && isPast(ended);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return true;
    throw error;
  }
}

function isPast(time: Date | undefined): boolean {
  return time !== undefined && Date.now() - time.getTime() > LATE;
}

/**
 * The limits of a run's budget scopes.
 *
 * @throws {ApplicationFailure} that is not retried, when one was never set
 */
export async function limitsOf(scopes: readonly string[]): Promise<Budget[]> {
  const { client } = Context.current();
  try {
    return await Promise.all(scopes.map(async (scope) => (await sharedBudget(client, scope)).limit));
  } catch (error) {
    if (error instanceof SharedBudgetError) throw refuse(SCOPE_MISSING, error.message);
    throw error;
  }
}

function refuse(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}
