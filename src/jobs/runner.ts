import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { Job } from './job.ts';
import type { JobOutcome, JobProgress } from './progress.ts';

/** Runs jobs: a scheduler of threads, or a processor of ranks. */
export interface JobRunner {
  run<Input, Output>(
    job: Job<Input, Output>,
    input: Input,
    options?: { artifacts?: ArtifactStore; signal?: AbortSignal; onProgress?: (progress: JobProgress) => void },
  ): Promise<JobOutcome<Output>>;
}
