import type { Batch } from '../../domain/changes.ts';
import { emptyGraph } from '../../domain/graph.ts';
import type { Graph } from '../../domain/graph.ts';
import type { BatchLog } from '../batches.ts';
import { GraphUnavailable } from '../graph-store.ts';
import { Repository, repositoryName } from './repository.ts';
import { RepositoryMissing } from './server.ts';
import type { Rdf4jConnection } from './server.ts';
import { differenceOf, statementsOf } from './statements.ts';
import { updateOf } from './update.ts';

/** Changes that one update makes again at most, unless one batch has more: the server reads an update as a whole. */
const CHANGES_PER_UPDATE = 10_000;

/** Times that a repository is brought on before whoever else writes to it is left alone. */
const ATTEMPTS = 100;

/** The repository, of all who use a server, whose transactions hold graphs as they were. */
const SCRATCH = 'kgot-scratch';

export interface KeeperParts {
  log: BatchLog;
  connection: Rdf4jConnection;
}

/** Keeps each run's repository at what its batches say, whatever other workers do and whatever the server lost. */
export class RepositoryKeeper {
  readonly #log: BatchLog;
  readonly #connection: Rdf4jConnection;

  constructor({ log, connection }: KeeperParts) {
    this.#log = log;
    this.#connection = connection;
  }

  /** A run's repository, which may not be there yet. */
  async of(run: string): Promise<Repository> {
    return new Repository(this.#connection, repositoryName(await this.#log.globalName(run)));
  }

  /** Brings a batch, which has been appended to the log, to the server: once, whoever else does it. */
  async apply(run: string, batch: Batch, before: Graph, after: Graph): Promise<void> {
    const repository = await this.of(run);
    if (before.revision === 0) await repository.create();
    try {
      await repository.update(updateOf(differenceOf(before, after, batch.changes), before.revision, after.revision));
    } catch (error) {
      if (!(error instanceof RepositoryMissing)) throw error;
    }
    await this.#bringOn(repository, run, after.revision);
  }

  /**
   * A run's repository, at its newest revision or further, when somebody has just come first.
   *
   * @returns undefined when the run has no batch
   */
  async newest(run: string): Promise<Repository | undefined> {
    const { revision } = await this.#log.read(run);
    if (revision === 0) return undefined;
    const repository = await this.of(run);
    await this.#bringOn(repository, run, revision);
    return repository;
  }

  /**
   * Uses a graph as it was, in a transaction of a repository that stays empty. One of its own would have to be dropped, and
   * RDF4J's server can lock itself up, for good, when a repository is dropped while another is used for the first time.
   *
   * @param use with the path to ask, below the server's address
   */
  async withCopy<T>(graph: Graph, use: (path: string) => Promise<T>): Promise<T> {
    const scratch = new Repository(this.#connection, SCRATCH, { persistent: false });
    const update =
      graph.revision === 0 ? undefined : updateOf({ removed: [], added: [...statementsOf(graph)] }, 0, graph.revision);
    try {
      return await scratch.within(update, use);
    } catch (error) {
      if (!(error instanceof RepositoryMissing)) throw error;
      await scratch.create();
      return scratch.within(update, use);
    }
  }

  /** Does what is missing on the server, from the batches in their order. */
  async #bringOn(repository: Repository, run: string, target: number): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const revision = await repository.revision();
      if (revision !== undefined && revision >= target) return;
      try {
        if (Number.isNaN(revision)) await repository.clearIfMixed();
        else {
          if (revision === undefined) await repository.create();
          await this.#doNext(repository, run, revision ?? 0, target);
        }
      } catch (error) {
        if (!(error instanceof RepositoryMissing)) throw error;
      }
    }
    throw new GraphUnavailable(`The repository ${repository.name} does not come to revision ${target}: others write.`, {
      retryAfter: 1_000,
    });
  }

  /** As many of the batches that follow `revision` as one update takes. */
  async #doNext(repository: Repository, run: string, revision: number, target: number): Promise<void> {
    const before = revision === 0 ? emptyGraph() : await this.#log.read(run, revision);
    const changes = [];
    let reached = revision;
    for await (const batch of this.#log.after(run, revision)) {
      if (reached > revision && changes.length + batch.changes.length > CHANGES_PER_UPDATE) break;
      for (const change of batch.changes) changes.push(change);
      reached = batch.revision;
      if (reached === target) break;
    }
    const after = await this.#log.read(run, reached);
    await repository.update(updateOf(differenceOf(before, after, changes), revision, reached));
  }
}
