import type {
  FailedTask,
  JobProblem,
  MainMessage,
  ResultBatch,
  SentError,
  SentJob,
  WorkerMessage,
} from '../../jobs/messages.ts';
import type { WorkerMetrics } from '../../jobs/metrics.ts';

/** Variables by which a rank finds its launcher. */
export const VARIABLES = {
  /** Path of the launcher's socket; or `host:port`. */
  socket: 'KGOT_MPI_LAUNCHER',
  /** What the launch is known by: ranks show it when they connect, and all processes of the launch have it. */
  token: 'KGOT_MPI_LAUNCH',
  /** The folder for files of shared memory, on the launcher's machine. */
  memory: 'KGOT_MPI_MEMORY',
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

/** Tasks that a host is to run. */
export interface Grant {
  chunks: {
    first: number;
    count: number;
    /** Where the host does not have it yet. */
    payload?: Uint8Array;
    /** Which of its tasks are meant, as pairs of index and end. */
    parts: number[];
  }[];
  spawned: Spawn[];
  /** Those of them that have spawned some already, as pairs of id and how many. */
  counts: number[];
}

/** What a host has too little of: tasks, so that ranks have nothing to do; or such that wait behind those that run. */
export type Lack = 'tasks' | 'reserve';

/** Tasks that a host gives back. */
export interface Given {
  /** Pairs of handle and id. */
  tasks: number[];
  /** Those among them that were spawned. */
  spawned: Spawn[];
}

/** What a rank says. */
export type RankMessage =
  | { kind: 'hello'; token: string; rank: number; pid: number }
  /** It shares memory with the others of its host, of which `first` is the first rank. */
  | { kind: 'ready'; host: string; hostRank: number; first: number }
  /** What the host was granted is where its ranks find it. */
  | { kind: 'loaded' }
  | { kind: 'lacks'; what: Lack }
  | { kind: 'gave'; given: Given }
  /** The task that it begins, where it is not known which one ends ranks; none when that has ended. */
  | { kind: 'began'; id: number | undefined }
  | { kind: 'spawns'; spawns: Spawn[] }
  | { kind: 'results'; batch: ResultBatch; failures: FailedTask[]; spawned: number[] }
  | Extract<WorkerMessage, { kind: 'progress' }>
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
  | { kind: 'ended'; figures: WorkerMetrics }
  /** It is there for the next job. */
  | { kind: 'rested' };

/** What became of the tasks of a rank that died. */
export interface Inherited {
  worker: number;
  /** Tasks that it was running: those to be run again alone as pairs of handle and id, and the ids of those given up. */
  alone: number[];
  givenUp: number[];
}

/** What the launcher says. */
export type LauncherMessage =
  /** It is there. */
  | { kind: 'beat' }
  /**
   * So much memory do the ranks of a host share, and these functions will they run. After so many milliseconds without a word of the
   * launcher a rank ends itself; never where that is not said.
   */
  | { kind: 'open'; bytes: number; job: SentJob; silence?: number }
  | { kind: 'go'; call: Go }
  | { kind: 'grant'; grant: Grant }
  /** The host is to give some of its tasks back. */
  | { kind: 'give' }
  | { kind: 'inherit'; inheritance: Inheritance }
  /** All is done, and there may be another job. */
  | { kind: 'rest' }
  /** `whole` when all ranks are alive, so that they can end MPI together. */
  | { kind: 'stop'; whole: boolean }
  | MainMessage;

export interface Go {
  seed: number;
  interleaved: number;
  artifacts: boolean;
  /** Spawned tasks get numbers from it on, each host its own. */
  next: number;
  /** Which of how many hosts this is. */
  host: number;
  hosts: number;
  /** Whether a rank tells of each task that it begins. */
  careful: boolean;
  /** The encoded input of a program that runs on all ranks. */
  input?: Uint8Array;
}

/** What a survivor needs to know to take over what a dead rank leaves. */
export interface Inheritance {
  /** Its number on its host. */
  worker: number;
  /** Whether it was at the host's door. */
  door: boolean;
  /** Handles of tasks whose results came from it, and of those that it gave back. */
  finished: Int32Array;
  /** Ids of tasks that have ended a rank already. */
  blamed: number[];
  /** Handles of tasks that it was to run alone. */
  alone: number[];
}
