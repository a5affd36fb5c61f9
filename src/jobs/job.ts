import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { InvalidJob } from './errors.ts';

/** What `run` is given after its task. */
export interface TaskContext<Task = unknown> {
  /** The worker that runs the task: 0 to threads − 1, or the rank. */
  readonly worker: number;
  /** Aborted when the job is cancelled. `aborted` and `throwIfAborted` are right also within a function that never waits. */
  readonly signal: AbortSignal;
  /** The store that the job was started with; without one, undefined. */
  readonly artifacts: ArtifactStore | undefined;
  /** Tells how far the task is: from 0 to 1, or in words. Shown at most some times a second. */
  progress(said: number | string): void;
  /**
   * Whether none of the tasks that this worker has waits for someone to take it. A task that goes on by itself and spawns a part of what it has left
   * only then, looking often, splits as finely as others ask for, and no finer (after lazy binary splitting: Tzannes, Caragea, Barua and Vishkin,
   * PPoPP 2010).
   */
  readonly wantsTasks: boolean;
  /**
   * Adds a task, which any worker may run. It is copied at once.
   *
   * @throws {CannotTravel} when it cannot be copied
   * @throws {Error} when the task that spawns has ended
   */
  spawn(task: Task): void;
}

type MaybePromise<T> = T | PromiseLike<T>;

/** Tasks, all at once or one after the other. */
export type Tasks<Task> = Iterable<Task> | AsyncIterable<Task>;

/** What the module of a job exports. Every task, result, input and output is copied, as `v8.serialize` copies. */
export interface JobModule<Input, Task, Result, Output> {
  /** Called once, on one worker, before that one runs tasks. */
  split(input: Input): MaybePromise<Tasks<Task>>;
  /** Called once for each task; again only where the thread or host that ran it died. */
  run(task: Task, context: TaskContext<Task>): MaybePromise<Result>;
  /** Called once, when all tasks have ended well: their results in the order of the tasks, those of spawned ones after them. */
  reduce(results: Result[]): MaybePromise<Output>;
}

/** What the module of a job of another shape exports: a program that runs on every MPI rank at once. */
export interface CollectiveModule<Input, Output, World = unknown> {
  main(world: World, input: Input): MaybePromise<Output>;
}

/** Where a job's functions are to be found; the functions themselves are loaded where they run. */
export interface Job<Input = unknown, Output = unknown> {
  readonly name: string;
  /** A file's URL, or a package's name as Node resolves it. */
  readonly module: string;
  /** Of types only. */
  readonly types?: { input: Input; output: Output };
}

export interface JobDefinition {
  /** What messages, metrics and traces call it. */
  name: string;
  /** The module with its functions: `import.meta.url` where they are beside the definition, or `import.meta.resolve('./primes.ts')`. */
  module: string | URL;
}

const defined = new WeakSet();

/**
 * Defines a job: a function over many tasks, for all cores of a machine or all hosts of a cluster.
 *
 * @example
 * ```ts
 * export const squares = defineJob<number, number>({ name: 'squares', module: import.meta.url });
 * export const split = (most: number) => Array.from({ length: most }, (_, index) => index);
 * export const run = (task: number) => task ** 2;
 * export const reduce = (results: number[]) => results.reduce((sum, square) => sum + square, 0);
 * ```
 * @throws {InvalidJob}
 */
export function defineJob<Input = unknown, Output = unknown>(definition: JobDefinition): Job<Input, Output> {
  const { name, module } = (definition ?? {}) as Partial<JobDefinition>;
  if (typeof name !== 'string' || name.trim() === '') {
    throw new InvalidJob(`The name of a job is ${shown(name)}: give a text that is not empty.`);
  }
  const specifier = module instanceof URL ? module.href : module;
  if (typeof specifier !== 'string' || specifier === '') {
    throw new InvalidJob(
      `The module of job ${name} is ${shown(module)}: give a URL, as import.meta.resolve('./its-functions.ts') does.`,
    );
  }
  if (/^(\.{0,2}\/|[a-zA-Z]:\\)/.test(specifier)) {
    throw new InvalidJob(
      `The module of job ${name} is the path ${shown(specifier)}, which means something else where the job runs: give its URL, as import.meta.resolve does.`,
    );
  }
  const job = Object.freeze({ name, module: specifier });
  defined.add(job);
  return job;
}

/** Whether `value` came from {@link defineJob}. */
export function isJob(value: unknown): value is Job {
  return typeof value === 'object' && value !== null && defined.has(value);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
