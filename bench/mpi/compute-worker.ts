import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { startWorkerProcess } from '../../cli/runtime/worker-process.ts';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import type { ComputeCall, ComputePlaceUsed, ComputeResult } from '../../src/domain/compute.ts';
import { QUEUES } from '../../src/domain/queues.ts';
import { HEARTBEAT_SECONDS } from '../../src/domain/timeouts.ts';
import { decodeFromJob, encodeForJob } from '../../src/jobs/index.ts';
import { leftovers } from '../../test/mpi/leftovers.ts';
import { openBenchRuntime } from '../interrupt.ts';
import type { Play } from './chaos.ts';
import type { ChaosTask } from './chaos-job.ts';

type JobWorkflow = (call: ComputeCall, on: ComputePlaceUsed) => Promise<ComputeResult>;

/**
 * A worker of the queue `kgot-compute` alone, whose activity `compute.mpi` runs the job, started from Temporal's client: it is killed, and another
 * takes up the journal.
 */
export async function openComputeWorker(tasks: ChaosTask[]): Promise<Play> {
  const data = await mkdtemp(join(tmpdir(), 'kgot-chaos-'));
  process.env['KGOT_JOBS'] = fileURLToPath(new URL('./chaos-job.ts', import.meta.url));
  const runtime = await openBenchRuntime({ data, log: () => undefined, worker: false });
  const { client, address, namespace } = runtime;
  const server = Promise.resolve({ client, at: { address, namespace } });
  const served = { data, server, signal: new AbortController().signal, log: (): void => undefined };
  let computing = 0;
  const workers = [
    await startWorkerProcess({ ...served, flags: ['--data', data, '--queues', QUEUES.runs] }),
    await startWorkerProcess({
      ...served,
      flags: ['--data', data, '--queues', QUEUES.compute],
      onStart: (pid) => (computing = pid),
    }),
  ];
  const artifacts = openDirectoryStore(runtime.artifactsDirectory);
  const inputSha256 = await artifacts.putContent(encodeForJob(tasks));
  const pids = new Set<number>();
  let tidied = 0;
  const start = (id: string, call: ComputeCall): Promise<WorkflowHandle<JobWorkflow>> =>
    runtime.client.workflow.start<JobWorkflow>('runJob', {
      taskQueue: QUEUES.runs,
      workflowId: id,
      args: [call, 'mpi'],
    });
  return {
    slowdown: 1,
    stallSeconds: HEARTBEAT_SECONDS,
    async run(id) {
      pids.add(computing);
      const handle = await start(id, { job: 'chaos', inputSha256 });
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
      process.kill(computing, 'SIGKILL');
      return Promise.resolve();
    },
    // Those of the worker that serves wait for the next job; the files of one that is dead are removed by the next launch.
    async leftovers() {
      const killed = [...pids].filter((pid) => pid !== computing);
      const one: ChaosTask[] = [{ name: 'one', milliseconds: 0, spawns: 0 }];
      if (killed.length > 0) await (await start(`tidy-${(tidied += 1)}`, { job: 'chaos', input: one })).result();
      pids.clear();
      return killed.flatMap((pid) => leftovers(pid));
    },
    async close() {
      for (const worker of workers) await worker.close();
      await runtime.close();
      delete process.env['KGOT_JOBS'];
      await rm(data, { recursive: true, force: true });
    },
  };
}
