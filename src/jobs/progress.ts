import type { TaskPath } from './errors.ts';
import type { JobMetrics } from './metrics.ts';

export interface JobProgress<Metrics extends JobMetrics = JobMetrics> {
  /** Tasks that have ended, of those known by now. */
  finished: number;
  known: number;
  /** What tasks that are running said last. */
  said: { path: TaskPath; said: number | string }[];
  metrics: Metrics;
}

export interface JobOutcome<Output, Metrics extends JobMetrics = JobMetrics> {
  output: Output;
  metrics: Metrics;
}

/** Milliseconds from one call of `onProgress` to the next. */
const PROGRESS_EVERY = 250;

/** Runs a job, and tells meanwhile how it goes: four times a second, and once when its tasks have ended. */
export async function watched<Metrics extends JobMetrics>(
  job: Readonly<JobProgress<Metrics>> & { run(): Promise<unknown> },
  onProgress: ((progress: JobProgress<Metrics>) => void) | undefined,
): Promise<unknown> {
  if (onProgress === undefined) return job.run();
  const tell = (): void => {
    const { finished, known, said, metrics } = job;
    onProgress({ finished, known, said, metrics });
  };
  const timer = setInterval(tell, PROGRESS_EVERY);
  try {
    const output = await job.run();
    tell();
    return output;
  } finally {
    clearInterval(timer);
  }
}
