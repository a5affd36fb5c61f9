import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Ledger } from '../domain/ledger.ts';
import { QUEUES } from '../domain/queues.ts';
import type { GraphReference, Progress, RunInput, RunResult } from '../domain/run.ts';
import { validateRunInput } from '../domain/validate.ts';

/** Thrown before a run is started, when its input cannot be right. */
export class RunInputError extends Error {
  override readonly name = 'RunInputError';
  /** One sentence a problem. */
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join(' '));
    this.problems = problems;
  }
}

export interface StartRunOptions {
  /** The workflow's id. @default one made of the time */
  id?: string;
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
  const { id = `kgot-${Date.now().toString(36)}`, taskQueue = QUEUES.runs } = options;
  await client.workflow.start('answerQuestion', {
    args: [input],
    workflowId: id,
    taskQueue,
    // A worker killed inside a workflow task is missed after this long, instead of ten seconds.
    workflowTaskTimeout: '5s',
    staticSummary: input.question.slice(0, 200),
    memo: { question: input.question.slice(0, 500) },
  });
  return runHandle(client, id);
}

/** A run that was started before. */
export function runHandle(client: Client, id: string): RunHandle {
  const workflow = client.workflow.getHandle(id);
  return {
    id,
    workflow,
    progress: () => workflow.query<Progress>('progress'),
    graph: () => workflow.query<GraphReference>('graph'),
    ledger: () => workflow.query<Ledger>('ledger'),
    result: () => workflow.result() as Promise<RunResult>,
    cancel: async () => {
      await workflow.cancel();
    },
  };
}
