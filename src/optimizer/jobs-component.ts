import type { ComputePlace } from '../domain/plan.ts';
import type { Job } from '../jobs/job.ts';
import type { JobMetrics } from '../jobs/metrics.ts';
import type { JobRunner } from '../jobs/runner.ts';
import { AsyncExecutionEngine } from './async/engine.ts';
import type { AsyncExecutionMetrics, AsyncExecutionOptions, Executed, ExecuteOptions } from './async/engine.ts';
import type { ComponentStatus } from './compute-component.ts';

export interface JobsComponentParts {
  place: Exclude<ComputePlace, 'here'>;
  /** Threads or ranks of a job. */
  slots: number;
  runner: JobRunner;
  /** Rejects with the reason where there is nothing to run jobs on. @default there always is */
  prepare?: () => Promise<void>;
  /** Gives back what runs jobs. */
  close: () => Promise<void>;
}

/** Jobs on threads or on ranks, one at a time: each has all of them. */
export class JobsComponent {
  readonly #parts: JobsComponentParts;
  readonly #engine: AsyncExecutionEngine;
  #prepared: Promise<void> | undefined;
  #absence: string | undefined;

  constructor(parts: JobsComponentParts, { cacheSeconds, cacheEntries, waiting }: AsyncExecutionOptions = {}) {
    this.#parts = parts;
    this.#engine = new AsyncExecutionEngine({
      ...{ concurrency: 1, rate: Infinity },
      ...(cacheSeconds === undefined ? {} : { cacheSeconds }),
      ...(cacheEntries === undefined ? {} : { cacheEntries }),
      ...(waiting === undefined ? {} : { waiting }),
    });
  }

  get place(): Exclude<ComputePlace, 'here'> {
    return this.#parts.place;
  }

  get slots(): number {
    return this.#parts.slots;
  }

  /** Resolves once it is known whether jobs can run here. */
  prepare(): Promise<void> {
    this.#prepared ??= (this.#parts.prepare?.() ?? Promise.resolve()).catch((error: unknown) => {
      this.#absence = error instanceof Error ? error.message : String(error);
    });
    return this.#prepared;
  }

  /** Why no job can run here, as far as that is known. */
  get absence(): string | undefined {
    return this.#absence;
  }

  /** Runs a job, once the one before has ended; one that takes too long is cancelled. */
  async run(job: Job, input: unknown, options: ExecuteOptions): Promise<Executed<unknown>> {
    const { result, metrics } = await this.#engine.measure(
      ({ signal }) => this.#parts.runner.run(job, input, { signal }),
      options,
    );
    return { result: result.output, metrics: { ...metrics, ...balanceOf(result.metrics) } };
  }

  get status(): ComponentStatus {
    const { running, waiting, abandoned } = this.#engine.status;
    const workers = running * this.slots;
    return {
      running,
      waiting,
      abandoned,
      ...(this.place === 'ranks' ? { threads: 0, processes: workers } : { threads: workers, processes: 0 }),
    };
  }

  get metrics(): AsyncExecutionMetrics {
    return this.#engine.metrics;
  }

  async shutdown(): Promise<void> {
    await this.#engine.shutdown();
    await this.#parts.close();
  }
}

function balanceOf({ parallelEfficiency, loadBalance }: JobMetrics): {
  parallelEfficiency: number;
  loadBalance?: number;
} {
  return { parallelEfficiency, ...(loadBalance === undefined ? {} : { loadBalance }) };
}
