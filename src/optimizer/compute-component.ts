import type { ComputePlace } from '../domain/plan.ts';
import type { AsyncExecutionMetrics, AsyncExecutionStatus, Executed, ModuleOptions } from './async/engine.ts';
import type { ModuleFunction } from './async/threads.ts';

/** Somewhere else than on this thread where functions of modules are computed. */
export interface ComputeComponent {
  readonly place: Exclude<ComputePlace, 'here'>;
  /** Functions that it computes at once. */
  readonly slots: number;
  /** Runs a function, once there is a slot for it; one that takes too long, or too much, is really ended. */
  run<T>(operation: ModuleFunction, input: readonly unknown[], options: ModuleOptions): Promise<Executed<T>>;
  readonly status: ComponentStatus;
  readonly metrics: AsyncExecutionMetrics;
  /** What its threads or ranks worked on average ÷ what the busiest did; absent while less than two did anything. */
  readonly loadBalance?: number;
  /** Resolves when all that it took has ended, and its resources are given back. */
  shutdown(): Promise<void>;
}

export type ComponentStatus = Pick<AsyncExecutionStatus, 'running' | 'waiting' | 'abandoned' | 'threads' | 'processes'>;
