import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { startRun } from '../src/client/client.ts';
import type { RunInput } from '../src/domain/run.ts';
import { canonicalJson } from '../src/domain/text.ts';
import { runPrefixes } from './run-prefix.ts';
import type { Runtime } from './runtime/open-runtime.ts';

/** A run that answers a question. */
export interface AnsweringRun {
  id: string;
  /** True when it was open before: a kill has left it, or another command has just asked the same. */
  goesOn: boolean;
}

const DAY = 86_400_000;

/**
 * Starts a run, or finds an open one of the same question. Its id counts the runs of that question on a day: of commands
 * that ask at the same moment one starts it, and the others find it.
 */
export async function startOrFollow({ client }: Runtime, input: RunInput): Promise<AnsweringRun> {
  const [prefix, ...others] = runPrefixes(input.question, canonicalJson(input));
  const starts = [prefix, ...others].map((start) => `WorkflowId STARTS_WITH '${start}'`).join(' OR ');
  const today = `${prefix}-${Math.floor(Date.now() / DAY).toString(36)}-`;
  const known = new Set<string>();
  for await (const run of client.workflow.list({ query: `WorkflowType = 'answerQuestion' AND (${starts})` })) {
    if (run.status.name === 'RUNNING') return { id: run.workflowId, goesOn: true };
    if (run.workflowId.startsWith(today)) known.add(run.workflowId);
  }
  // The list lags behind: the last run that it knows may be open again, and there may be later ones.
  for (let number = Math.max(1, known.size); ; number += 1) {
    const id = `${today}${number}`;
    try {
      await startRun(client, input, { id, once: true });
      return { id, goesOn: false };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const { status } = await client.workflow.getHandle(id).describe();
      if (status.name === 'RUNNING') return { id, goesOn: true };
    }
  }
}
