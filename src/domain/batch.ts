import type { Ledger } from './ledger.ts';
import type { EndReason } from './run.ts';

/** Input of the workflow `answerBatch`: questions answered as child runs, so many at once. */
export interface BatchInput {
  questions: BatchQuestion[];
  /** Runs at once at most. */
  concurrency: number;
}

export interface BatchQuestion {
  /** Names the question; the child's workflow id is `<batch's workflow id>/<id>`. */
  id: string;
  /** Content hash of its `RunInput`, as JSON, in the artifact store. */
  inputSha256: string;
}

/** How one question of a batch ended. */
export interface BatchRow {
  id: string;
  workflowId: string;
  /** Absent when the run failed. */
  answer?: string;
  endReason?: EndReason;
  rounds?: number;
  ledger?: Ledger;
  /** Why the run failed. */
  error?: string;
  /** Wall time of the run in seconds. */
  seconds: number;
}

/** What the query `batch` answers while a batch works. */
export interface BatchProgress {
  total: number;
  running: string[];
  rows: BatchRow[];
}
