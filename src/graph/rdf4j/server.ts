import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { GraphServerRefused, GraphUnavailable } from '../graph-store.ts';

/** Where an RDF4J server is, and who may enter. */
export interface Rdf4jServer {
  /** Of its web application, for example `http://localhost:8080/rdf4j-server`. */
  url: string;
  user?: string;
  password?: string;
}

/** Thrown when the server has no such repository: it was never made, or lost. */
export class RepositoryMissing extends Error {
  override readonly name = 'RepositoryMissing';
}

/** Thrown when the server refuses or breaks off what was asked, for a reason that lies in it. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly status: number;
  constructor(message: string, { status }: { status: number }) {
    super(message);
    this.status = status;
  }
}

export interface Rdf4jRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the server's address, with its leading slash. */
  path: string;
  body?: string;
  /** Of the body; its charset is added. */
  type?: string;
  accept?: string;
  signal?: AbortSignal;
  /** Milliseconds until the first byte of the answer. @default 120,000 */
  timeout?: number;
}

/** The version of the REST protocol that RDF4J 4.0 brought. */
const OLDEST_PROTOCOL = 12;
const TIMEOUT_MILLISECONDS = 120_000;
const RETRY_AFTER_MILLISECONDS = 250;

/** What RDF4J says of a repository that is not there; 400 when somebody else drops it while it is being dropped. */
const MISSING = new Map([
  [404, /^\s*unknown repository/i],
  [400, /^\s*could not locate repository configuration/i],
]);

/** What RDF4J says, with status 500, of a transaction that it forgot: it was started again since. */
const LOST_TRANSACTION = /^\s*transaction with id \S+ not registered/i;

/** An RDF4J server by HTTP: connections are kept, every request has a time limit, and errors are told apart. */
export class Rdf4jConnection {
  readonly #url: string;
  readonly #server: Rdf4jServer;
  readonly #agent = new Agent({ connect: { timeout: 5_000 }, keepAliveTimeout: 20_000 });
  #checked: Promise<void> | undefined;

  constructor(server: Rdf4jServer) {
    this.#url = server.url.replace(/\/+$/, '');
    this.#server = server;
  }

  /**
   * The text of the answer.
   *
   * @throws {GraphUnavailable | GraphServerRefused | RepositoryMissing | RequestRefused}
   */
  async text(asked: Rdf4jRequest): Promise<string> {
    const response = await this.open(asked);
    try {
      return await response.body.text();
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  /** The answer, once it is known to be one: whoever asks reads or destroys its body. Errors as of {@link text}. */
  async open(asked: Rdf4jRequest): Promise<Dispatcher.ResponseData> {
    this.#checked ??= this.#check();
    try {
      await this.#checked;
    } catch (error) {
      this.#checked = undefined;
      throw error;
    }
    return this.#send(asked);
  }

  /** Makes sure once that this is a server to work with. */
  async #check(): Promise<void> {
    const response = await this.#send({ method: 'GET', path: '/protocol', timeout: 10_000 });
    const version = (await response.body.text().catch(() => '')).trim();
    if (!/^\d+$/.test(version)) throw this.#noServer();
    if (Number(version) < OLDEST_PROTOCOL) {
      throw new GraphServerRefused(
        `The server at ${this.address} speaks version ${version} of RDF4J's protocol, which is too old: use RDF4J 4 or newer.`,
      );
    }
  }

  async #send({ method, path, body, type, accept, signal, timeout = TIMEOUT_MILLISECONDS }: Rdf4jRequest) {
    let response: Dispatcher.ResponseData;
    try {
      response = await request(`${this.#url}${path}`, {
        method,
        dispatcher: this.#agent,
        headersTimeout: timeout,
        bodyTimeout: timeout,
        headers: {
          ...(type !== undefined && { 'content-type': `${type}; charset=utf-8` }),
          ...(accept !== undefined && { accept }),
          ...this.#authorization(),
        },
        ...(body !== undefined && { body }),
        ...(signal !== undefined && { signal }),
      });
    } catch (error) {
      if (error instanceof TypeError || (error as { code?: string }).code === 'UND_ERR_INVALID_ARG') {
        throw new GraphServerRefused(`The address ${this.address} is none: ${EXAMPLE}.`, { cause: error });
      }
      throw this.#unavailable(error);
    }
    if (response.statusCode < 300) return response;
    const reason = await response.body.text().catch(() => '');
    throw this.#failure(response.statusCode, reason);
  }

  #authorization(): Record<string, string> {
    const { user, password = '' } = this.#server;
    if (user === undefined) return {};
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  }

  #failure(status: number, reason: string): Error {
    if (status === 401 || status === 403) {
      const { user } = this.#server;
      return new GraphServerRefused(
        `The RDF4J server at ${this.address} refuses ${user === undefined ? 'whoever gives no name' : `the user ${JSON.stringify(user)} with this password`}: ` +
          'set RDF4J_USERNAME and RDF4J_PASSWORD to those of a user who may make repositories.',
      );
    }
    if (MISSING.get(status)?.test(reason)) return new RepositoryMissing(reason.trim());
    if (status === 404 || (status >= 300 && status < 400) || status === 405) return this.#noServer();
    if (status === 429 || status === 502 || status === 503 || status === 504 || LOST_TRANSACTION.test(reason)) {
      return this.#unavailable(new RequestRefused(reason.trim(), { status }));
    }
    return new RequestRefused(reason.trim() || `HTTP status ${status}`, { status });
  }

  #noServer(): GraphServerRefused {
    return new GraphServerRefused(`There is no RDF4J server at ${this.address}: ${EXAMPLE}.`);
  }

  /** What a retry may mend. */
  #unavailable(cause: unknown): GraphUnavailable {
    const reason = cause instanceof Error ? ((cause as { code?: string }).code ?? cause.message) : String(cause);
    return new GraphUnavailable(`The RDF4J server at ${this.address} is away (${reason}): see whether it runs.`, {
      retryAfter: RETRY_AFTER_MILLISECONDS,
      cause,
    });
  }

  /** Of a request that the server broke off: an error of its own, unless it was ours. */
  asUnavailable(error: unknown): unknown {
    return error instanceof RequestRefused && error.status >= 500 ? this.#unavailable(error) : error;
  }

  /** Where the server is, without what may be secret in it. */
  get address(): string {
    try {
      const url = new URL(this.#url);
      url.username = '';
      url.password = '';
      url.search = '';
      return url.href.replace(/\/$/, '');
    } catch {
      return 'that was given';
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

const EXAMPLE = "give RDF4J_URL the address of RDF4J's web application, such as http://localhost:8080/rdf4j-server";
