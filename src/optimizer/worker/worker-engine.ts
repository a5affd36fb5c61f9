import { asyncLocalStorage } from '@temporalio/activity';
import { AsyncLocalStorage } from 'node:async_hooks';
import { enginePriority } from '../../domain/plan-execution.ts';
import { AsyncExecutionEngine } from '../async/engine.ts';

/** Calls of activities on one engine, so many at once, those of urgent runs first. Each has a deadline of its own. */
export class WorkerEngine {
  readonly #engine: AsyncExecutionEngine;

  constructor(concurrency: number) {
    // Over all workers together the task queue keeps the rate.
    this.#engine = new AsyncExecutionEngine({ concurrency, rate: Infinity, waiting: Number.MAX_SAFE_INTEGER });
  }

  /** Runs `call` when it is its turn; leaves the line when `signal` aborts while it waits. */
  take<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    // A call that waited is started by the one before it, but spends and beats for its own attempt.
    return this.#engine.execute(AsyncLocalStorage.bind(call), {
      ...{ signal, timeout: Infinity, priority: activityPriority() },
    });
  }
}

/** The engine's priority of the activity that this is called in: that of its run. Undefined outside of one. */
function activityPriority(): number | undefined {
  const key = asyncLocalStorage.getStore()?.info.priority?.priorityKey;
  return key === undefined ? undefined : enginePriority(key);
}
