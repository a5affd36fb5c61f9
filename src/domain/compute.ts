/** Input of the activities `compute.threads` and `compute.mpi`, and of the workflow `runJob`. */
export interface ComputeCall {
  /** The name of a job that the workers of the queue serve. */
  job: string;
  /** What its `split` is given, as plain JSON of a few KiB; more goes to the artifact store first. */
  input?: unknown;
  /** Content hash of the input in the artifact store, written by `encodeForJob`. */
  inputSha256?: string;
}

/** What one worker, or rank, has done. Times are milliseconds by a clock that nobody sets. */
export interface ComputeWorker {
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

/** How a job goes: the details of its activity's heartbeats, which the Temporal UI shows. */
export interface ComputeProgress {
  on: ComputePlaceUsed;
  /** Tasks that have ended, of those known by now. */
  finished: number;
  known: number;
  /** What running tasks said last, at most ten lines. */
  said: string[];
  /** From 0 to 1; see `JobMetrics`. */
  parallelEfficiency: number;
  loadBalance?: number;
  workers: ComputeWorker[];
}

export type ComputePlaceUsed = 'threads' | 'mpi';

export interface ComputeResult {
  /** The output, where it is plain JSON of a few KiB. */
  output?: unknown;
  /** Else its content hash in the artifact store, for `decodeFromJob`. */
  outputSha256?: string;
  on: ComputePlaceUsed;
  /** Why it ran elsewhere than it was asked to. */
  note?: string;
  /** Milliseconds. */
  elapsed: number;
  tasks: number;
  spawned: number;
  parallelEfficiency: number;
  loadBalance?: number;
  workers: ComputeWorker[];
}
