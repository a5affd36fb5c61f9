/** What one worker, or rank, has done. Times are milliseconds by a clock that nobody sets. */
export interface WorkerMetrics {
  /** Tasks that it ran to their end, well or not. */
  tasks: number;
  /** Tries to take from a deque of another that had something, and those that brought it. */
  stealsTried: number;
  steals: number;
  /** In the code of tasks, with what taking the next from its own deque takes. */
  busy: number;
  /** Without anything to do: looking for work, or asleep. */
  idle: number;
  /** With nothing to run but asynchronous tasks that waited. */
  waiting: number;
}

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
