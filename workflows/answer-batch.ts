import {
  ChildWorkflowFailure,
  continueAsNew,
  defineQuery,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  scheduleActivity,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { BatchInput, BatchProgress, BatchQuestion, BatchRow } from '../src/domain/batch.ts';
import { temporalPriority } from '../src/domain/plan-execution.ts';
import type { RunInput, RunResult } from '../src/domain/run.ts';

export const batchQuery = defineQuery<BatchProgress>('batch');

/**
 * Answers many questions, each as a child run, so many at once. A run that fails is a row with its error.
 *
 * @param finished rows of earlier executions, when the batch continues as new
 */
export async function answerBatch(input: BatchInput, finished: BatchRow[] = []): Promise<BatchRow[]> {
  const rows = [...finished];
  const running = new Set<string>();
  setHandler(batchQuery, () => ({ total: input.questions.length, running: [...running], rows }));

  const done = new Set(rows.map(({ id }) => id));
  const waiting = input.questions.filter(({ id }) => !done.has(id));
  const worker = async (): Promise<void> => {
    while (!workflowInfo().continueAsNewSuggested) {
      const question = waiting.shift();
      if (question === undefined) return;
      running.add(question.id);
      rows.push(await answerOne(question));
      running.delete(question.id);
    }
  };
  await Promise.all(Array.from({ length: Math.min(input.concurrency, waiting.length) }, worker));
  if (waiting.length > 0) return continueAsNew<typeof answerBatch>(input, rows);
  return rows;
}

async function answerOne({ id, inputSha256 }: BatchQuestion): Promise<BatchRow> {
  const workflowId = `${workflowInfo().workflowId}/${id}`;
  const started = Date.now();
  const seconds = (): number => (Date.now() - started) / 1000;
  try {
    const input = await scheduleActivity<RunInput>('run.loadInput', [inputSha256], {
      startToCloseTimeout: '1m',
      summary: `input of ${id}`,
    });
    const result = (await executeChild('answerQuestion', {
      workflowId,
      args: [input],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      workflowTaskTimeout: '5s',
      priority: { priorityKey: temporalPriority(input.options?.priority) },
      staticSummary: input.question.slice(0, 200),
      memo: { question: input.question.slice(0, 500) },
    })) as RunResult;
    const { answer, endReason, rounds, ledger } = result;
    return { id, workflowId, answer, endReason, rounds, ledger, seconds: seconds() };
  } catch (error) {
    if (isCancellation(error)) throw error;
    const cause = error instanceof ChildWorkflowFailure ? error.cause : error;
    return { id, workflowId, error: cause instanceof Error ? cause.message : String(cause), seconds: seconds() };
  }
}
