import { Worker } from 'node:worker_threads';
import PQueue from 'p-queue';
import { z } from 'zod';
import { withCompiled } from '../../config/keep-compiled.ts';
import { siblingModule } from '../../config/module-path.ts';
import { defineTool } from '../define-tool.ts';
import type { CalculationReply } from './calculate-thread.ts';

/** A thread interrupts itself after one second, unless it is inside of native code. */
const MILLISECONDS = 1_500;
/** Until a thread is ready, on a machine that has much to do. */
const START_MILLISECONDS = 10_000;

/** Calculations side by side. */
const threads = new PQueue({ concurrency: 4 });

/** Thrown when an expression cannot be calculated. */
export class CalculationError extends Error {
  override readonly name = 'CalculationError';
}

/**
 * Calculates a JavaScript expression in QuickJS, in a thread of its own: one second, 32 MB, and no object of the host.
 *
 * @returns the value as text: strings as they are, others as JSON
 * @throws {CalculationError} for a syntax error, a thrown error, or a limit
 */
export async function calculate(expression: string): Promise<string> {
  const reply = await threads.add(() => calculateInThread(expression));
  if (reply.kind === 'value') return reply.text;
  throw new CalculationError(`${JSON.stringify(expression)} cannot be calculated: ${reply.error}`);
}

type Outcome = Exclude<CalculationReply, { kind: 'ready' }>;

function calculateInThread(expression: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const thread = new Worker(siblingModule('./calculate-thread.ts', import.meta.url), {
      workerData: expression,
      // The thread needs nothing else of the worker's environment, which may hold keys.
      env: withCompiled({}),
      execArgv: [],
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32, codeRangeSizeMb: 64 },
    });
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      resolve(outcome);
      void thread.terminate();
    };
    const fail = (error: string): void => settle({ kind: 'error', error });
    let timer = setTimeout(() => fail('no thread could be started for it'), START_MILLISECONDS);
    thread.on('message', (reply: CalculationReply) => {
      if (reply.kind !== 'ready') return settle(reply);
      clearTimeout(timer);
      timer = setTimeout(() => fail('it took longer than a second'), MILLISECONDS);
    });
    thread.on('error', (error) => fail(String(error)));
    thread.on('exit', () => fail('its thread ended'));
  });
}

export const calculateTool = defineTool({
  name: 'calculate',
  description: 'Calculates a JavaScript expression with plain numbers, for example 505992 - 92090.',
  input: z.object({ expression: z.string().min(1).max(2_000) }),
  output: z.string(),
  retry: { attempts: 1 },
  timeouts: { attemptSeconds: 20 },
  execute: ({ expression }) => calculate(expression),
});
