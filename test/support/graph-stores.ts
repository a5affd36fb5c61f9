import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import type { GraphBackEnd } from '../../src/domain/run.ts';
import type { GraphStore } from '../../src/graph/graph-store.ts';
import { GraphStores } from '../../src/graph/stores.ts';
import type { GraphStoresOptions } from '../../src/graph/stores.ts';

export interface OpenedStore extends GraphStore {
  /** Process ids of the query processes that live, for tests that kill them. */
  readonly pids: number[];
}

/** One back end as a process of its own would have it: its `close` ends all that it opened. */
export function openStore(
  backEnd: GraphBackEnd,
  artifacts: ArtifactStore,
  options: Omit<GraphStoresOptions, 'artifacts'> = {},
): OpenedStore {
  const stores = new GraphStores({ artifacts, ...options });
  const store = stores.of(backEnd);
  return {
    apply: (run, batch) => store.apply(run, batch),
    read: (run, revision) => store.read(run, revision),
    query: (run, revision, query, limits) => store.query(run, revision, query, limits),
    code: (run, revision, code, limits) => store.code(run, revision, code, limits),
    describe: (run) => store.describe(run),
    neighbours: (run, keys, limits) => store.neighbours(run, keys, limits),
    stored: (run) => store.stored(run),
    drop: (run) => store.drop(run),
    close: () => stores.close(),
    get pids() {
      return stores.pids;
    },
  };
}
