import { createHash } from 'node:crypto';
import { RepositoryMissing, RequestRefused } from './server.ts';
import type { Rdf4jConnection } from './server.ts';
import { parseLine } from './terms.ts';
import type { Term } from './terms.ts';
import { GRAPH, META_GRAPH, REVISION } from './vocabulary.ts';

/**
 * Name of a run's repository: readable, plain, and another one in another data directory.
 *
 * @param name of the run on shared servers, see {@link BatchLog.globalName}
 */
export function repositoryName(name: string): string {
  const readable = name.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 40);
  return `kgot-${readable}-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
}

/**
 * One repository, which may or may not be there. It is a memory store that writes itself to disk a second after a change:
 * measured, it takes a batch in half the time of a native store, and holds no files open. What it loses when it is killed
 * comes back from the batches.
 */
export class Repository {
  readonly name: string;
  /** Below the server's address. */
  readonly path: string;
  readonly #connection: Rdf4jConnection;
  readonly #persistent: boolean;

  constructor(connection: Rdf4jConnection, name: string, { persistent = true } = {}) {
    this.name = name;
    this.path = `/repositories/${name}`;
    this.#connection = connection;
    this.#persistent = persistent;
  }

  /** Makes it; one that is there is success. */
  async create(): Promise<void> {
    const storage = this.#persistent ? 'memory:persist true ; memory:syncDelay 1000' : 'memory:persist false';
    const body = `
      @prefix config: <http://www.openrdf.org/config/repository#> .
      @prefix repository: <http://www.openrdf.org/config/repository/sail#> .
      @prefix sail: <http://www.openrdf.org/config/sail#> .
      @prefix memory: <http://www.openrdf.org/config/sail/memory#> .
      [] a config:Repository ; config:repositoryID "${this.name}" ; config:repositoryImpl [
        config:repositoryType "openrdf:SailRepository" ; repository:sailImpl [
          sail:sailType "openrdf:MemoryStore" ; sail:iterationCacheSyncThreshold "10000" ; ${storage} ] ] .`;
    try {
      await this.#ask({ method: 'PUT', body, type: 'text/turtle' }, '');
    } catch (error) {
      if (!(error instanceof RequestRefused && error.status === 409)) throw error;
    }
  }

  /** Drops it; one that is not there is success. */
  async drop(): Promise<void> {
    await this.#ask({ method: 'DELETE' }, '').catch((error: unknown) => {
      if (!(error instanceof RepositoryMissing)) throw error;
    });
  }

  /** @throws {RepositoryMissing} */
  async update(update: string): Promise<void> {
    await this.#ask({ method: 'POST', body: update, type: 'application/sparql-update' }, '/statements');
  }

  /**
   * Takes out everything if it is at two revisions, in one transaction: whoever else has done so has lost nothing by it.
   *
   * @throws {RepositoryMissing}
   */
  async clearIfMixed(): Promise<void> {
    const mixed = `GRAPH ${META_GRAPH} { ${GRAPH} ${REVISION} ?one, ?other } FILTER (?one != ?other)`;
    await this.update(
      `DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { { SELECT (1 AS ?mixed) { ${mixed} } LIMIT 1 } GRAPH ?g { ?s ?p ?o } }`,
    );
  }

  /**
   * Uses what an update makes, which nobody else ever sees: in a transaction that is rolled back.
   *
   * @param update to do first, if there is one
   * @param use with the path below the server's address that queries of the transaction go to
   * @throws {RepositoryMissing}
   */
  async within<T>(update: string | undefined, use: (path: string) => Promise<T>): Promise<T> {
    const transaction = await this.#begin();
    try {
      if (update !== undefined) {
        const asked = { method: 'PUT', body: update, type: 'application/sparql-update' } as const;
        await this.#ask(asked, `${transaction}?action=UPDATE`);
      }
      return await use(`${this.path}${transaction}?action=QUERY`);
    } finally {
      // A query that the server goes on with keeps it; the server ends what nobody uses after a minute.
      await this.#ask({ method: 'DELETE', timeout: ROLLBACK_MILLISECONDS }, transaction).catch(() => undefined);
    }
  }

  /** Path of a new transaction, below that of the repository. */
  async #begin(): Promise<string> {
    try {
      const { headers, body } = await this.#connection.open({ method: 'POST', path: `${this.path}/transactions` });
      await body.dump();
      return `/transactions/${String(headers['location']).split('/').at(-1)}`;
    } catch (error) {
      throw this.#connection.asUnavailable(error);
    }
  }

  /** Rows of a query of our own. @throws {RepositoryMissing} */
  async rows(query: string): Promise<(Term | undefined)[][]> {
    const asked = { method: 'POST', body: query, type: 'application/sparql-query', accept: TABS } as const;
    const text = await this.#ask(asked, '');
    return text.split('\n').slice(1, -1).map(parseLine);
  }

  /**
   * The revision that it is at.
   *
   * @returns 0 when it is empty, undefined when it is not there, NaN when it is at two: a late writer came between
   */
  async revision(): Promise<number | undefined> {
    try {
      const rows = await this.rows(`SELECT ?revision { GRAPH ${META_GRAPH} { ${GRAPH} ${REVISION} ?revision } }`);
      return rows.length > 1 ? NaN : Number(rows[0]?.[0]?.value ?? 0);
    } catch (error) {
      if (error instanceof RepositoryMissing) return undefined;
      throw error;
    }
  }

  async #ask(asked: Omit<Parameters<Rdf4jConnection['text']>[0], 'path'>, below: string): Promise<string> {
    try {
      return await this.#connection.text({ ...asked, path: `${this.path}${below}` });
    } catch (error) {
      throw this.#connection.asUnavailable(error);
    }
  }
}

const ROLLBACK_MILLISECONDS = 1_000;

export const TABS = 'text/tab-separated-values';
