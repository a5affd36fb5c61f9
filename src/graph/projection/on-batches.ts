import type { GraphStore } from '../graph-store.ts';
import type { GraphStoreParts } from '../stores.ts';

/** What every store has from the batches alone: their fold, and what models write, asked of a projection of that. */
export function onBatches({ log, pool }: GraphStoreParts): Pick<GraphStore, 'read' | 'query' | 'code'> {
  return {
    read: (run, revision) => log.read(run, revision),
    query: async (run, revision, query, limits) =>
      pool.query(`${run}@${revision}`, await log.read(run, revision), query, limits),
    code: async (run, revision, code, limits) =>
      pool.code(`${run}@${revision}`, await log.read(run, revision), code, limits),
  };
}
