import type { GraphStore } from '../graph-store.ts';
import { describeGraph, neighboursIn } from '../read-graph.ts';
import type { GraphStoreParts } from '../stores.ts';

/**
 * The graph store that needs no server: batches lie in the artifact store, their fold is kept in memory, and
 * model-written queries run on Grafeo projections in child processes. Any worker rebuilds all of it from the batches.
 */
export function openEmbeddedStore({ log, pool }: GraphStoreParts): GraphStore {
  return {
    apply: async (run, batch) => (await log.append(run, batch)).after,
    read: (run, revision) => log.read(run, revision),
    query: async (run, revision, query, limits) =>
      pool.query(`${run}@${revision}`, await log.read(run, revision), query, limits),
    code: async (run, revision, code, limits) =>
      pool.code(`${run}@${revision}`, await log.read(run, revision), code, limits),
    describe: async (run) => describeGraph(await log.read(run)),
    neighbours: async (run, keys, limits) => neighboursIn(await log.read(run), keys, limits),
    stored: (run) => log.read(run),
    drop: (run) => log.drop(run),
    close: () => Promise.resolve(),
  };
}
