import { AsyncLocalStorage } from 'node:async_hooks';
import PQueue from 'p-queue';
import { readSetting } from '../config/read-setting.ts';
import { isLocal } from '../domain/models.ts';
import type { ModelReference } from '../domain/run.ts';

/** Calls at once of a hosted model, unless the setting `modelConcurrency` says otherwise. */
const HOSTED_CONCURRENCY = 16;

/** Calls at once of the oracle, which only looks things up. */
const ORACLE_CONCURRENCY = 64;

/** The concurrency limit of each model, held in the worker: calls wait here for their turn. */
export class Turns {
  readonly #queues = new Map<string, PQueue>();
  readonly #concurrency: number | undefined;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#concurrency = readSetting('modelConcurrency', env);
  }

  /** Runs `call` when it is its turn; leaves the queue when `signal` aborts while waiting. */
  async take<T>(model: ModelReference, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const key = `${model.provider}:${model.url ?? ''}:${model.name}`;
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = new PQueue({ concurrency: this.#concurrency ?? concurrencyOf(model) });
      this.#queues.set(key, queue);
    }
    // A call that waited is started by the one before it, but spends and beats for its own attempt.
    return queue.add(AsyncLocalStorage.bind(call), { signal });
  }
}

function concurrencyOf(model: ModelReference): number {
  if (model.provider === 'oracle' || model.provider === 'recorded') return ORACLE_CONCURRENCY;
  return isLocal(model) ? 1 : HOSTED_CONCURRENCY;
}
