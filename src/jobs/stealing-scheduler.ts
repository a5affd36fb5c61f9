import { availableParallelism } from 'node:os';
import PQueue from 'p-queue';
import { Piscina } from 'piscina';
import { withCompiled } from '../config/keep-compiled.ts';
import { siblingModule } from '../config/module-path.ts';
import { checkJob, encodedInput, whole } from './checked.ts';
import { JobCancelled, SchedulerClosed } from './errors.ts';
import { Execution } from './execution.ts';
import type { Pool } from './execution.ts';
import type { Job } from './job.ts';
import { watched } from './progress.ts';
import type { JobOutcome } from './progress.ts';
import type { JobRunner, RunOptions } from './runner.ts';

export interface SchedulerOptions {
  /** Workers, each a thread: 1 to 256. @default one a core */
  threads?: number;
  /** Asynchronous tasks that a worker has begun and not ended, at most; while they wait, it runs others. @default 16 */
  interleaved?: number;
  /** Milliseconds that tasks have to end when their job is cancelled; then their threads are ended. @default 1_000 */
  grace?: number;
  /** Of the random choice of whom to steal from. @default 1 */
  seed?: number;
}

const MOST_THREADS = 256;
/** Milliseconds after which a thread without work ends. */
const IDLE = 10_000;

/**
 * Runs jobs on the threads of this machine, balanced by work stealing. One job runs at a time, on all threads; others wait.
 *
 * @example
 * ```ts
 * const scheduler = new WorkStealingScheduler();
 * const { output, metrics } = await scheduler.run(squares, 100);
 * await scheduler.shutdown();
 * ```
 */
export class WorkStealingScheduler implements JobRunner {
  readonly #threads: number;
  readonly #options: Required<Omit<SchedulerOptions, 'threads'>>;
  readonly #pool: Pool;
  readonly #jobs = new PQueue({ concurrency: 1 });
  #closed: Promise<void> | undefined;

  /** @throws {RangeError} for an option that cannot be right */
  constructor({ threads = availableParallelism(), interleaved = 16, grace = 1_000, seed = 1 }: SchedulerOptions = {}) {
    this.#threads = whole('threads', threads, 1, MOST_THREADS);
    this.#options = {
      interleaved: whole('interleaved', interleaved, 1, 100_000),
      grace: whole('grace', grace, 0, 2 ** 31 - 1),
      seed: whole('seed', seed, 0, 2 ** 32 - 1),
    };
    this.#pool = new Piscina({
      filename: siblingModule('./thread.ts', import.meta.url),
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: IDLE,
      // Between jobs a thread's loop turns, for what tasks have left.
      atomics: 'disabled',
      env: withCompiled(),
      execArgv: [],
    });
    // Of threads that were ended; without a listener it ends the process.
    this.#pool.on('error', () => undefined);
  }

  /** Workers. */
  get threads(): number {
    return this.#threads;
  }

  /**
   * Runs a job to its end. Its functions are loaded and called on the threads alone, so that this one goes on meanwhile.
   *
   * @throws {InvalidJob} when `job` did not come from `defineJob`
   * @throws {JobModuleError} when its module cannot be loaded, or lacks a function
   * @throws {JobStepFailed} when `split` or `reduce` throws
   * @throws {JobFailed} when tasks failed, once all others have ended
   * @throws {JobCancelled} when `signal` was aborted
   * @throws {CannotTravel} when the input cannot be copied
   * @throws {SchedulerClosed} after {@link shutdown}
   */
  async run<Input, Output>(
    job: Job<Input, Output>,
    input: Input,
    { signal, artifacts, onProgress }: RunOptions = {},
  ): Promise<JobOutcome<Output>> {
    checkJob(job);
    if (this.#closed !== undefined) throw new SchedulerClosed();
    const encoded = encodedInput(job.name, input);
    const cancelled = (): JobCancelled =>
      new JobCancelled({ job: job.name, reason: signal?.reason, ended: [], grace: this.#options.grace });
    let began = false;
    const turn = this.#jobs.add(async () => {
      if (signal?.aborted) throw cancelled();
      const execution = new Execution({
        ...this.#options,
        pool: this.#pool,
        job: { name: job.name, module: job.module },
        input: encoded,
        workers: this.#threads,
        artifacts,
        signal,
      });
      began = true;
      const output = await watched(execution, onProgress);
      return { output: output as Output, metrics: execution.metrics };
    });
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        if (!began) reject(cancelled());
      };
      signal?.addEventListener('abort', leave, { once: true });
      void turn.then(resolve, reject).finally(() => signal?.removeEventListener('abort', leave));
      if (signal?.aborted) leave();
    });
  }

  /** Takes no more jobs. Resolves when those that it took have ended, and its threads with them. */
  shutdown(): Promise<void> {
    this.#closed ??= this.#jobs.onIdle().then(() => this.#pool.destroy());
    return this.#closed;
  }
}
