import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { GraphServers } from '../config/services-state.ts';
import type { Graph } from '../domain/graph.ts';
import type { GraphBackEnd } from '../domain/run.ts';
import { BatchLog } from './batches.ts';
import { openEmbeddedStore } from './embedded/store.ts';
import { GraphServerRefused } from './graph-store.ts';
import { openMemoryStore } from './memory/store.ts';
import type { GraphStore } from './graph-store.ts';
import { loadedLater } from './loaded-later.ts';
import { BACK_END_LIMITS } from './parallel/back-ends.ts';
import { GraphOperationParallelizer, PARALLELIZER_DEFAULTS } from './parallel/parallelizer.ts';
import type { ParallelizerOptions } from './parallel/parallelizer.ts';
import { QueryPool } from './projection/query-pool.ts';

/** What back ends of one process share. */
export interface GraphStoreParts {
  artifacts: ArtifactStore;
  /** The batches, and their folds. */
  log: BatchLog;
  /** Child processes that hold projections of graphs for what models write. */
  pool: QueryPool;
}

export interface GraphStoresOptions {
  artifacts: ArtifactStore;
  /** Child processes for what models write. @default 2 */
  processes?: number;
  /** The servers that there are, asked for each time a back end is: one that was moved is found. @default none */
  servers?: () => GraphServers;
  /** How parallel each back end's operations run. */
  parallel?: ParallelizerOptions;
}

/** The graph stores of a process, each opened when it is first asked for. */
export class GraphStores {
  readonly #parts: GraphStoreParts;
  readonly #servers: () => GraphServers;
  readonly #parallel: ParallelizerOptions;
  readonly #open = new Map<GraphBackEnd, { store: GraphOperationParallelizer; server: string | undefined }>();
  /** Stores of servers that have moved since: calls that were made with them may still fail in order. */
  readonly #left: GraphOperationParallelizer[] = [];

  constructor({ artifacts, processes = 2, servers = () => ({}), parallel = {} }: GraphStoresOptions) {
    this.#parallel = parallel;
    this.#servers = servers;
    this.#parts = { artifacts, log: new BatchLog(artifacts), pool: new QueryPool(processes) };
  }

  /**
   * The store of a back end, as parallel as that allows.
   *
   * @throws {GraphServerRefused} when it needs a server and there is none
   */
  of(backEnd: GraphBackEnd = 'embedded'): GraphOperationParallelizer {
    const servers = backEnd === 'neo4j' || backEnd === 'rdf4j' ? this.#servers() : {};
    const server = JSON.stringify(servers[backEnd as keyof GraphServers]);
    const before = this.#open.get(backEnd);
    // One that is started again is named nowhere for a while: it is away, then.
    if (before !== undefined && (server === undefined || server === before.server)) return before.store;
    if (before !== undefined) this.#left.push(before.store);
    const options = { ...PARALLELIZER_DEFAULTS, batchSize: BACK_END_LIMITS[backEnd].batchSize, ...this.#parallel };
    const opened = open(backEnd, this.#parts, servers, options);
    const store = new GraphOperationParallelizer(opened, backEnd, (run) => this.#parts.log.knownRevision(run), options);
    this.#open.set(backEnd, { store, server });
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
    const opened = [...this.#open.values()].map(({ store }) => store);
    await Promise.all([...this.#left, ...opened].map((store) => store.close()));
    this.#parts.pool.close();
  }
}

function open(
  backEnd: GraphBackEnd,
  parts: GraphStoreParts,
  servers: GraphServers,
  { batchSize, maxParallelQueries }: Required<ParallelizerOptions>,
): GraphStore {
  const { parallelWrites } = BACK_END_LIMITS[backEnd];
  switch (backEnd) {
    case 'embedded':
      return openEmbeddedStore(parts);
    case 'neo4j': {
      const { neo4j } = servers;
      if (neo4j !== undefined) {
        const limits = { sessions: maxParallelQueries + parallelWrites, batchSize };
        const load = async (): Promise<GraphStore> =>
          (await import('./neo4j/store.ts')).openNeo4jStore(parts, neo4j, limits);
        return loadedLater(load, { groups: true });
      }
      throw new GraphServerRefused(
        'There is no Neo4j to keep the graph in: start one with "kgot services up neo4j", or name one in NEO4J_URI.',
      );
    }
    case 'memory':
      return openMemoryStore(parts);
    case 'rdf4j': {
      const { rdf4j } = servers;
      if (rdf4j !== undefined) {
        const load = async (): Promise<GraphStore> => (await import('./rdf4j/store.ts')).openRdf4jStore(parts, rdf4j);
        return loadedLater(load, { groups: false });
      }
      throw new GraphServerRefused(
        'No RDF4J server is configured: start one with `kgot services up rdf4j`, or set RDF4J_URL to the address of yours.',
      );
    }
  }
}
