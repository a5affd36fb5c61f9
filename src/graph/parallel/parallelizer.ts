import { LRUCache } from 'lru-cache';
import PQueue from 'p-queue';
import type { Batch } from '../../domain/changes.ts';
import type { Graph } from '../../domain/graph.ts';
import { queryLanguageOf } from '../../domain/queries.ts';
import type { QueryLanguage } from '../../domain/queries.ts';
import type { GraphBackEnd } from '../../domain/run.ts';
import { GraphUnavailable } from '../graph-store.ts';
import type {
  GraphDescription,
  GraphStore,
  NeighbourLimits,
  Neighbourhood,
  QueryLimits,
  QueryRows,
} from '../graph-store.ts';
import { BACK_END_LIMITS } from './back-ends.ts';
import { GraphOperationMeter } from './metrics.ts';
import type { GraphOperationMetrics } from './metrics.ts';
import { operationOfBatch, operationOfQuery, ruleOf } from './operation.ts';
import type { Operation } from './operation.ts';
import { ReadSlots } from './read-slots.ts';

export interface ParallelizerOptions {
  /** Reads at once. @default 20 */
  maxParallelQueries?: number;
  /** Changes that one statement carries. @default what is best for the back end, see {@link BACK_END_LIMITS} */
  batchSize?: number;
  /** Milliseconds that a small batch waits for others to share a transaction with, where the back end can. @default 0 */
  batchDelay?: number;
  /** Seconds that the result of a read is kept; 0 keeps none. @default 300 */
  cacheSeconds?: number;
}

export const PARALLELIZER_DEFAULTS = {
  maxParallelQueries: 20,
  batchDelay: 0,
  cacheSeconds: 300,
} as const satisfies ParallelizerOptions;

/** Results of reads that are kept. */
const RESULTS = 2_000;

/**
 * Runs the operations of one back end as parallel as it allows. Reads run at once up to a limit; equal ones in flight are
 * one, and results are kept by run, revision and statement, so that a write makes them stale at once. Writes of one run
 * keep their order; those of different runs run at once.
 */
export class GraphOperationParallelizer implements GraphStore {
  readonly #store: GraphStore;
  readonly #knownRevision: (run: string) => Promise<number>;
  readonly #language: QueryLanguage;
  readonly #batchSize: number;
  readonly #meter: GraphOperationMeter;
  readonly #reads: ReadSlots;
  readonly #writes: PQueue;
  readonly #batchDelay: number;
  /** Whether small batches of several runs share transactions. */
  readonly #groups: boolean;
  readonly #group: { run: string; batch: Batch; applied: PromiseWithResolvers<Graph> }[] = [];
  /** The last write of each run that has one. */
  readonly #lastWrites = new Map<string, Promise<unknown>>();
  readonly #inFlight = new Map<string, Promise<unknown>>();
  readonly #results: LRUCache<string, object> | undefined;

  /** @param knownRevision the newest revision of a run as far as this process knows, see {@link BatchLog.knownRevision} */
  constructor(
    store: GraphStore,
    backEnd: GraphBackEnd,
    knownRevision: (run: string) => Promise<number>,
    options: ParallelizerOptions = {},
  ) {
    const { maxParallelQueries, batchDelay, cacheSeconds } = { ...PARALLELIZER_DEFAULTS, ...options };
    const { parallelWrites, batchSize } = BACK_END_LIMITS[backEnd];
    this.#store = store;
    this.#knownRevision = knownRevision;
    this.#language = queryLanguageOf(backEnd);
    this.#batchSize = options.batchSize ?? batchSize;
    this.#batchDelay = batchDelay;
    this.#groups = batchDelay > 0 && store.applyTogether !== undefined;
    this.#meter = new GraphOperationMeter(backEnd, maxParallelQueries + parallelWrites);
    this.#reads = new ReadSlots(maxParallelQueries);
    this.#writes = new PQueue({ concurrency: parallelWrites });
    if (cacheSeconds > 0) this.#results = new LRUCache({ max: RESULTS, ttl: cacheSeconds * 1000 });
  }

  apply(run: string, batch: Batch): Promise<Graph> {
    const operation = operationOfBatch(batch, this.#batchSize);
    this.#meter.batch(batch.changes.length);
    if (!this.#groups || !ruleOf(operation).batched) {
      return this.#write(run, () => this.#slot(operation, () => this.#store.apply(run, batch)));
    }
    return this.#write(run, () => this.#together(operation, { run, batch }));
  }

  drop(run: string): Promise<void> {
    const operation = { kind: 'write', shape: 'bulk' } as const;
    return this.#write(run, async () => {
      await this.#slot(operation, () => this.#store.drop(run));
      // A graph of that name may begin anew, and come to the same revisions.
      for (const key of this.#results?.keys() ?? []) {
        if ((JSON.parse(key) as unknown[])[1] === run) this.#results?.delete(key);
      }
    });
  }

  /** The fold of batches, which is in memory: it waits for nothing. */
  read(run: string, revision?: number): Promise<Graph> {
    return this.#store.read(run, revision);
  }

  query(run: string, revision: number, query: string, limits: QueryLimits): Promise<QueryRows> {
    return this.#query(run, revision, query, limits);
  }

  #query(run: string, revision: number, query: string, limits: QueryLimits, keep?: false): Promise<QueryRows> {
    const operation = operationOfQuery(query, this.#language);
    const work = (bounded: QueryLimits) => this.#store.query(run, revision, query, bounded);
    return this.#ask('query', run, revision, query, limits, operation, work, keep);
  }

  code(run: string, revision: number, code: string, limits: QueryLimits): Promise<QueryRows> {
    const operation = operationOfQuery(code, 'javascript');
    return this.#ask('code', run, revision, code, limits, operation, (bounded) =>
      this.#store.code(run, revision, code, bounded),
    );
  }

  describe(run: string): Promise<GraphDescription> {
    return this.#describe(run);
  }

  #describe(run: string, keep?: false): Promise<GraphDescription> {
    const operation = { kind: 'read', shape: 'aggregation' } as const;
    return this.#readNewest(['describe', run], operation, () => this.#store.describe(run), keep);
  }

  neighbours(run: string, keys: readonly string[], limits: NeighbourLimits): Promise<Neighbourhood> {
    return this.#neighbours(run, keys, limits);
  }

  #neighbours(run: string, keys: readonly string[], limits: NeighbourLimits, keep?: false): Promise<Neighbourhood> {
    const shape = limits.hops === 1 && keys.length === 1 ? 'single' : 'traversal';
    const work = () => this.#store.neighbours(run, keys, limits);
    return this.#readNewest(['neighbours', run, keys, limits], { kind: 'read', shape }, work, keep);
  }

  stored(run: string): Promise<Graph> {
    const operation = { kind: 'read', shape: 'bulk' } as const;
    return this.#readNewest(['stored', run], operation, () => this.#store.stored(run));
  }

  /** The same store, whose reads neither use nor leave results that are kept; equal ones in flight are one still. */
  get uncached(): GraphStore {
    return {
      apply: (run, batch) => this.apply(run, batch),
      read: (run, revision) => this.read(run, revision),
      query: (run, revision, query, limits) => this.#query(run, revision, query, limits, false),
      code: (run, revision, code, limits) => this.code(run, revision, code, limits),
      describe: (run) => this.#describe(run, false),
      neighbours: (run, keys, limits) => this.#neighbours(run, keys, limits, false),
      stored: (run) => this.stored(run),
      drop: (run) => this.drop(run),
      close: () => this.close(),
    };
  }

  /** What the operations took so far. */
  get metrics(): GraphOperationMetrics {
    return this.#meter.values;
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  #ask(
    kind: 'query' | 'code',
    run: string,
    revision: number,
    text: string,
    limits: QueryLimits,
    operation: Operation,
    work: (limits: QueryLimits) => Promise<QueryRows>,
    keep = true,
  ): Promise<QueryRows> {
    const milliseconds = Math.min(limits.milliseconds, ruleOf(operation).milliseconds);
    return this.#read(keyOf(kind, run, revision, text, limits), operation, () => work({ ...limits, milliseconds }), {
      // The store ends what takes longer, which may begin with the start of a process.
      grace: GRACE_MILLISECONDS,
      keep,
    });
  }

  /** A read of the newest graph: what is kept of it counts while its revision is still the newest. */
  async #readNewest<T extends { revision: number }>(
    [kind, run, ...parts]: readonly [kind: string, run: string, ...unknown[]],
    operation: Operation,
    work: () => Promise<T>,
    keep = true,
  ): Promise<T> {
    const key = keyOf(kind, run, ...parts);
    const kept = keep ? (this.#results?.get(key) as T | undefined) : undefined;
    if (kept !== undefined && kept.revision !== (await this.#store.read(run)).revision) this.#results?.delete(key);
    // One in flight that began before this process wrote is another.
    return this.#read(key, operation, work, { inFlightKey: `${await this.#knownRevision(run)} ${key}`, keep });
  }

  async #read<T extends object>(
    key: string,
    operation: Operation,
    work: () => Promise<T>,
    { grace = 0, inFlightKey = key, keep = true }: { grace?: number; inFlightKey?: string; keep?: boolean } = {},
  ): Promise<T> {
    const { queue, ...rule } = ruleOf(operation);
    const cached = keep && rule.cached;
    const found = (cached ? this.#results?.get(key) : undefined) ?? this.#inFlight.get(inFlightKey);
    if (found !== undefined) {
      this.#meter.cacheHit();
      return found as T | Promise<T>;
    }
    const queuedAt = performance.now();
    const asked = this.#reads.run({ heavy: queue === 'heavy' }, () => this.#measured(operation, queuedAt, grace, work));
    this.#inFlight.set(inFlightKey, asked);
    try {
      const result = await asked;
      if (cached) this.#results?.set(key, result);
      return result;
    } finally {
      this.#inFlight.delete(inFlightKey);
    }
  }

  /** After the run's own writes before it; a failed one holds up none. */
  async #write<T>(run: string, work: () => Promise<T>): Promise<T> {
    const before = this.#lastWrites.get(run) ?? Promise.resolve();
    const written = before.catch(() => undefined).then(work);
    this.#lastWrites.set(run, written);
    try {
      return await written;
    } finally {
      if (this.#lastWrites.get(run) === written) this.#lastWrites.delete(run);
    }
  }

  #slot<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
    const queuedAt = performance.now();
    return this.#writes.add(() => this.#measured(operation, queuedAt, 0, work));
  }

  /** Waits a little for batches of other runs, and shares a transaction with them. */
  #together(operation: Operation, write: { run: string; batch: Batch }): Promise<Graph> {
    const applied = Promise.withResolvers<Graph>();
    this.#group.push({ ...write, applied });
    if (this.#group.length === 1) setTimeout(() => void this.#flush(operation), this.#batchDelay);
    return applied.promise;
  }

  async #flush(operation: Operation): Promise<void> {
    const group = this.#group.splice(0);
    try {
      const outcomes = await this.#slot(operation, () => this.#store.applyTogether!(group));
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome.status === 'fulfilled') group[index]!.applied.resolve(outcome.value);
        else group[index]!.applied.reject(outcome.reason);
      }
    } catch (error) {
      for (const { applied } of group) applied.reject(error);
    }
  }

  async #measured<T>(operation: Operation, queuedAt: number, grace: number, work: () => Promise<T>): Promise<T> {
    const ended = this.#meter.began(operation, queuedAt);
    try {
      const result = await withinTime(ruleOf(operation).milliseconds + grace, work());
      ended();
      return result;
    } catch (error) {
      ended({ failed: true });
      if (error instanceof GraphUnavailable) this.#meter.retry();
      throw error;
    }
  }
}

const GRACE_MILLISECONDS = 10_000;

function keyOf(...parts: readonly unknown[]): string {
  return JSON.stringify(parts);
}

/** Its slot is free again after so long, whatever becomes of it. */
function withinTime<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const message = `The graph store did not answer within ${milliseconds / 1000} seconds.`;
      reject(new GraphUnavailable(message, { retryAfter: 1_000 }));
    }, milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
