import { readSetting } from '../../config/read-setting.ts';
import { isLocal } from '../../domain/models.ts';
import type { ModelReference } from '../../domain/run.ts';
import type { Turns } from '../../model/model-caller.ts';
import { WorkerEngine } from './worker-engine.ts';

/** Calls at once of a hosted model, unless the setting `modelConcurrency` says otherwise. */
const HOSTED_CONCURRENCY = 16;

/** Calls at once of the oracle, which only looks things up. */
const ORACLE_CONCURRENCY = 64;

/** The model calls of one worker process: each model's on an engine of its own, the most urgent first. */
export class ModelTurns implements Turns {
  readonly #engines = new Map<string, WorkerEngine>();
  readonly #concurrency: number | undefined;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#concurrency = readSetting('modelConcurrency', env);
  }

  take<T>(model: ModelReference, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const key = `${model.provider}:${model.url ?? ''}:${model.name}`;
    let engine = this.#engines.get(key);
    if (engine === undefined) {
      engine = new WorkerEngine(this.#concurrency ?? concurrencyOf(model));
      this.#engines.set(key, engine);
    }
    return engine.take(signal, call);
  }
}

function concurrencyOf(model: ModelReference): number {
  if (model.provider === 'oracle' || model.provider === 'recorded') return ORACLE_CONCURRENCY;
  return isLocal(model) ? 1 : HOSTED_CONCURRENCY;
}
