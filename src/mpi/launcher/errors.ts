import { nameOfTask } from '../../jobs/errors.ts';
import type { TaskPath } from '../../jobs/errors.ts';

/** A task that was given up: two ranks that ran it ended, for which nobody asked. */
export class TaskEndedRank extends Error {
  override readonly name = 'TaskEndedRank';
  constructor(path: TaskPath, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`The ${nameOfTask(path)} ended its rank twice, the second time running alone on it: ${why}.`, { cause });
  }
}

/** Thrown when ranks cannot be started, or are lost again and again before anything more is finished. */
export class RanksLost extends Error {
  override readonly name = 'RanksLost';
  constructor({ job, why, said }: { job: string; why: string; said: string }) {
    super(`The ranks of job ${job} ${why}.${said === '' ? '' : ` mpiexec said: ${said}`}`);
  }
}
