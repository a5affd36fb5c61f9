import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { decode } from './codec.ts';
import { JobCancelled, JobFailed, JobModuleError, JobStepFailed, TaskEndedThread } from './errors.ts';
import type { TaskFailure, TaskPath } from './errors.ts';
import { Figures } from './figures.ts';
import { comparePaths } from './paths.ts';
import { PHASE, Shared } from './layout.ts';
import { Ledger } from './ledger.ts';
import { receivedError, sentError } from './messages.ts';
import type { MainMessage, ReduceOutcome, ResultBatch, SentJob, ThreadCall, WorkerMessage } from './messages.ts';
import { loadBalance, parallelEfficiency } from './metrics.ts';
import type { JobMetrics } from './metrics.ts';
import { problemOf } from './problem.ts';
import { StoreServer } from './serve-store.ts';

export type Pool = Piscina<ThreadCall, ReduceOutcome | undefined>;

export interface ExecutionOptions {
  pool: Pool;
  job: SentJob;
  input: Uint8Array;
  workers: number;
  seed: number;
  interleaved: number;
  grace: number;
  artifacts: ArtifactStore | undefined;
  signal: AbortSignal | undefined;
}

/** A worker of the job, as the main thread knows it. */
interface Member {
  port: MessagePort;
  end: AbortController;
  store: StoreServer | undefined;
}

/** Deaths without a task that can have caused them, after which a job is given up. */
const UNEXPLAINED = 3;

/** One job under way. */
export class Execution {
  readonly #options: ExecutionOptions;
  readonly #shared: Shared;
  readonly #figures: Figures;
  readonly #ledger: Ledger;
  readonly #members = new Map<number, Member>();
  readonly #began = performance.now();
  readonly #batches: ResultBatch[] = [];
  readonly #failures: { handle: number; errorOf: (path: TaskPath) => Error }[] = [];
  readonly #ended: TaskPath[] = [];
  readonly #said = new Map<number, number | string>();
  #all = Promise.withResolvers<undefined>();
  /** Tasks of `split`; undefined until all are there. */
  #tasks: number | undefined;
  #finished = 0;
  #elapsed: number | undefined;
  #replaced = 0;
  #unexplained = 0;
  #problem: Error | undefined;
  #cancelled = false;

  constructor(options: ExecutionOptions) {
    this.#options = options;
    this.#shared = Shared.create(options.workers);
    this.#figures = Figures.create(options.workers);
    this.#ledger = new Ledger(this.#shared);
  }

  /** @returns the output */
  async run(): Promise<unknown> {
    const { signal, workers, input } = this.#options;
    const cancel = (): void => this.#cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      for (let worker = 0; worker < workers; worker += 1) {
        this.#start(worker, { again: [], alone: [] }, worker === 0 ? input : undefined);
      }
      await this.#all.promise;
      this.#throwIfOver();
      return await this.#reduce();
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  get metrics(): JobMetrics {
    const { workers } = this.#figures;
    const elapsed = this.#elapsed ?? performance.now() - this.#began;
    const tasks = this.#tasks ?? this.#shared.created;
    return {
      tasks,
      spawned: this.#shared.created - tasks,
      elapsed,
      replaced: this.#replaced,
      workers,
      parallelEfficiency: parallelEfficiency(workers, elapsed),
      loadBalance: loadBalance(workers),
    };
  }

  /** Tasks whose result or failure is here. */
  get finished(): number {
    return this.#finished;
  }

  get known(): number {
    return this.#shared.created;
  }

  /** What running tasks said last. */
  get said(): { path: TaskPath; said: number | string }[] {
    if (this.#said.size === 0) return [];
    const pathOf = this.#ledger.names();
    return [...this.#said].map(([handle, said]) => ({ path: pathOf(handle), said }));
  }

  #start(worker: number, inheritance: { again: number[]; alone: number[] }, input?: Uint8Array): void {
    const { pool, job, workers, seed, interleaved, artifacts } = this.#options;
    const { port1: port, port2 } = new MessageChannel();
    const member: Member = { port, end: new AbortController(), store: artifacts && new StoreServer(artifacts) };
    this.#members.set(worker, member);
    port.on('message', (message: WorkerMessage) => this.#heard(member, message));
    this.#shared.setPhase(worker, PHASE.starting);
    const call: ThreadCall = {
      do: 'work',
      job,
      input,
      arena: this.#shared.arena.buffer,
      figures: this.#figures.buffer,
      worker,
      workers,
      seed,
      interleaved,
      artifacts: artifacts !== undefined,
      port: port2,
      ...inheritance,
    };
    void pool.run(call, { transferList: [port2], signal: member.end.signal }).then(
      () => this.#left(worker, member),
      (error: unknown) => this.#died(worker, member, error),
    );
  }

  /** A worker has ended as it should. */
  #left(worker: number, member: Member): void {
    this.#close(worker, member);
    if (this.#members.size === 0) this.#all.resolve(undefined);
  }

  #died(worker: number, member: Member, error: unknown): void {
    const phase = this.#shared.phaseOf(worker);
    this.#close(worker, member);
    if (this.#shared.stopped) {
      if (this.#cancelled) this.#ended.push(...this.#ledger.runningOn(worker));
      if (this.#members.size === 0) this.#all.resolve(undefined);
      return;
    }
    const why = error instanceof Error ? error.message : String(error);
    const { job } = this.#options;
    if (phase === PHASE.starting) {
      this.#fail(
        new JobModuleError({ ...this.#named, why: `ended its thread while it was loaded (${why}).`, cause: error }),
      );
    } else if (phase === PHASE.splitting) {
      this.#fail(new JobStepFailed({ job: job.name, step: 'split', why: `ended its thread (${why}).`, cause: error }));
    } else this.#replace(worker, error);
  }

  #replace(worker: number, error: unknown): void {
    const { again, alone, givenUp } = this.#ledger.inherit(worker);
    this.#replaced += 1;
    for (const handle of givenUp) this.#failed(handle, (path) => new TaskEndedThread(path, error));
    if (alone.length === 0 && givenUp.length === 0) this.#unexplained += 1;
    if (this.#unexplained > UNEXPLAINED) {
      const why = 'ended its threads again and again while no task ran on them';
      this.#fail(new JobModuleError({ ...this.#named, why, cause: error }));
      return;
    }
    this.#start(worker, { again, alone });
    this.#endIfDone();
  }

  #heard(member: Member, message: WorkerMessage): void {
    switch (message.kind) {
      case 'results':
        this.#take(message);
        break;
      case 'split':
        this.#tasks = message.tasks;
        break;
      case 'broken':
        this.#fail(problemOf(this.#options.job, message.problem));
        break;
      case 'progress':
        this.#said.set(message.handle, message.said);
        return;
      case 'artifact':
        void this.#answer(member, message);
        return;
    }
    this.#endIfDone();
  }

  #take({ batch, failures }: Extract<WorkerMessage, { kind: 'results' }>): void {
    if (batch.tasks.length > 0) this.#batches.push(batch);
    for (let at = 0; at < batch.tasks.length; at += 2) this.#finish(batch.tasks[at]!);
    for (const { handle, error } of failures) this.#failed(handle, () => receivedError(error));
  }

  #failed(handle: number, errorOf: (path: TaskPath) => Error): void {
    this.#failures.push({ handle, errorOf });
    this.#finish(handle);
  }

  #finish(handle: number): void {
    this.#ledger.finish(handle);
    this.#said.delete(handle);
    this.#finished += 1;
  }

  /**
   * All is done when `split` has ended and as many tasks have ended as were created: a task is counted as created before
   * the one that spawned it ends, so that the numbers are equal only when there is none left.
   */
  #endIfDone(): void {
    if (this.#tasks === undefined || this.#shared.stopped || this.#shared.created !== this.#finished) return;
    this.#elapsed = performance.now() - this.#began;
    this.#shared.stop();
  }

  async #answer({ port, store }: Member, { call, method, input }: Extract<WorkerMessage, { kind: 'artifact' }>) {
    let answer: MainMessage;
    try {
      answer = { kind: 'answer', call, value: await store!.answer(method, input) };
    } catch (error) {
      answer = { kind: 'answer', call, error: sentError(error) };
    }
    port.postMessage(answer);
  }

  #cancel(): void {
    if (this.#elapsed !== undefined) return;
    this.#cancelled = true;
    this.#stopAll();
  }

  #fail(problem: Error): void {
    if (this.#problem !== undefined || this.#cancelled) return;
    this.#problem = problem;
    this.#stopAll();
  }

  /** Tells the workers to end, and ends those that do not. */
  #stopAll(): void {
    this.#shared.stop();
    const cancelled: MainMessage = { kind: 'cancelled' };
    for (const { port } of this.#members.values()) port.postMessage(cancelled);
    const timer = setTimeout(() => {
      for (const { end } of this.#members.values()) end.abort();
    }, this.#options.grace);
    void this.#all.promise.then(() => clearTimeout(timer));
    if (this.#members.size === 0) this.#all.resolve(undefined);
  }

  #throwIfOver(): void {
    const { job, signal, grace } = this.#options;
    if (this.#cancelled) {
      throw new JobCancelled({ job: job.name, reason: signal?.reason, ended: this.#ended, grace });
    }
    if (this.#problem !== undefined) throw this.#problem;
  }

  async #reduce(): Promise<unknown> {
    const { pool, job, signal, grace } = this.#options;
    const { tasks, spawned } = this.metrics;
    const collect = this.#failures.length > 0;
    const batches = this.#batches.splice(0);
    const { arena, spawnedNumbers: numbers } = this.#shared;
    const call: ThreadCall = { do: 'reduce', job, arena: arena.buffer, tasks, spawned, numbers, batches, collect };
    const transferList = batches.flatMap(({ tasks: { buffer }, results }) => [buffer, results.buffer]);
    let outcome: ReduceOutcome;
    try {
      outcome = (await pool.run(call, { transferList, signal }))!;
    } catch (error) {
      if (signal?.aborted) throw new JobCancelled({ job: job.name, reason: signal.reason, ended: [], grace });
      const why = error instanceof Error ? error.message : String(error);
      throw new JobStepFailed({ job: job.name, step: 'reduce', why: `ended its thread (${why}).`, cause: error });
    }
    if ('problem' in outcome) throw problemOf(this.#options.job, outcome.problem);
    const output = decode(outcome.output);
    if (!collect) return output;
    throw new JobFailed(job.name, this.#namedFailures(), output as unknown[]);
  }

  #namedFailures(): TaskFailure[] {
    const pathOf = this.#ledger.names();
    const failures = this.#failures.map(({ handle, errorOf }) => {
      const path = pathOf(handle);
      return { path, error: errorOf(path) };
    });
    return failures.sort((a, b) => comparePaths(a.path, b.path));
  }

  get #named(): { job: string; module: string } {
    const { name, module } = this.#options.job;
    return { job: name, module };
  }

  /** Takes what a worker that has ended still sent. */
  #close(worker: number, member: Member): void {
    for (let left = receiveMessageOnPort(member.port); left !== undefined; left = receiveMessageOnPort(member.port)) {
      this.#heard(member, left.message as WorkerMessage);
    }
    member.port.close();
    member.store?.close();
    if (this.#members.get(worker) === member) this.#members.delete(worker);
  }
}
