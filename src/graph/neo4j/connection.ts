import neo4j from 'neo4j-driver';
import type { Driver, RecordShape, Session, Transaction } from 'neo4j-driver';
import type { Neo4jServer } from '../../config/services-state.ts';
import { GraphServerRefused } from '../graph-store.ts';
import { fromDriver } from './errors.ts';
import { CONSTRAINTS } from './statements.ts';

const CONNECT_MILLISECONDS = 5_000;
/** Milliseconds that a statement may take on the server. */
const STATEMENT_MILLISECONDS = 120_000;

/** The oldest server that takes labels and types as parameters. */
const OLDEST = [5, 26] as const;

/** A driver of one server, checked before it is first used. It does not retry: whoever calls does. */
export class Neo4jConnection {
  readonly #server: Neo4jServer;
  readonly #driver: Driver;
  #checked: Promise<void> | undefined;

  /** @param sessions statements at once, at most */
  constructor(server: Neo4jServer, sessions: number) {
    this.#server = server;
    this.#driver = neo4j.driver(server.url, neo4j.auth.basic(server.user, server.password), {
      disableLosslessIntegers: true,
      maxConnectionPoolSize: sessions,
      connectionTimeout: CONNECT_MILLISECONDS,
      // A statement waits for its turn before it comes here; what is left is a server that hangs.
      connectionAcquisitionTimeout: STATEMENT_MILLISECONDS,
      telemetryDisabled: true,
    });
  }

  /**
   * Runs a statement in a transaction of its own.
   *
   * @throws {GraphUnavailable | GraphServerRefused}
   */
  async run<Row extends RecordShape>(
    access: 'READ' | 'WRITE',
    statement: string,
    parameters: Record<string, unknown>,
  ): Promise<Row[]> {
    await this.#check();
    return this.#run<Row>(access, statement, parameters);
  }

  async close(): Promise<void> {
    await this.#driver.close();
  }

  /**
   * Runs statements in one transaction, which is taken back when `work` throws.
   *
   * @throws {GraphUnavailable | GraphServerRefused}
   */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    await this.#check();
    return this.#session('WRITE', async (session) => {
      const transaction = await session.beginTransaction({ timeout: STATEMENT_MILLISECONDS });
      const result = await work(transaction);
      await transaction.commit();
      return result;
    });
  }

  async #run<Row extends RecordShape>(
    access: 'READ' | 'WRITE',
    statement: string,
    parameters: Record<string, unknown> = {},
  ): Promise<Row[]> {
    return this.#session(access, async (session) => {
      const { records } = await withoutStack(() =>
        session.run<Row>(statement, parameters, { timeout: STATEMENT_MILLISECONDS }),
      );
      return records.map((record) => record.toObject());
    });
  }

  /** A transaction that is left open ends with its session. */
  async #session<T>(access: 'READ' | 'WRITE', work: (session: Session) => Promise<T>): Promise<T> {
    const { database } = this.#server;
    const session = this.#driver.session({
      defaultAccessMode: access,
      ...(database === undefined ? {} : { database }),
    });
    try {
      return await work(session);
    } catch (error) {
      throw fromDriver(error, this.#server);
    } finally {
      await session.close().catch(() => undefined);
    }
  }

  /** Once a driver, and again after it failed: the server may have been away, or have been set right. */
  #check(): Promise<void> {
    this.#checked ??= this.#prepare().catch((error: unknown) => {
      this.#checked = undefined;
      throw error;
    });
    return this.#checked;
  }

  async #prepare(): Promise<void> {
    const { url, origin } = this.#server;
    let agent: string | undefined;
    try {
      ({ agent } = await this.#driver.getServerInfo());
    } catch (error) {
      throw fromDriver(error, this.#server);
    }
    const [major = 0, minor = 0] = (/\/(\d+\.\d+)/.exec(agent ?? '')?.[1] ?? '').split('.').map(Number);
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
      throw new GraphServerRefused(
        `Neo4j at ${url} (${origin}) is ${agent ?? 'of no known version'}: kgot needs ${OLDEST.join('.')} or newer.`,
      );
    }
    for (const constraint of CONSTRAINTS) await this.#run('WRITE', constraint);
  }
}

/** The driver keeps the stack of each call, as text, for its errors: that takes longer than all else it does to send one. */
function withoutStack<T>(call: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return call();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
