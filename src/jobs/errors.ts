/** Which task: the index that `split` gave it; after it, for spawned ones, which spawn of which task it was, from 0. */
export type TaskPath = readonly number[];

/** How messages call a task. */
export function nameOfTask([index, ...spawns]: TaskPath): string {
  return `task ${[index, ...spawns.map((spawn) => `spawn ${spawn}`)].join(', ')}`;
}

/** Thrown for a job that cannot be right, when it is defined or given to a scheduler. */
export class InvalidJob extends TypeError {
  override readonly name = 'InvalidJob';
}

/** Thrown when the module of a job cannot be loaded, or does not export what a job needs. Nothing has run. */
export class JobModuleError extends Error {
  override readonly name = 'JobModuleError';
  constructor({ job, module, why, cause }: { job: string; module: string; why: string; cause?: unknown }) {
    super(`The module of job ${job}, ${module}, ${why}`, { cause });
  }
}

/** Thrown when `split`, `reduce` or `main` threw, or ended its thread. */
export class JobStepFailed extends Error {
  override readonly name = 'JobStepFailed';
  readonly step: 'split' | 'reduce' | 'main';
  constructor({
    job,
    step,
    why,
    cause,
  }: {
    job: string;
    step: 'split' | 'reduce' | 'main';
    why: string;
    cause?: unknown;
  }) {
    super(`${step} of job ${job} ${why}`, { cause });
    this.step = step;
  }
}

/** Thrown when an input, a task, a result or an output cannot be copied. */
export class CannotTravel extends TypeError {
  override readonly name = 'CannotTravel';
  constructor(what: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`${what} cannot be copied to where it is needed: ${why.replace(/\.?$/, '.')} Give plain data.`, { cause });
  }
}

/** Thrown when the tasks of a job take more shared memory than there can be. */
export class TasksTooLarge extends RangeError {
  override readonly name = 'TasksTooLarge';
  constructor(mebibytes: number) {
    super(
      `The tasks of one job take more than ${mebibytes} MiB: give each a reference to its data, as to an artifact, and let it read that.`,
    );
  }
}

/** A task that was given up: each thread that ran it ended, for which nobody asked. */
export class TaskEndedThread extends Error {
  override readonly name = 'TaskEndedThread';
  constructor(path: TaskPath, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`The ${nameOfTask(path)} ended its thread twice, the second time running alone on it: ${why}.`, { cause });
  }
}

/** A task that did not end well. */
export interface TaskFailure {
  readonly path: TaskPath;
  /** What it threw, without properties of its own. */
  readonly error: Error;
}

/** Failures that a message names. */
const NAMED = 3;

/** Thrown when tasks failed, after all others have ended. `reduce` was not called. */
export class JobFailed extends Error {
  override readonly name = 'JobFailed';
  /** In the order of tasks. */
  readonly failures: readonly TaskFailure[];
  /** In the order of tasks; undefined where one failed. */
  readonly results: readonly unknown[];
  constructor(job: string, failures: readonly TaskFailure[], results: readonly unknown[]) {
    const named = failures.slice(0, NAMED).map(({ path, error }) => `${nameOfTask(path)}: ${error.message}`);
    const more = failures.length > NAMED ? `; and ${failures.length - NAMED} more` : '';
    super(`Of the ${results.length} tasks of job ${job} ${failures.length} failed (${named.join('; ')}${more}).`, {
      cause: failures[0]?.error,
    });
    this.failures = failures;
    this.results = results;
  }
}

interface CancelledFields {
  job: string;
  reason: unknown;
  ended: TaskPath[];
  grace: number;
  /** What was ended. */
  on?: 'threads' | 'ranks';
}

/** Thrown when a job was cancelled; its `cause` is the signal's reason. */
export class JobCancelled extends Error {
  override readonly name = 'JobCancelled';
  /** Tasks that did not end within the grace period, and were ended with their threads. */
  readonly ended: readonly TaskPath[];
  constructor({ job, reason, ended, grace, on = 'threads' }: CancelledFields) {
    const stuck =
      ended.length === 0
        ? ''
        : ` ${stuckTasks(ended)} did not end within ${grace} ms of it, and were ended with their ${on}.`;
    super(`The job ${job} was cancelled.${stuck}`, { cause: reason });
    this.ended = ended;
  }
}

function stuckTasks(paths: TaskPath[]): string {
  const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : '';
  return `Of its tasks ${paths.slice(0, NAMED).map(nameOfTask).join('; ')}${more}`;
}

/** Thrown when a job is given to a scheduler that was shut down. */
export class SchedulerClosed extends Error {
  override readonly name = 'SchedulerClosed';
  constructor() {
    super('The scheduler was shut down: it takes no more jobs.');
  }
}
