/** Jobs: functions over many tasks, balanced over threads by work stealing. */
export { decode as decodeFromJob, encode as encodeForJob } from './codec.ts';
export {
  CannotTravel,
  InvalidJob,
  JobCancelled,
  JobFailed,
  JobModuleError,
  JobStepFailed,
  nameOfTask,
  SchedulerClosed,
  TaskEndedThread,
  TasksTooLarge,
} from './errors.ts';
export type { TaskFailure, TaskPath } from './errors.ts';
export { defineJob, isJob } from './job.ts';
export type { CollectiveModule, Job, JobDefinition, JobModule, TaskContext, Tasks } from './job.ts';
export { loadBalance, parallelEfficiency } from './metrics.ts';
export type { JobMetrics, WorkerMetrics } from './metrics.ts';
export { WorkStealingScheduler } from './stealing-scheduler.ts';
export type { JobOutcome, JobProgress } from './progress.ts';
export type { RunOptions } from './runner.ts';
export type { SchedulerOptions } from './stealing-scheduler.ts';
