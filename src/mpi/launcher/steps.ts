import { Worker as Thread } from 'node:worker_threads';
import { withCompiled } from '../../config/keep-compiled.ts';
import { siblingModule } from '../../config/module-path.ts';
import { decode } from '../../jobs/codec.ts';
import { JobModuleError, JobStepFailed } from '../../jobs/errors.ts';
import type { SentJob } from '../../jobs/messages.ts';
import type { SplitChunk } from './messages.ts';
import { problemOf } from '../../jobs/problem.ts';
import type { StepAnswer, StepCall, StepsData } from './steps-thread.ts';

/** Of results, which stay until all are there: what is large enough for many is not copied again and again. */
const YOUNG_MEGABYTES = 192;

/** What `split` and `reduce` of a job run on: a thread of the launcher's, so that this goes on meanwhile. */
export class Steps {
  readonly #job: SentJob;
  readonly #thread: Thread;
  #step: 'split' | 'reduce' = 'split';
  #loaded = false;
  #isAlive = true;
  #heard: (answer: StepAnswer) => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;

  constructor(job: SentJob) {
    this.#job = job;
    const workerData: StepsData = { job };
    this.#thread = new Thread(siblingModule('./steps-thread.ts', import.meta.url), {
      workerData,
      env: withCompiled(),
      execArgv: ['--no-warnings'],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    this.#thread.on('message', (answer: StepAnswer) => this.#heard(answer));
    this.#thread.on('error', (error: Error) => this.#ended(error.message, error));
    this.#thread.on('exit', (code) => this.#ended(`it exited with ${code}`));
  }

  /** Whether it would do for a job. */
  fits({ name, module }: SentJob): boolean {
    return this.#isAlive && this.#job.name === name && this.#job.module === module;
  }

  /** Whether this process is to go on for it. */
  hold(isHeld: boolean): void {
    if (isHeld) this.#thread.ref();
    else this.#thread.unref();
  }

  /** @returns false for a program that runs on all ranks at once: it has no tasks */
  split(input: Uint8Array, add: (chunk: SplitChunk) => void): Promise<boolean> {
    this.#step = 'split';
    return this.#ask({ do: 'split', input }, (answer, resolve) => {
      if (answer.kind === 'chunk') add(answer.chunk);
      else if (answer.kind === 'split') resolve(true);
      else if (answer.kind === 'loaded' && answer.collective) resolve(false);
    });
  }

  /** Decodes results while others are computed, for {@link reduce}. @param isOwn whether nobody else needs their bytes */
  keep(results: Uint8Array<ArrayBuffer>, isOwn: boolean): void {
    // Small ones lie together in memory that cannot be moved.
    const call: StepCall = { do: 'keep', results };
    this.#thread.postMessage(call, isOwn && isWhole(results) ? [results.buffer] : []);
  }

  /** @param collect gives the results as they are */
  async reduce(call: { count: number; places: Int32Array<ArrayBuffer>[]; collect: boolean }): Promise<unknown> {
    this.#step = 'reduce';
    const output = await this.#ask<Uint8Array>({ do: 'reduce', ...call }, (answer, resolve) => {
      if (answer.kind === 'output') resolve(answer.output);
    });
    return decode(output);
  }

  async close(): Promise<void> {
    this.#failed = () => undefined;
    await this.#thread.terminate();
  }

  #ask<T>(call: StepCall, heard: (answer: StepAnswer, resolve: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#failed = reject;
      this.#heard = (answer) => {
        if (answer.kind === 'loaded') this.#loaded = true;
        if (answer.kind === 'broken') reject(problemOf(this.#job, answer.problem));
        else heard(answer, resolve);
      };
      this.#thread.postMessage(call);
    });
  }

  #ended(why: string, cause?: Error): void {
    this.#isAlive = false;
    const step = this.#step;
    if (!this.#loaded) {
      const { name: job, module } = this.#job;
      this.#failed(new JobModuleError({ job, module, why: `ended its thread while it was loaded (${why}).`, cause }));
      return;
    }
    this.#failed(new JobStepFailed({ job: this.#job.name, step, why: `ended its thread (${why}).`, cause }));
  }
}

function isWhole({ byteLength, buffer }: Uint8Array): boolean {
  return byteLength === buffer.byteLength;
}
