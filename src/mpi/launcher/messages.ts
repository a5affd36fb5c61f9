import type { JobProblem, MainMessage, ResultBatch, SentError, SentJob, FailedTask } from '../../jobs/messages.ts';
import type { WorkerMetrics } from '../../jobs/metrics.ts';

/** Variables by which a rank finds its launcher. */
export const VARIABLES = {
  /** Path of the launcher's socket; or `host:port`. */
  socket: 'KGOT_MPI_LAUNCHER',
  /** What the launch is known by: ranks show it when they connect, and all processes of the launch have it. */
  token: 'KGOT_MPI_LAUNCH',
  /** TMPDIR of the launcher, for tasks; MPI has one of its own. */
  temporary: 'KGOT_MPI_TMPDIR',
} as const;

/** A task that was spawned, as the journal keeps it. */
export interface Spawn {
  /** Below 0. */
  id: number;
  /** The id of the task that spawned it. */
  parent: number;
  /** Which of its parent's spawns it is, from 0. */
  ordinal: number;
  /** An array of the task alone, encoded; or the text of it. */
  payload: Uint8Array | string;
}

/** Tasks of `split` that travel together. */
export interface SplitChunk {
  first: number;
  count: number;
  /** An array of them, encoded. */
  payload: Uint8Array;
}

/** The tasks of a launch: those that are not finished. */
export interface Load {
  chunks: (SplitChunk & {
    /** Ids of those among them that are finished. */
    finished: number[];
  })[];
  /** Parents before those that they spawned. */
  spawned: Spawn[];
  /** Tasks that have spawned some already, as pairs of id and how many. */
  counts: number[];
  /** Spawned tasks get ids below it. */
  next: number;
}

/** What a rank says. */
export type RankMessage =
  | { kind: 'hello'; token: string; rank: number; pid: number }
  /** It shares memory with the others of its host. */
  | { kind: 'ready'; host: string; hostRank: number }
  /** The load is where the ranks of the host find it. */
  | { kind: 'loaded' }
  | { kind: 'spawns'; spawns: Spawn[] }
  | { kind: 'results'; batch: ResultBatch; failures: FailedTask[] }
  | { kind: 'progress'; id: number; said: number | string }
  | { kind: 'artifact'; call: number; method: string; input: unknown[] }
  | { kind: 'broken'; problem: JobProblem }
  /** It is alive; and what it has done. */
  | { kind: 'figures'; figures: WorkerMetrics; running: number | undefined }
  | ({ kind: 'inherited' } & Inherited)
  /** It will die, and why. */
  | { kind: 'dying'; error: SentError }
  /** The output of a program that runs on all ranks, of rank 0. */
  | { kind: 'output'; output: Uint8Array<ArrayBuffer> }
  /** It has ended as it should. */
  | { kind: 'ended'; figures: WorkerMetrics };

/** What became of the tasks of a rank that died. */
export interface Inherited {
  worker: number;
  /** Tasks that it was running: those to be run again alone as pairs of handle and id, and the ids of those given up. */
  alone: number[];
  givenUp: number[];
}

/** What the launcher says. */
export type LauncherMessage =
  /** So much memory do the ranks of a host share, and these functions will they run. */
  | { kind: 'open'; bytes: number; job: SentJob }
  | { kind: 'go'; call: Go }
  | { kind: 'inherit'; inheritance: Inheritance }
  /** `whole` when all ranks are alive, so that they can end MPI together. */
  | { kind: 'stop'; whole: boolean }
  | MainMessage;

export interface Go {
  seed: number;
  interleaved: number;
  artifacts: boolean;
  /** For the first rank of a host. */
  load?: Load;
  /** File in which a rank notes the task that it begins, where it is not known which one ends ranks. */
  notes?: string;
  /** The encoded input of a program that runs on all ranks. */
  input?: Uint8Array;
}

/** What a survivor needs to know to take over what a dead rank leaves. */
export interface Inheritance {
  worker: number;
  /** Handles of tasks whose results came from it. */
  finished: Int32Array;
  /** Ids of tasks that have ended a rank already. */
  blamed: number[];
  /** Handles of tasks that it was to run alone. */
  alone: number[];
}
