import type { Batch } from '../domain/changes.ts';
import type { Graph, KnownEdge, KnownNode } from '../domain/graph.ts';

/** Limits of one model-written query. */
export interface QueryLimits {
  /** Rows returned at most; more sets {@link QueryRows.truncated}. */
  rows: number;
  /** Milliseconds until whatever runs the query is ended. */
  milliseconds: number;
}

export type Cell = string | number | boolean | null;

export interface QueryRows {
  columns: string[];
  rows: Cell[][];
  /** True when the query had more rows than the limit. */
  truncated: boolean;
}

/** What surrounds some nodes, as {@link GraphStore.neighbours} reads it. */
export interface Neighbourhood {
  /** The revision that was read. */
  revision: number;
  /** The nodes that were asked for, then those that are reached, nearest first. */
  nodes: KnownNode[];
  /** Edges between them. */
  edges: KnownEdge[];
  /** True when there were more nodes than the limit. */
  truncated: boolean;
}

export interface NeighbourLimits {
  /** Edges, in either direction, from a node that was asked for to the farthest. */
  hops: 1 | 2;
  /** Nodes at most. */
  nodes: number;
}

/** How much of what a graph holds. */
export interface GraphDescription {
  revision: number;
  nodes: number;
  edges: number;
  /** Nodes of each label, most first. */
  labels: { label: string; count: number }[];
  /** Edges of each type, most first. */
  types: { type: string; count: number }[];
}

/**
 * Thrown when a query or code that a model wrote cannot be run: it does not parse, would write, takes too long or too much
 * memory. The message is for the model that repairs it.
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

/** Thrown when a graph server is away, changes its leader or broke a deadlock: the same call succeeds a little later. */
export class GraphUnavailable extends Error {
  override readonly name = 'GraphUnavailable';
  /** Milliseconds after which another attempt is worth it. */
  readonly retryAfter: number;
  constructor(message: string, { retryAfter, cause }: { retryAfter: number; cause?: unknown }) {
    super(message, { cause });
    this.retryAfter = retryAfter;
  }
}

/** Thrown when a graph server refuses this user, or is none that can be worked with. Never worth a retry. */
export class GraphServerRefused extends Error {
  override readonly name = 'GraphServerRefused';
}

/** A run's graph: batches in, reads and read-only queries out. One graph a run; no run can see another's. */
export interface GraphStore {
  /**
   * Applies a batch as a whole, exactly once: a revision that exists with equal content is success. Once it returns, the
   * batch is on disk, and the back end holds it.
   *
   * @throws {InvalidBatch} when not every back end could hold it; nothing is written
   * @throws {RevisionConflict} when it exists with other content, or builds on a revision that does not exist
   * @throws {GraphUnavailable} when a server is away; the same call succeeds once it is back
   */
  apply(run: string, batch: Batch): Promise<Graph>;
  /** Like {@link apply} for batches of different runs, in one transaction; absent where back ends have none. */
  applyTogether?(writes: readonly { run: string; batch: Batch }[]): Promise<PromiseSettledResult<Graph>[]>;
  /** The graph at `revision`, by default the newest. Do not change it: it may be shared. */
  read(run: string, revision?: number): Promise<Graph>;
  /**
   * Runs a query that a model wrote, at `revision`, in the back end's language. It can only read.
   * @throws {QueryError} when the query is at fault
   */
  query(run: string, revision: number, query: string, limits: QueryLimits): Promise<QueryRows>;
  /**
   * Runs JavaScript that a model wrote over the graph at `revision`. It sees the graph and nothing else; see
   * docs/code-retrieval.md for what it may use, and what becomes of the value that it returns.
   * @throws {QueryError} when the code is at fault
   */
  code(run: string, revision: number, code: string, limits: QueryLimits): Promise<QueryRows>;
  /** How much of what the newest graph holds. */
  describe(run: string): Promise<GraphDescription>;
  /** Nodes by their keys with what surrounds them, in the newest graph. Keys that it does not have are left out. */
  neighbours(run: string, keys: readonly string[], limits: NeighbourLimits): Promise<Neighbourhood>;
  /** The newest graph as the back end itself holds it, for exports and checks. */
  stored(run: string): Promise<Graph>;
  /** Forgets a run's graph, which has ended: it is at revision 0 again. No other run is touched. */
  drop(run: string): Promise<void>;
  close(): Promise<void>;
}
