import type { ComputeWorker } from '../domain/compute.ts';

/** What one worker, or rank, has done. */
export type WorkerMetrics = ComputeWorker;

/** What a job took. */
export interface JobMetrics {
  /** Tasks of `split`, and those that tasks spawned. */
  tasks: number;
  spawned: number;
  /** Milliseconds from the start of its workers until the last task had ended; `split` is in it, `reduce` is not. */
  elapsed: number;
  /** Threads that ended under their tasks and were replaced. */
  replaced: number;
  workers: WorkerMetrics[];
  /** Σ busy ÷ (workers × elapsed): 1 when all workers did nothing but tasks all the time. */
  parallelEfficiency: number;
  /** Mean busy ÷ greatest busy: 1 when all worked equally long; undefined before any did. */
  loadBalance: number | undefined;
}

/** @param elapsed milliseconds. @returns Σ busy ÷ (workers × elapsed) */
export function parallelEfficiency(workers: readonly Pick<WorkerMetrics, 'busy'>[], elapsed: number): number {
  const busy = workers.reduce((sum, worker) => sum + worker.busy, 0);
  return elapsed > 0 && workers.length > 0 ? busy / (workers.length * elapsed) : 0;
}

/** @returns mean busy ÷ greatest busy; undefined before any worker was busy */
export function loadBalance(workers: readonly Pick<WorkerMetrics, 'busy'>[]): number | undefined {
  const most = Math.max(0, ...workers.map(({ busy }) => busy));
  if (most === 0) return undefined;
  return workers.reduce((sum, { busy }) => sum + busy, 0) / workers.length / most;
}
