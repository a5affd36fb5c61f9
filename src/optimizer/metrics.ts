import type { OperationCost } from '../cost/cost-optimizer.ts';
import type { ComputePlace, OptimizationStrategy } from '../domain/plan.ts';
import type { OperationKind } from './operation.ts';

/** An amount, and what it is of: the operation alone, or its whole process while it ran. */
export interface Measured {
  value: number;
  scope: 'operation' | 'process';
}

/** What one execution took. What nothing measured is absent, never zero. Times in milliseconds, by a clock that nobody sets. */
export interface PerformanceMetrics {
  taskType: string;
  strategy: OptimizationStrategy;
  component: ComputePlace | 'graph';
  /** What the operation is, where that is stated or was found. */
  kind?: OperationKind;
  tags?: Readonly<Record<string, string>>;

  /** From when it was asked for to its result. */
  execution: number;
  /** It waited for a place and a slot, all attempts together. */
  queueWait: number;
  /** It had a slot, all attempts together. */
  processing: number;

  /** Percent of one core; absent for what took less than 1 ms, of its process less than 5 ms. */
  cpu?: Measured;
  /** MiB. */
  memory?: Measured;
  /** Percent; absent, for no component that there is uses one. */
  gpu?: Measured;
  /** MiB read and written; with profiling, or from a process of its own. */
  diskIo?: Measured;

  /** Operations of all components that were under way when it ended, itself included. */
  concurrentOperations: number;
  /** Threads for functions of modules that lived when it ended. */
  threads: number;
  /** Processes of the optimizer when it ended, this one included. */
  processes: number;

  /** Share of its attempts that gave a result; absent where it took one that was there. */
  successRate?: number;
  /** Attempts that failed. */
  errors: number;
  retries: number;
  /** 1 when the result was kept from before, or made for somebody else who asked for the same. */
  cacheHits: number;

  /** US dollars; empty where nothing was spent. */
  cost: OperationCost;

  /** Of its component since the beginning: work ÷ (time × operations at once at most). */
  parallelEfficiency?: number;
  /** Of its component's threads since the beginning: what they worked on average ÷ what the busiest did. */
  loadBalance?: number;
  /** See {@link efficiencyOf}. */
  efficiency: number;

  /** With profiling alone. */
  profile?: ProfileMetrics;
}

/** What takes time to measure. All of the process while the operation ran. */
export interface ProfileMetrics {
  /** Milliseconds by which the event loop was late. */
  eventLoopDelay: { mean: number; p99: number; most: number };
  /** Share of the time in which the event loop was busy, from 0 to 1. */
  eventLoopUtilization: number;
  /** MiB in use of the heap, and by how much it grew. */
  heap: { used: number; grown: number };
}

/** What the efficiency score follows from. */
export interface EfficiencyParts {
  execution: number;
  processing: number;
  /** Share of attempts that gave a result; absent for a result that was there. */
  successRate?: number;
  latencyTarget?: number;
  costTarget?: number;
  /** US dollars. */
  total?: number | null;
}

/**
 * How well an execution went, from 0 to 1: `success × flow × latency × cost`.
 *
 * - `success`: the share of attempts that gave a result
 * - `flow`: processing ÷ execution, the share of the time in which it did not wait
 * - `latency`: latencyTarget ÷ execution, at most 1; only with a target
 * - `cost`: costTarget ÷ total cost, at most 1; only with a target and a known cost
 *
 * A result that was there already has `success` and `flow` of 1.
 */
export function efficiencyOf(parts: EfficiencyParts): number {
  const { execution, processing, successRate, latencyTarget, costTarget, total } = parts;
  const made = successRate === undefined ? 1 : successRate * ratio(processing, execution);
  const fast = latencyTarget === undefined ? 1 : ratio(latencyTarget, execution);
  const cheap = costTarget === undefined || total === null || total === undefined ? 1 : ratio(costTarget, total);
  return made * fast * cheap;
}

function ratio(a: number, b: number): number {
  return b <= a ? 1 : a / b;
}
