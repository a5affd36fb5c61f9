import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { Graph } from '../domain/graph.ts';
import type { GraphBackEnd } from '../domain/run.ts';
import { BatchLog } from './batches.ts';
import { openEmbeddedStore } from './embedded/store.ts';
import type { GraphStore } from './graph-store.ts';
import { openRdf4jStore } from './rdf4j/store.ts';
import type { Rdf4jServer } from './rdf4j/store.ts';
import { QueryPool } from './projection/query-pool.ts';

/** What back ends of one process share. */
export interface GraphStoreParts {
  artifacts: ArtifactStore;
  /** The batches, and their folds. */
  log: BatchLog;
  /** Child processes that hold projections of graphs for what models write. */
  pool: QueryPool;
  servers: NonNullable<GraphStoresOptions['servers']>;
}

export interface GraphStoresOptions {
  artifacts: ArtifactStore;
  /** Child processes for what models write. @default 2 */
  processes?: number;
  /** The graph servers that there are, asked when a store of one is opened. @default none */
  servers?: () => { rdf4j?: Rdf4jServer };
}

/** The graph stores of a process, each opened when it is first asked for. */
export class GraphStores {
  readonly #parts: GraphStoreParts;
  readonly #open = new Map<GraphBackEnd, GraphStore>();

  constructor({ artifacts, processes = 2, servers = () => ({}) }: GraphStoresOptions) {
    this.#parts = { artifacts, log: new BatchLog(artifacts), pool: new QueryPool(processes), servers };
  }

  /** The store of a back end. */
  of(backEnd: GraphBackEnd = 'embedded'): GraphStore {
    let store = this.#open.get(backEnd);
    if (store === undefined) this.#open.set(backEnd, (store = open(backEnd, this.#parts)));
    return store;
  }

  /** A run's graph at a revision, by its batches: the same whatever its back end. */
  read(run: string, revision?: number): Promise<Graph> {
    return this.#parts.log.read(run, revision);
  }

  /** Process ids of the query processes that live. */
  get pids(): number[] {
    return this.#parts.pool.pids;
  }

  /** Closes what was opened, and ends the query processes. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((store) => store.close()));
    this.#parts.pool.close();
  }
}

function open(backEnd: GraphBackEnd, parts: GraphStoreParts): GraphStore {
  switch (backEnd) {
    case 'embedded':
      return openEmbeddedStore(parts);
    case 'rdf4j':
      return openRdf4jStore(parts, parts.servers().rdf4j);
    default:
      throw new Error(`There is no back end ${backEnd} yet.`);
  }
}
