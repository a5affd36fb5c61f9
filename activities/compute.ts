import { isDeepStrictEqual } from 'node:util';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import type { ComputeCall, ComputePlaceUsed, ComputeProgress, ComputeResult } from '../src/domain/compute.ts';
import { truncate } from '../src/domain/text.ts';
import { decode, encode } from '../src/jobs/codec.ts';
import { InvalidJob, JobCancelled, JobFailed, JobModuleError, JobStepFailed, nameOfTask } from '../src/jobs/errors.ts';
import type { Job } from '../src/jobs/job.ts';
import type { JobMetrics } from '../src/jobs/metrics.ts';
import type { JobProgress } from '../src/jobs/progress.ts';
import type { MpiDistributedProcessor } from '../src/mpi/index.ts';
import { orOnThreads } from '../src/mpi/launcher/or-on-threads.ts';
import { toFailure } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';

/** Bytes of an output that a result carries itself. */
const INLINE_BYTES = 4_096;
/** What tasks said that a heartbeat shows. */
const SHOWN_SAID = 10;
const SAID_CHARACTERS = 200;

export interface ComputeParts {
  jobs: readonly Job[];
  artifacts: ArtifactStore;
}

/** The activities of the queue `kgot-compute`: each runs one job to its end. */
export function createComputeActivities({ jobs, artifacts }: ComputeParts) {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  let processor: MpiDistributedProcessor | undefined;
  // Most workers are never given a job.
  const ranks = async (): Promise<MpiDistributedProcessor> => {
    const mpi = await import('../src/mpi/index.ts');
    return (processor ??= new mpi.MpiDistributedProcessor());
  };
  // Of those that serve some, the first is not to wait. It is told what is wrong.
  if (jobs.length > 0) ranks().catch(() => undefined);
  const compute = (call: ComputeCall, run: Run): Promise<ComputeResult> =>
    withHeartbeat((signal, tell) =>
      withJobFailures(async () => {
        const job = jobOf(call, byName);
        return run(job, await inputOf(call, artifacts), { signal, artifacts, tell });
      }),
    );
  return {
    'compute.threads': (call: ComputeCall) => compute(call, onThreads),
    'compute.mpi': (call: ComputeCall) =>
      compute(call, async (job, input, parts) => {
        const { workflowExecution, activityId } = Context.current().info;
        const onRanks = async (): Promise<ComputeResult> => {
          const mpi = await ranks();
          const { output, metrics } = await mpi.run(job, input, {
            ...{ signal: parts.signal, artifacts },
            // Each attempt takes up the journal of the one before.
            id: `${workflowExecution?.workflowId}-${workflowExecution?.runId}-${activityId}`.replace(/[^\w.-]/g, '_'),
            onProgress: (progress) => parts.tell(progressOf('mpi', progress)),
          });
          return { ...(await carried(output, artifacts)), ...takenBy('mpi', metrics) };
        };
        return orOnThreads(onRanks, async (why) => {
          const done = await onThreads(job, input, parts);
          return { ...done, note: truncate(`It ran on threads: ${why}`, 1_000) };
        });
      }),
  };
}

interface RunParts {
  signal: AbortSignal;
  artifacts: ArtifactStore;
  tell: (progress: ComputeProgress) => void;
}

type Run = (job: Job, input: unknown, parts: RunParts) => Promise<ComputeResult>;

const onThreads: Run = async (job, input, { signal, artifacts, tell }) => {
  const { processScheduler } = await import('../src/jobs/process-scheduler.ts');
  const { output, metrics } = await processScheduler().run(job, input, {
    ...{ signal, artifacts },
    onProgress: (progress) => tell(progressOf('threads', progress)),
  });
  return { ...(await carried(output, artifacts)), ...takenBy('threads', metrics) };
};

function takenBy(on: ComputePlaceUsed, metrics: JobMetrics): Omit<ComputeResult, 'output' | 'outputSha256' | 'note'> {
  const { elapsed, tasks, spawned, parallelEfficiency, loadBalance, workers } = metrics;
  return {
    ...{ on, elapsed, tasks, spawned, parallelEfficiency, workers },
    ...(loadBalance === undefined ? {} : { loadBalance }),
  };
}

function jobOf({ job }: ComputeCall, jobs: ReadonlyMap<string, Job>): Job {
  const found = jobs.get(job);
  if (found !== undefined) return found;
  const there = jobs.size === 0 ? 'none' : [...jobs.keys()].join(', ');
  throw refuse(
    'UnknownJob',
    `There is no job ${JSON.stringify(job)} on ${Context.current().info.taskQueue}: this worker serves ${there}. Give it to the workers of the queue with --jobs FILE, or to their plugin.`,
  );
}

async function inputOf({ job, input, inputSha256 }: ComputeCall, artifacts: ArtifactStore): Promise<unknown> {
  if (inputSha256 === undefined) return input;
  if (input !== undefined)
    throw refuse('InvalidInput', `The call of job ${job} has both input and inputSha256: give one.`);
  return decode(await artifacts.getContent(inputSha256));
}

/** History carries what is small and the same as JSON; the rest lies in the artifact store. */
async function carried(
  output: unknown,
  artifacts: ArtifactStore,
): Promise<Pick<ComputeResult, 'output' | 'outputSha256'>> {
  const json = jsonOf(output);
  if (json !== undefined && json.length <= INLINE_BYTES && isDeepStrictEqual(JSON.parse(json), output)) {
    return { output };
  }
  return { outputSha256: await artifacts.putContent(encode(output)) };
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // For example a BigInt.
    return undefined;
  }
}

function progressOf(on: ComputePlaceUsed, { finished, known, said, metrics }: JobProgress): ComputeProgress {
  const { parallelEfficiency, loadBalance, workers } = metrics;
  return {
    ...{ on, finished, known, parallelEfficiency, workers },
    said: said
      .slice(0, SHOWN_SAID)
      .map(({ path, said: words }) =>
        truncate(
          `${nameOfTask(path)}: ${typeof words === 'number' ? `${Math.round(100 * words)} %` : words}`,
          SAID_CHARACTERS,
        ),
      ),
    ...(loadBalance === undefined ? {} : { loadBalance }),
  };
}

/** The last for settings that cannot be right, such as hosts. */
const FINAL = [InvalidJob, JobModuleError, JobFailed, JobStepFailed, RangeError];

/** What would fail again fails at once; what a dead thread or a full machine did gets another attempt. */
async function withJobFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof JobCancelled && Context.current().cancellationSignal.aborted) {
      throw Context.current().cancellationSignal.reason;
    }
    if (error instanceof Error && FINAL.some((type) => error instanceof type)) throw refuse(error.name, error.message);
    throw toFailure(error);
  }
}

function refuse(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message: truncate(message, 2_000), nonRetryable: true });
}
