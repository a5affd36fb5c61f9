/** Input of the activities `compute.threads` and `compute.mpi`, and of the workflow `runJob`. */
export interface ComputeCall {
  /** The name of a job that the workers of the queue serve. */
  job: string;
  /** What its `split` is given, as plain JSON of a few KiB; more goes to the artifact store first. */
  input?: unknown;
  /** Content hash of the input in the artifact store, written by `encodeForJob`. */
  inputSha256?: string;
}

/** What a worker, or rank, has done; see `WorkerMetrics` of `kgot-temporal/jobs`. Milliseconds. */
export interface ComputeWorker {
  tasks: number;
  stealsTried: number;
  steals: number;
  busy: number;
  idle: number;
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
