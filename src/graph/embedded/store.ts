import { LRUCache } from 'lru-cache';
import type { ArtifactStore } from '../../artifacts/artifact-store.ts';
import { applyBatch, emptyGraph } from '../../domain/graph.ts';
import type { Graph } from '../../domain/graph.ts';
import { canonicalJson } from '../../domain/text.ts';
import { batchName, readBatch } from '../batches.ts';
import { RevisionConflict } from '../graph-store.ts';
import type { GraphStore } from '../graph-store.ts';
import { QueryPool } from './query-pool.ts';

export interface EmbeddedStoreOptions {
  artifacts: ArtifactStore;
  /** Child processes for model-written queries. @default 2 */
  processes?: number;
}

export interface EmbeddedStore extends GraphStore {
  /** Process ids of the query processes that live, for tests that kill them. */
  readonly pids: number[];
}

/** Graphs kept in memory: each run's newest, and older revisions that were read. */
const GRAPHS = 64;

/**
 * The graph store that needs no server: batches lie in the artifact store, their fold is kept in memory, and
 * model-written queries run on Grafeo projections in child processes. Any worker rebuilds all of it from the batches.
 */
export function openEmbeddedStore({ artifacts, processes = 2 }: EmbeddedStoreOptions): EmbeddedStore {
  const graphs = new LRUCache<string, Graph>({ max: GRAPHS });
  const pool = new QueryPool(processes);

  /** Folds on from the newest graph that is kept, up to `revision` or to the end. A kept graph is never changed. */
  const read = async (run: string, revision = Infinity): Promise<Graph> => {
    const kept = graphs.get(`${run}@${revision}`);
    if (kept !== undefined) return kept;
    const newest = graphs.get(run);
    let graph = newest !== undefined && newest.revision <= revision ? newest : emptyGraph();
    let copied = false;
    while (graph.revision < revision) {
      const batch = await readBatch(artifacts, run, graph.revision + 1);
      if (batch === undefined) break;
      if (!copied) graph = structuredClone(graph);
      copied = true;
      applyBatch(graph, batch);
    }
    if (revision !== Infinity && graph.revision < revision) {
      throw new RevisionConflict({ run, revision, reason: `does not exist: the newest is ${graph.revision}` });
    }
    if (newest === undefined || graph.revision > newest.revision) graphs.set(run, graph);
    else graphs.set(`${run}@${graph.revision}`, graph);
    return graph;
  };

  return {
    read,

    async apply(run, batch) {
      const { revision, base } = batch;
      if (!Number.isSafeInteger(base) || base < 0 || revision !== base + 1) {
        throw new RangeError(
          `Batch ${revision} cannot build on revision ${base}: a batch builds on the one before it.`,
        );
      }
      await read(run, base);
      const content = canonicalJson(batch);
      if (!(await artifacts.create(batchName(run, revision), content))) {
        const existing = await readBatch(artifacts, run, revision);
        if (canonicalJson(existing) !== content) {
          throw new RevisionConflict({ run, revision, reason: 'exists with other content' });
        }
      }
      return read(run, revision);
    },

    async query(run, revision, query, limits) {
      return pool.query(`${run}@${revision}`, await read(run, revision), query, limits);
    },

    close() {
      pool.close();
      return Promise.resolve();
    },

    get pids() {
      return pool.pids;
    },
  };
}
