import type { Batch } from '../domain/changes.ts';
import type { Graph } from '../domain/graph.ts';

/** Limits of one model-written query. */
export interface QueryLimits {
  /** Rows returned at most; more sets {@link QueryRows.truncated}. */
  rows: number;
  /** Milliseconds until the process that runs the query is killed. */
  milliseconds: number;
}

export type Cell = string | number | boolean | null;

export interface QueryRows {
  columns: string[];
  rows: Cell[][];
  /** True when the query had more rows than the limit. */
  truncated: boolean;
}

/**
 * Thrown when a model-written query cannot be run: it does not parse, would write, takes too long or too much memory.
 * The message is for the model that repairs it.
 */
export class QueryError extends Error {
  override readonly name = 'QueryError';
}

/** Thrown when a revision exists with other content than the batch that is applied. Never worth a retry. */
export class RevisionConflict extends Error {
  override readonly name = 'RevisionConflict';
  readonly run: string;
  readonly revision: number;
  constructor({ run, revision, reason }: { run: string; revision: number; reason: string }) {
    super(`Revision ${revision} of run ${run} ${reason}.`);
    this.run = run;
    this.revision = revision;
  }
}

/** A run's graph: batches in, reads and read-only queries out. One graph a run; no run can see another's. */
export interface GraphStore {
  /**
   * Applies a batch as a whole, exactly once: a revision that exists with equal content is success.
   * @throws {RevisionConflict} when it exists with other content, or builds on a revision that does not exist
   */
  apply(run: string, batch: Batch): Promise<Graph>;
  /** The graph at `revision`, by default the newest. Do not change it: it may be shared. */
  read(run: string, revision?: number): Promise<Graph>;
  /**
   * Runs a query that a model wrote, at `revision`. It can only read.
   * @throws {QueryError} when the query is at fault
   */
  query(run: string, revision: number, query: string, limits: QueryLimits): Promise<QueryRows>;
  close(): Promise<void>;
}
