import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Ledger } from '../domain/ledger.ts';
import { fairnessKey, temporalPriority } from '../domain/plan-execution.ts';
import { QUEUES } from '../domain/queues.ts';
import type { Budget, GraphReference, Progress, RunInput, RunResult } from '../domain/run.ts';
import type { Updates, WaitingCall } from '../domain/updates.ts';
import { validateRunInput } from '../domain/validate.ts';
import { RunInputError } from './run-input-error.ts';
import { untilProcessed } from './until-processed.ts';

export interface StartRunOptions {
  /** The workflow's id. @default one made of the time */
  id?: string;
  /** Whether an id that was ever used is refused, also when its run has ended. @default false */
  once?: boolean;
  /** @default 'kgot' */
  taskQueue?: string;
}

/** One run, as its starter sees it. */
export interface RunHandle {
  readonly id: string;
  readonly workflow: WorkflowHandle;
  progress(): Promise<Progress>;
  graph(): Promise<GraphReference>;
  ledger(): Promise<Ledger>;
  /** Waits for the answer. */
  result(): Promise<RunResult>;
  /**
   * Adds a hint that every later prompt of the run shows.
   *
   * @throws WorkflowUpdateFailedError, as all updates do, whose cause says why the run does not take it
   */
  addHint(text: string): Promise<{ hints: number }>;
  /** Sets a higher limit in tokens or dollars. */
  raiseBudget(budget: Budget): Promise<Budget>;
  /** Lets a tool call of `progress().waiting` be made. */
  approveToolCall(id: string): Promise<WaitingCall>;
  /** Refuses a tool call of `progress().waiting`; the next vote is told why. */
  rejectToolCall(id: string, reason?: string): Promise<WaitingCall>;
  /** Ends the run as cancelled; calls in flight are stopped, its ledger is kept. */
  cancel(): Promise<void>;
}

/**
 * Starts a run.
 *
 * @throws {RunInputError} saying everything that is wrong with the input
 */
export async function startRun(client: Client, input: RunInput, options: StartRunOptions = {}): Promise<RunHandle> {
  const problems = validateRunInput(input);
  if (problems.length > 0) throw new RunInputError(problems);
  const { id = `kgot-${Date.now().toString(36)}`, once = false, taskQueue = QUEUES.runs } = options;
  await client.workflow.start('answerQuestion', {
    args: [input],
    workflowId: id,
    workflowIdReusePolicy: once ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
    taskQueue,
    // A worker killed inside a workflow task is missed after this long, instead of ten seconds.
    workflowTaskTimeout: '5s',
    // Calls of this run stand in line with those of others as one run's, whatever their number.
    priority: { priorityKey: temporalPriority(input.options?.priority), fairnessKey: fairnessKey(id) },
    staticSummary: input.question.slice(0, 200),
    memo: { question: input.question.slice(0, 500), started: new Date().toISOString() },
  });
  return runHandle(client, id);
}

/** A run that was started before. */
export function runHandle(client: Client, id: string): RunHandle {
  const workflow = client.workflow.getHandle(id);
  const update = <Name extends keyof Updates>(name: Name, input: Updates[Name]['input']) =>
    untilProcessed(() =>
      workflow.executeUpdate<Updates[Name]['result'], [Updates[Name]['input']]>(name, { args: [input] }),
    );
  return {
    id,
    workflow,
    progress: () => workflow.query<Progress>('progress'),
    graph: () => workflow.query<GraphReference>('graph'),
    ledger: () => workflow.query<Ledger>('ledger'),
    result: () => workflow.result() as Promise<RunResult>,
    addHint: (text) => update('addHint', { text }),
    raiseBudget: (budget) => update('raiseBudget', budget),
    approveToolCall: (call) => update('approveToolCall', { id: call }),
    rejectToolCall: (call, reason) =>
      update('rejectToolCall', { id: call, ...(reason === undefined ? {} : { reason }) }),
    cancel: async () => {
      await workflow.cancel();
    },
  };
}
