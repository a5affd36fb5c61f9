import { LRUCache } from 'lru-cache';
import { AsyncExecutionEngine } from './async/engine.ts';
import type { AsyncExecutionMetrics, AsyncExecutionOptions, Executed, ModuleOptions } from './async/engine.ts';
import type { ModuleFunction } from './async/threads.ts';
import type { ComponentStatus, ComputeComponent } from './compute-component.ts';

/** Threads whose work is added up; they come and go. */
const THREADS = 64;

/** Functions of modules on this machine's threads: no more at once than there are, so that none waits for a thread on its own time. */
export class ThreadsComponent implements ComputeComponent {
  readonly place = 'threads';
  readonly slots: number;
  readonly #engine: AsyncExecutionEngine;
  readonly #worked = new LRUCache<number, number>({ max: THREADS });

  constructor(
    threads: number,
    options: Omit<AsyncExecutionOptions, 'threads' | 'concurrency' | 'rate' | 'burst'> = {},
  ) {
    this.slots = threads;
    this.#engine = new AsyncExecutionEngine({ ...options, threads, concurrency: threads, rate: Infinity });
  }

  async run<T>(operation: ModuleFunction, input: readonly unknown[], options: ModuleOptions): Promise<Executed<T>> {
    const executed = await this.#engine.executeModule<T>(operation, input, options);
    const { thread, execution } = executed.metrics;
    if (thread !== undefined) this.#worked.set(thread, (this.#worked.get(thread) ?? 0) + execution);
    return executed;
  }

  get status(): ComponentStatus {
    return this.#engine.status;
  }

  get metrics(): AsyncExecutionMetrics {
    return this.#engine.metrics;
  }

  get loadBalance(): number | undefined {
    const worked = [...this.#worked.values()];
    if (worked.length < 2) return undefined;
    return worked.reduce((sum, time) => sum + time, 0) / worked.length / Math.max(...worked);
  }

  shutdown(): Promise<void> {
    return this.#engine.shutdown();
  }
}
