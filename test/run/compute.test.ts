import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowFailedError } from '@temporalio/client';
import { Client, Connection, defaultPayloadConverter } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startForeignServer } from '../../bench/foreign-server.ts';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import type { ComputeCall, ComputePlaceUsed, ComputeProgress, ComputeResult } from '../../src/domain/compute.ts';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search-attributes.ts';
import { decodeFromJob, encodeForJob } from '../../src/jobs/index.ts';
import { kgot, ROOT, start } from '../support/command.ts';
import type { Command } from '../support/command.ts';

const JOBS = fileURLToPath(new URL('../jobs/support/compute-jobs.ts', import.meta.url));
const PRIMES = `${ROOT}examples/jobs/primes.ts`;

let server: Awaited<ReturnType<typeof startForeignServer>>;
let connection: Connection;
let client: Client;
let env: NodeJS.ProcessEnv;
let worker: Command;
let folder: string;
let data: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kgot-test-'));
  data = join(folder, 'data');
  server = await startForeignServer(
    SEARCH_ATTRIBUTES.flatMap(({ name, type }) => ['--search-attribute', `${name}=${type}`]),
  );
  connection = await Connection.connect({ address: server.address });
  client = new Client({ connection });
  env = { TEMPORAL_ADDRESS: server.address, KGOT_DATA: data };
  worker = await startWorker();
});
afterAll(async () => {
  worker.child.kill('SIGTERM');
  await worker.ended;
  await connection.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function startWorker(): Promise<Command> {
  const args = ['worker', '--queue', 'kgot', '--queue', 'kgot-compute', '--jobs', PRIMES, '--jobs', JOBS];
  const started = kgot(args, { folder, env });
  await started.until('Serving kgot, kgot-compute');
  return started;
}

let runs = 0;
const startJob = (call: ComputeCall, on: ComputePlaceUsed = 'threads') =>
  client.workflow.start<(call: ComputeCall, on: ComputePlaceUsed) => Promise<ComputeResult>>('runJob', {
    taskQueue: 'kgot',
    workflowId: `job-${(runs += 1)}`,
    args: [call, on],
  });

async function failureOf(call: ComputeCall): Promise<{ type?: string | null; message: string }> {
  const error: unknown = await (await startJob(call)).result().catch((thrown: unknown) => thrown);
  let cause = (error as WorkflowFailedError).cause as Error & { type?: string };
  while (cause.cause instanceof Error) cause = cause.cause;
  return cause;
}

/** What the running activity's last heartbeat says. */
async function heartbeatOf(handle: Awaited<ReturnType<typeof startJob>>): Promise<ComputeProgress> {
  return vi.waitFor(
    async () => {
      const { raw } = await handle.describe();
      const [payload] = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads ?? [];
      const progress = payload && defaultPayloadConverter.fromPayload<ComputeProgress>(payload);
      expect(progress?.finished).toBeGreaterThan(0);
      return progress!;
    },
    { timeout: 30_000, interval: 100 },
  );
}

describe('a job as an activity', { timeout: 120_000 }, () => {
  it('runs on the threads of a worker, and says what each did', async () => {
    const result = await (await startJob({ job: 'primes', input: 200_000 })).result();
    expect(result).toMatchObject({ output: 17_984, on: 'threads', tasks: 20, spawned: 0 });
    expect(result.workers.reduce((sum, { tasks }) => sum + tasks, 0)).toBe(20);
    expect(result.parallelEfficiency).toBeGreaterThan(0);
  });

  it('runs on MPI ranks, each seen in the heartbeats', async () => {
    const handle = await startJob({ job: 'waits-for', input: join(folder, 'for-ranks') }, 'mpi');
    const progress = await heartbeatOf(handle);
    expect(progress).toMatchObject({ on: 'mpi', known: 2, workers: Array(availableParallelism()).fill({}) });
    writeFileSync(join(folder, 'for-ranks'), '');
    expect(await handle.result()).toMatchObject({ output: 'gone on', on: 'mpi', tasks: 2 });
  });

  it('is started and followed by the example', async () => {
    const args = [`${ROOT}examples/jobs/start-primes.ts`, '2000000'];
    const example = start(process.execPath, args, { folder, env: { TEMPORAL_ADDRESS: server.address } });
    expect(await example.ended, example.stderr).toBe(0);
    expect(example.stdout).toMatch(/^148933 primes below 2000000, on \d+ threads$/m);
  });

  it('takes what is large from the artifact store, and leaves it there', async () => {
    const artifacts = openDirectoryStore(join(data, 'artifacts'));
    const words = Array.from({ length: 5_000 }, (_, index) => `word ${index}`);
    const inputSha256 = await artifacts.putContent(encodeForJob(new Map([['words', words]])));
    const result = await (await startJob({ job: 'shout', inputSha256 })).result();
    expect(result.output).toBeUndefined();
    const output = decodeFromJob(await artifacts.getContent(result.outputSha256!)) as string[];
    expect(output).toEqual(words.map((word) => word.toUpperCase()));
  });

  it('tells with each heartbeat how it goes, and stops when it is cancelled', async () => {
    const handle = await startJob({ job: 'endless', input: 4 });
    const progress = await heartbeatOf(handle);
    expect(progress.on).toBe('threads');
    // Results travel many at once: more may be known by now.
    expect(progress.known).toBeGreaterThanOrEqual(4 + progress.finished);
    expect(progress.workers.length).toBeGreaterThan(0);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    // The threads are free again.
    expect((await (await startJob({ job: 'primes', input: 10 })).result()).output).toBe(4);
  });

  it('goes on at another worker when its worker is killed', async () => {
    const handle = await startJob({ job: 'waits-for', input: join(folder, 'go') });
    await heartbeatOf(handle);
    worker.child.kill('SIGKILL');
    await worker.ended;
    worker = await startWorker();
    writeFileSync(join(folder, 'go'), '');
    expect((await handle.result()).output).toBe('gone on');
  });

  it('fails at once where another attempt would fail too, and says why', async () => {
    expect(await failureOf({ job: 'no-such-job' })).toMatchObject({
      type: 'UnknownJob',
      message: expect.stringContaining('this worker serves primes, '),
    });
    expect(await failureOf({ job: 'fails', input: 3 })).toMatchObject({
      type: 'JobFailed',
      message: 'Of the 3 tasks of job fails 1 failed (task 1: this one does not work).',
    });
    expect(await failureOf({ job: 'primes', input: 1, inputSha256: 'a'.repeat(64) })).toMatchObject({
      type: 'InvalidInput',
      message: 'The call of job primes has both input and inputSha256: give one.',
    });
    expect(await failureOf({ job: 'primes', inputSha256: 'a'.repeat(64) })).toMatchObject({ type: 'ArtifactMissing' });
  });
});

it('a worker refuses a file that holds no job, and one that is not there', async () => {
  const refused = async (file: string): Promise<string> => {
    const command = kgot(['worker', '--jobs', file], { folder, env });
    expect(await command.ended).toBe(2);
    return command.stderr;
  };
  expect(await refused(`${ROOT}examples/word-count-tool.ts`)).toContain(
    'word-count-tool.ts exports default: it must export at least one job made with defineJob.',
  );
  expect(await refused('nowhere.ts')).toMatch(/There is no file .*nowhere\.ts to load jobs from\./);
});
