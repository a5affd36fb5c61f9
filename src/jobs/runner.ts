import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { Job } from './job.ts';
import type { JobMetrics } from './metrics.ts';
import type { JobOutcome, JobProgress } from './progress.ts';

export interface RunOptions<Metrics extends JobMetrics = JobMetrics> {
  /** Cancels the job. */
  signal?: AbortSignal;
  /** The store that tasks find in their context. */
  artifacts?: ArtifactStore;
  /** Called four times a second while the job runs, and once when its tasks have ended. */
  onProgress?: (progress: JobProgress<Metrics>) => void;
}

/** Runs jobs: a scheduler of threads, or a processor of ranks. */
export interface JobRunner {
  run<Input, Output>(job: Job<Input, Output>, input: Input, options?: RunOptions): Promise<JobOutcome<Output>>;
}
