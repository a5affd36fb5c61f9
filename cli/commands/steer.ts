import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { runHandle } from '../../src/client/client.ts';
import type { RunHandle } from '../../src/client/client.ts';
import type { Budget } from '../../src/domain/run.ts';
import { describeToolCall } from '../../src/domain/tools.ts';
import { UserError } from '../errors.ts';
import type { GlobalOptions } from '../options.ts';
import { Session } from '../session.ts';
import { waitingLine } from '../show/waiting.ts';
import { findOpenable } from '../find-run.ts';

/** Commands that steer a run while it works. */

export function hint(id: string, text: string, options: GlobalOptions): Promise<void> {
  return steer(id, options, async (run) => {
    const { hints } = await run.addHint(text);
    return [
      { id, hints },
      `The run has ${hints === 1 ? 'its first hint' : `${hints} hints`}: every later prompt shows it.`,
    ];
  });
}

export function raise(id: string, budget: Budget, options: GlobalOptions): Promise<void> {
  return steer(id, options, async (run) => {
    const raised = await run.raiseBudget(budget);
    const limits = [
      ...(raised.dollars === undefined ? [] : [`$${raised.dollars}`]),
      ...(raised.tokens === undefined ? [] : [`${raised.tokens} tokens`]),
    ];
    return [{ id, budget: raised }, `The budget is ${limits.join(' and ')} now.`];
  });
}

export function approve(id: string, call: string | undefined, options: GlobalOptions): Promise<void> {
  return steer(id, options, async (run) => {
    const decided = await run.approveToolCall(call ?? (await onlyWaiting(run)));
    return [{ id, approved: decided }, `Approved: ${describeToolCall(decided)}`];
  });
}

export function reject(
  id: string,
  call: string | undefined,
  options: GlobalOptions & { reason?: string },
): Promise<void> {
  return steer(id, options, async (run) => {
    const decided = await run.rejectToolCall(call ?? (await onlyWaiting(run)), options.reason);
    return [{ id, rejected: decided }, `Rejected: ${describeToolCall(decided)}`];
  });
}

/** The call that is meant when none is named: the one that waits. */
async function onlyWaiting(run: RunHandle): Promise<string> {
  const { waiting } = await run.progress();
  if (waiting.length === 1) return waiting[0]!.id;
  const lines = waiting.map((call) => `  ${waitingLine(call)}`);
  throw new UserError(
    waiting.length === 0
      ? `No tool call of the run ${run.id} waits for a decision.`
      : `Several tool calls wait; name one of them:\n${lines.join('\n')}`,
    { exitCode: waiting.length === 0 ? 1 : 2 },
  );
}

function steer(
  id: string,
  options: GlobalOptions,
  work: (run: RunHandle) => Promise<[json: object, text: string]>,
): Promise<void> {
  return Session.run(options, {}, async (session) => {
    const { status } = await findOpenable(session, id);
    const ended = (): UserError => new UserError(`The run ${id} has ended already: nothing can be changed any more.`);
    if (status !== 'RUNNING') throw ended();
    try {
      const { client } = await session.runtime();
      session.print(...(await work(runHandle(client, id))));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw ended();
      if (error instanceof WorkflowUpdateFailedError) {
        throw new UserError(error.cause?.message ?? error.message, { exitCode: 2, cause: error });
      }
      throw error;
    }
  });
}
