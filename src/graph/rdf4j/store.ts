import { emptyGraph } from '../../domain/graph.ts';
import type { Graph } from '../../domain/graph.ts';
import { QueryError } from '../graph-store.ts';
import type { GraphStore, QueryLimits, QueryRows } from '../graph-store.ts';
import type { GraphStoreParts } from '../stores.ts';
import { onBatches } from '../projection/on-batches.ts';
import { toQueryRows } from './cells.ts';
import { checkQuery } from './guard.ts';
import { RepositoryKeeper } from './keeper.ts';
import { askRepository } from './query.ts';
import { describeRepository, neighboursInRepository, readRepository } from './reads.ts';
import type { Repository } from './repository.ts';
import { Rdf4jConnection, RepositoryMissing } from './server.ts';
import type { Rdf4jServer } from './server.ts';

export type { Rdf4jServer } from './server.ts';

/**
 * The graph store on an RDF4J server: a repository a run, made with its first batch and dropped with the run. The batches
 * stay what the graph is: each becomes one update that moves the revision too, and what the server misses is made again
 * before it is read. Queries are SPARQL 1.1.
 */
export function openRdf4jStore(parts: GraphStoreParts, server: Rdf4jServer): GraphStore {
  const { log } = parts;
  const connection = new Rdf4jConnection(server);
  const keeper = new RepositoryKeeper({ log, connection });

  /** Reads on the newest revision; somebody may drop the repository in between. */
  const onNewest = async <T>(run: string, empty: () => T, use: (repository: Repository) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      const repository = await keeper.newest(run);
      if (repository === undefined) return empty();
      try {
        return await use(repository);
      } catch (error) {
        if (!(error instanceof RepositoryMissing) || attempt === ATTEMPTS) throw error;
      }
    }
  };

  /** The answer of the run's own repository, if it is at the graph's revision all the while. */
  const askOwn = async (run: string, graph: Graph, query: string, limits: QueryLimits) => {
    const repository = await keeper.newest(run);
    if (repository === undefined || (await repository.revision()) !== graph.revision) return undefined;
    try {
      const rows = await askRepository(connection, repository.path, query, limits);
      return (await repository.revision()) === graph.revision ? rows : undefined;
    } catch (error) {
      if (error instanceof QueryError || !(error instanceof RepositoryMissing)) throw error;
      return undefined;
    }
  };

  return {
    ...onBatches(parts),
    apply: async (run, batch) => {
      const { before, after } = await log.append(run, batch);
      await keeper.apply(run, batch, before, after);
      return after;
    },
    query: async (run, revision, text, limits): Promise<QueryRows> => {
      const graph = await log.read(run, revision);
      const query = checkQuery(text);
      const rows =
        (await askOwn(run, graph, query, limits)) ??
        (await keeper.withCopy(graph, (path) => askRepository(connection, path, query, limits)));
      return toQueryRows(rows, graph);
    },
    describe: (run) => {
      const empty = { revision: 0, nodes: 0, edges: 0, labels: [], types: [] };
      return onNewest(run, () => empty, describeRepository);
    },
    neighbours: (run, keys, limits) => {
      const empty = { revision: 0, nodes: [], edges: [], truncated: false };
      return onNewest(
        run,
        () => empty,
        (repository) => neighboursInRepository(repository, keys, limits),
      );
    },
    stored: (run) => onNewest(run, emptyGraph, readRepository),
    drop: async (run) => {
      // What is there at any moment is a graph: without its repository it is made again from the batches.
      await (await keeper.of(run)).drop();
      await log.drop(run);
    },
    close: () => connection.close(),
  };
}

const ATTEMPTS = 5;
