import type { GraphStore } from '../graph-store.ts';
import { onBatches } from '../projection/on-batches.ts';
import { describeGraph, neighboursIn } from '../read-graph.ts';
import type { GraphStoreParts } from '../stores.ts';

/**
 * The graph store that needs no server: batches lie in the artifact store, their fold is kept in memory, and
 * model-written queries run on Grafeo projections in child processes. Any worker rebuilds all of it from the batches.
 */
export function openEmbeddedStore(parts: GraphStoreParts): GraphStore {
  const { log } = parts;
  return {
    ...onBatches(parts),
    apply: async (run, batch) => (await log.append(run, batch)).after,
    describe: async (run) => describeGraph(await log.read(run)),
    neighbours: async (run, keys, limits) => neighboursIn(await log.read(run), keys, limits),
    stored: (run) => log.read(run),
    drop: (run) => log.drop(run),
    close: () => Promise.resolve(),
  };
}
