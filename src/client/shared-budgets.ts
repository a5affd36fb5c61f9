import { WithStartWorkflowOperation, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { BUDGET_QUERY, problemOfLimit } from '../domain/owner-messages.ts';
import type { OwnerUpdates } from '../domain/owner-messages.ts';
import { QUEUES } from '../domain/queues.ts';
import type { Budget } from '../domain/run.ts';
import { missingScope, ownerId, problemOfScope } from '../domain/scopes.ts';
import type { SharedBudget } from '../domain/shares.ts';
import { untilProcessed } from './until-processed.ts';

/** Thrown when a budget that runs share is named or set wrongly, or was never set. */
export class SharedBudgetError extends Error {
  override readonly name = 'SharedBudgetError';
}

/**
 * Sets a budget that runs share: one that is new, or a new limit of one that there is.
 *
 * @param scope `batch:NAME`, `user:NAME` or `day:YYYY-MM-DD`
 * @throws {SharedBudgetError}
 */
export async function setSharedBudget(client: Client, scope: string, limit: Budget): Promise<SharedBudget> {
  refuse(problemOfScope(scope) ?? problemOfLimit(limit));
  const set = (): Promise<SharedBudget> => {
    const startWorkflowOperation = new WithStartWorkflowOperation('budgetOwner', {
      args: [scope, limit],
      workflowId: ownerId(scope),
      workflowIdConflictPolicy: 'USE_EXISTING',
      taskQueue: QUEUES.runs,
      workflowTaskTimeout: '5s',
      staticSummary: `owns the budget ${scope}`,
    });
    return client.workflow.executeUpdateWithStart('setBudget', { args: [limit], startWorkflowOperation });
  };
  return updating(scope, () => untilProcessed(set));
}

/**
 * Raises the limit of a budget that runs share; runs that wait for room go on.
 *
 * @throws {SharedBudgetError} also when it was never set
 */
export async function raiseSharedBudget(client: Client, scope: string, limit: Budget): Promise<SharedBudget> {
  refuse(problemOfScope(scope));
  return updating(scope, () => updateOwner(client, scope, 'raiseBudget', limit));
}

/**
 * How a budget that runs share stands. A worker must serve the queue `kgot`.
 *
 * @throws {SharedBudgetError} when it was never set
 */
export async function sharedBudget(client: Client, scope: string): Promise<SharedBudget> {
  refuse(problemOfScope(scope));
  return updating(scope, () => client.workflow.getHandle(ownerId(scope)).query<SharedBudget>(BUDGET_QUERY));
}

/** All budgets that runs share, in the order of their names. */
export async function listSharedBudgets(client: Client): Promise<SharedBudget[]> {
  const ids = new Set<string>();
  const query = `WorkflowType = 'budgetOwner' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) ids.add(workflowId);
  const listed: SharedBudget[] = [];
  for (const id of [...ids].sort()) {
    try {
      listed.push(await client.workflow.getHandle(id).query<SharedBudget>(BUDGET_QUERY));
    } catch (error) {
      // The list lags behind.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  return listed;
}

/** Sends an update to the owner of a budget. */
export function updateOwner<Name extends keyof OwnerUpdates>(
  client: Client,
  scope: string,
  name: Name,
  input: OwnerUpdates[Name]['input'],
): Promise<OwnerUpdates[Name]['result']> {
  const owner = client.workflow.getHandle(ownerId(scope));
  return untilProcessed(() =>
    owner.executeUpdate<OwnerUpdates[Name]['result'], [OwnerUpdates[Name]['input']]>(name, { args: [input] }),
  );
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new SharedBudgetError(problem);
}

async function updating<T>(scope: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new SharedBudgetError(missingScope(scope), { cause: error });
    if (error instanceof WorkflowUpdateFailedError) {
      throw new SharedBudgetError(error.cause?.message ?? error.message, { cause: error });
    }
    throw error;
  }
}
