/** A thread of the launcher, on which `split` and `reduce` of a job run. */
import { parentPort, workerData } from 'node:worker_threads';
import { Broken } from '../../jobs/broken.ts';
import { decode, encode } from '../../jobs/codec.ts';
import { CannotTravel } from '../../jobs/errors.ts';
import { sentError } from '../../jobs/messages.ts';
import type { JobProblem, ResultBatch, SentJob } from '../../jobs/messages.ts';
import { splitTasks } from '../../jobs/split-tasks.ts';
import { loadProgram } from './load-program.ts';
import type { SplitChunk } from './messages.ts';

export interface StepsData {
  job: SentJob;
}

export type StepCall =
  | { do: 'split'; input: Uint8Array }
  /** The first of two numbers of a task is its place, or −1 for none. */
  | { do: 'reduce'; count: number; batches: ResultBatch[]; collect: boolean };

export type StepAnswer =
  | { kind: 'loaded'; collective: boolean }
  | { kind: 'chunk'; chunk: SplitChunk }
  | { kind: 'split' }
  | { kind: 'output'; output: Uint8Array<ArrayBuffer> }
  | { kind: 'broken'; problem: JobProblem };

const { job } = workerData as StepsData;
const program = loadProgram(job);
// Who asks for it first is told.
program.catch(() => undefined);
const say = (answer: StepAnswer): void => parentPort!.postMessage(answer);

parentPort!.on('message', (call: StepCall) => {
  void answer(call).catch((error: unknown) => {
    if (!(error instanceof Broken)) throw error;
    say({ kind: 'broken', problem: error.problem });
  });
});

async function answer(call: StepCall): Promise<void> {
  const { module } = await program;
  say({ kind: 'loaded', collective: module === undefined });
  if (call.do === 'reduce') {
    say({ kind: 'output', output: await reduced(call, (results) => module!.reduce(results)) });
    return;
  }
  if (module === undefined) return;
  await splitTasks(
    () => module.split(decode(call.input)),
    (payload, { first, count }) => say({ kind: 'chunk', chunk: { first, count, payload } }),
  );
  say({ kind: 'split' });
}

async function reduced(
  { count, batches, collect }: Extract<StepCall, { do: 'reduce' }>,
  reduce: (results: unknown[]) => unknown,
): Promise<Uint8Array<ArrayBuffer>> {
  const results: unknown[] = [];
  // One of a given length may have holes, and V8 copies it several times as slowly.
  for (let place = 0; place < count; place += 1) results.push(undefined);
  for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
    const values = decode(batch.results) as unknown[];
    for (let index = 0; index < values.length; index += 1) {
      const place = batch.tasks[2 * index + 1]!;
      if (place >= 0) results[place] = values[index];
    }
  }
  let output: unknown = results;
  try {
    if (!collect) output = await reduce(results);
  } catch (error) {
    throw new Broken({ step: 'reduce', why: 'threw', error: sentError(error) });
  }
  try {
    return encode(output);
  } catch (error) {
    const travel = new CannotTravel('The output', error);
    throw new Broken({ step: 'reduce', why: 'gave what cannot be the output', error: sentError(travel) });
  }
}
