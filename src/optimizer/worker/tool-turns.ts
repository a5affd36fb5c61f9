import { AsyncLocalStorage } from 'node:async_hooks';
import { readSetting } from '../../config/read-setting.ts';
import { AsyncExecutionEngine } from '../async/engine.ts';
import { activityPriority } from './activity-priority.ts';

/** The tool calls of one worker process, on one engine. What waits does so in the task queue: a worker takes no more. */
export class ToolTurns {
  readonly #engine: AsyncExecutionEngine;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#engine = new AsyncExecutionEngine({
      concurrency: toolConcurrency(env),
      // Over all workers together the task queue keeps the rate.
      rate: Infinity,
      waiting: Number.MAX_SAFE_INTEGER,
    });
  }

  /** Runs a call, which has a deadline of its own. */
  take<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    return this.#engine.execute(AsyncLocalStorage.bind(call), {
      ...{ signal, timeout: Infinity, priority: activityPriority() },
    });
  }
}

/** Tool calls at once of a worker process on each of its tool queues. */
export function toolConcurrency(env: NodeJS.ProcessEnv = process.env): number {
  return readSetting('toolConcurrency', env);
}
