import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { LRUCache } from 'lru-cache';
import PQueue from 'p-queue';
import { withCompiled } from '../../config/keep-compiled.ts';
import { siblingModule } from '../../config/module-path.ts';
import type { Graph } from '../../domain/graph.ts';
import { LIMITS } from '../../domain/limits.ts';
import { QueryError } from '../graph-store.ts';
import type { QueryLimits, QueryRows } from '../graph-store.ts';
import { heldName, PROJECTIONS, tookTooLong, WORDS } from './protocol.ts';
import type { ProjectionContent, QueryQuestion, QueryReply } from './protocol.ts';

/** What a model wrote, and what it is about. */
type Asked = Pick<QueryQuestion, 'kind' | 'projection' | 'query'>;

/** One child process, and what it holds. */
interface QueryProcess {
  child: ChildProcess;
  /** Projections that it has been sent, by kind and name. */
  held: LRUCache<string, true>;
}

/** Queries that a process answers before it is replaced, against slow leaks. */
const QUERIES_PER_PROCESS = 1_000;

/** A small pool of child processes for model-written queries, one query at a time each. */
export class QueryPool {
  readonly #queue: PQueue;
  readonly #idle: QueryProcess[] = [];
  readonly #all = new Set<QueryProcess>();
  readonly #answered = new WeakMap<QueryProcess, number>();
  #closed = false;

  constructor(processes: number) {
    this.#queue = new PQueue({ concurrency: processes });
  }

  /**
   * Runs Cypher on a projection.
   *
   * @param projection names the graph's content: a run at a revision
   * @throws {QueryError} when the query is at fault
   */
  query(projection: string, graph: Graph, query: string, limits: QueryLimits): Promise<QueryRows> {
    return this.#answer({ kind: 'cypher', projection, query }, graph, limits);
  }

  /**
   * Runs JavaScript over a projection.
   *
   * @param projection names the graph's content: a run at a revision
   * @throws {QueryError} when the code is at fault
   */
  code(projection: string, graph: Graph, code: string, limits: QueryLimits): Promise<QueryRows> {
    return this.#answer({ kind: 'code', projection, query: code }, graph, limits);
  }

  #answer(asked: Asked, graph: Graph, limits: QueryLimits): Promise<QueryRows> {
    const { noun } = WORDS[asked.kind];
    return this.#queue.add(async () => {
      for (let attempt = 1; ; attempt += 1) {
        if (this.#closed) throw new Error('The graph store was closed before the query was answered.');
        const outcome = await this.#ask(asked, graph, limits);
        if (outcome.kind === 'rows') return outcome.rows;
        if (outcome.kind === 'error') throw new QueryError(outcome.error);
        // Somebody else ended the process: the query is asked again in a fresh one.
        if (attempt === 3) throw new QueryError(`The ${noun} ended its process each time it ran: write it otherwise.`);
      }
    });
  }

  async #ask(asked: Asked, graph: Graph, limits: QueryLimits): Promise<QueryReply | { kind: 'lost' }> {
    const process = this.#idle.pop() ?? this.#start();
    const held = heldName(asked);
    const question: QueryQuestion = {
      ...asked,
      ...(process.held.get(held) ? {} : { graph: contentOf(graph) }),
      rows: limits.rows,
      milliseconds: limits.milliseconds,
      memoryBytes: LIMITS.queryMemoryBytes,
    };
    process.held.set(held, true);
    const reply = await this.#exchange(process, question);
    const answered = (this.#answered.get(process) ?? 0) + 1;
    this.#answered.set(process, answered);
    if (this.#all.has(process)) {
      if (answered < QUERIES_PER_PROCESS) this.#idle.push(process);
      else this.#end(process);
    }
    return reply;
  }

  #exchange(process: QueryProcess, question: QueryQuestion): Promise<QueryReply | { kind: 'lost' }> {
    const { child } = process;
    const { kind, milliseconds } = question;
    return new Promise((resolve) => {
      const settle = (reply: QueryReply | { kind: 'lost' }): void => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
        child.off('error', onError);
        resolve(reply);
      };
      const onMessage = (reply: QueryReply): void => settle(reply);
      const onExit = (): void => {
        this.#forget(process);
        settle({ kind: 'lost' });
      };
      const onError = (): void => {
        this.#end(process);
        settle({ kind: 'lost' });
      };
      const timer = setTimeout(() => {
        this.#end(process);
        settle({ kind: 'error', error: tookTooLong(kind, milliseconds) });
      }, milliseconds);
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.on('error', onError);
      child.send(question, (error) => {
        if (error !== null) onError();
      });
    });
  }

  #start(): QueryProcess {
    const child = fork(siblingModule('./query-process.ts', import.meta.url), {
      serialization: 'advanced',
      stdio: 'ignore',
      // The process needs nothing else of the worker's environment, which may hold keys.
      env: withCompiled({ PATH: process.env['PATH'] }),
      execArgv: [],
    });
    child.unref();
    child.channel?.unref();
    const started: QueryProcess = { child, held: new LRUCache({ max: PROJECTIONS }) };
    this.#all.add(started);
    child.once('exit', () => this.#forget(started));
    return started;
  }

  #forget(process: QueryProcess): void {
    this.#all.delete(process);
    const index = this.#idle.indexOf(process);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  #end(process: QueryProcess): void {
    this.#forget(process);
    process.child.kill('SIGKILL');
  }

  /** Process ids of the children that live. */
  get pids(): number[] {
    return [...this.#all].flatMap(({ child }) => child.pid ?? []);
  }

  /** Ends every process. Queries that wait or run are rejected, and so are those that follow. */
  close(): void {
    this.#closed = true;
    for (const process of this.#all) this.#end(process);
  }
}

function contentOf(graph: Graph): ProjectionContent {
  return {
    nodes: [...graph.nodes.values()].map(({ key, labels, properties }) => ({ key, labels, properties })),
    edges: [...graph.edges.values()].map(({ from, to, type, properties }) => ({ from, to, type, properties })),
  };
}
