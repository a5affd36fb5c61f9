/**
 * Starts the job of primes.ts from the Temporal client, and follows it: `node examples/jobs/start-primes.ts 10000000`.
 * A worker serves it: `kgot worker --queue kgot --queue kgot-compute --jobs examples/jobs/primes.ts`.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection, defaultPayloadConverter } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { ComputeProgress, ComputeResult } from 'kgot-temporal';

const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
const connection = await Connection.connect({ address, connectTimeout: '5s' }).catch((error: unknown) => {
  console.error(`Error: No Temporal server answers at ${address} (${String(error)}): name it with TEMPORAL_ADDRESS.`);
  process.exit(1);
});
const client = new Client({ connection });
const below = Number(process.argv[2] ?? 1_000_000);
const handle = await client.workflow.start<(call: object, on: string) => Promise<ComputeResult>>('runJob', {
  taskQueue: 'kgot',
  workflowId: `primes-${randomUUID()}`,
  args: [{ job: 'primes', input: below }, process.argv[3] ?? 'threads'],
});
const ended = new AbortController();
const result = handle.result().finally(() => ended.abort());
await follow(handle, ended.signal);
const { output, on, elapsed, parallelEfficiency, workers } = await result;
console.log(`${String(output)} primes below ${below}, on ${workers.length} ${on === 'mpi' ? 'ranks' : 'threads'}`);
console.log(`${Math.round(elapsed)} ms, parallel efficiency ${parallelEfficiency.toFixed(2)}`);
await connection.close();

/** Prints what the activity's heartbeats tell: the same as its page in the Temporal UI. */
async function follow(job: WorkflowHandle, signal: AbortSignal): Promise<void> {
  let last = '';
  while (!signal.aborted) {
    const { raw } = await job.describe();
    for (const { heartbeatDetails } of raw.pendingActivities ?? []) {
      const [payload] = heartbeatDetails?.payloads ?? [];
      if (payload === undefined) continue;
      const progress = defaultPayloadConverter.fromPayload<ComputeProgress | undefined>(payload);
      if (progress === undefined) continue;
      const { finished, known, workers } = progress;
      const line = `${finished} of ${known} tasks; ${workers.map(({ tasks, steals }) => `${tasks} (${steals} stolen)`).join(', ')}`;
      if (line !== last) console.log(line);
      last = line;
    }
    await delay(250, undefined, { signal }).catch(() => undefined);
  }
}
