import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { readServerState } from '../../src/config/server-state.ts';
import type { ComputeCall, ComputePlaceUsed, ComputeResult } from '../../src/domain/compute.ts';
import { QUEUES } from '../../src/domain/queues.ts';
import { decodeFromJob, encodeForJob } from '../../src/jobs/index.ts';
import { leftovers } from '../../test/mpi/leftovers.ts';
import { openBenchRuntime } from '../interrupt.ts';
import type { Play } from './chaos.ts';
import type { ChaosTask } from './chaos-job.ts';

/** After which Temporal gives an attempt up: the heartbeat timeout of workflows/activities.ts. */
const HEARTBEAT_SECONDS = 4;

/** A worker whose activity `compute.mpi` runs the job, started from Temporal's client: it is killed, and another takes up the journal. */
export async function openComputeWorker(tasks: ChaosTask[]): Promise<Play> {
  const data = await mkdtemp(join(tmpdir(), 'kgot-chaos-'));
  process.env['KGOT_JOBS'] = fileURLToPath(new URL('./chaos-job.ts', import.meta.url));
  const runtime = await openBenchRuntime({ data, log: () => undefined });
  const artifacts = openDirectoryStore(runtime.artifactsDirectory);
  const inputSha256 = await artifacts.putContent(encodeForJob(tasks));
  const pids = new Set<number>();
  const workerPid = (): number => readServerState(data)!.workerPid!;
  return {
    slowdown: 1,
    stallSeconds: HEARTBEAT_SECONDS,
    async run(id) {
      const call: ComputeCall = { job: 'chaos', inputSha256 };
      pids.add(workerPid());
      const handle = await runtime.client.workflow.start<
        (call: ComputeCall, on: ComputePlaceUsed) => Promise<ComputeResult>
      >('runJob', { taskQueue: QUEUES.runs, workflowId: id, args: [call, 'mpi'] });
      const began = performance.now();
      const { on, outputSha256, output, elapsed } = await handle.result();
      const launching = performance.now() - began - elapsed;
      if (on !== 'mpi') throw new Error(`The job ran on ${on}.`);
      const whole = outputSha256 === undefined ? output : decodeFromJob(await artifacts.getContent(outputSha256));
      const { events } = await handle.fetchHistory();
      const attempts = (events ?? []).map(
        ({ activityTaskStartedEventAttributes }) => activityTaskStartedEventAttributes?.attempt ?? 0,
      );
      return { output: whole as string, launches: Math.max(...attempts), launching };
    },
    disturb() {
      process.kill(workerPid(), 'SIGKILL');
      return Promise.resolve();
    },
    // Those of the worker that serves wait for the next job.
    leftovers: () => Promise.resolve([...pids].filter((pid) => pid !== workerPid()).flatMap((pid) => leftovers(pid))),
    async close() {
      await runtime.close();
      delete process.env['KGOT_JOBS'];
      await rm(data, { recursive: true, force: true });
    },
  };
}
