import { AsyncLocalStorage } from 'node:async_hooks';
import { readSetting } from '../../config/read-setting.ts';
import { isLocal } from '../../domain/models.ts';
import type { ModelReference } from '../../domain/run.ts';
import type { Turns } from '../../model/model-caller.ts';
import { AsyncExecutionEngine } from '../async/engine.ts';
import { activityPriority } from './activity-priority.ts';

/** Calls at once of a hosted model, unless the setting `modelConcurrency` says otherwise. */
const HOSTED_CONCURRENCY = 16;

/** Calls at once of the oracle, which only looks things up. */
const ORACLE_CONCURRENCY = 64;

/** The model calls of one worker process: each model's on an engine of its own, the most urgent first. */
export class ModelTurns implements Turns {
  readonly #engines = new Map<string, AsyncExecutionEngine>();
  readonly #concurrency: number | undefined;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#concurrency = readSetting('modelConcurrency', env);
  }

  take<T>(model: ModelReference, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const key = `${model.provider}:${model.url ?? ''}:${model.name}`;
    let engine = this.#engines.get(key);
    if (engine === undefined) {
      engine = new AsyncExecutionEngine({
        concurrency: this.#concurrency ?? concurrencyOf(model),
        // Over all workers together the task queue keeps the rate.
        rate: Infinity,
        waiting: Number.MAX_SAFE_INTEGER,
      });
      this.#engines.set(key, engine);
    }
    // A call that waited is started by the one before it, but spends and beats for its own attempt. It has a deadline of its own.
    return engine.execute(AsyncLocalStorage.bind(call), { signal, timeout: Infinity, priority: activityPriority() });
  }
}

function concurrencyOf(model: ModelReference): number {
  if (model.provider === 'oracle' || model.provider === 'recorded') return ORACLE_CONCURRENCY;
  return isLocal(model) ? 1 : HOSTED_CONCURRENCY;
}
