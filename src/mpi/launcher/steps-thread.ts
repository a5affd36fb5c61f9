/** A thread of the launcher, on which `split` and `reduce` of a job run. */
import { parentPort, workerData } from 'node:worker_threads';
import { Broken } from '../../jobs/broken.ts';
import { decode } from '../../jobs/codec.ts';
import type { JobProblem, SentJob } from '../../jobs/messages.ts';
import { inOrder, outputOf } from '../../jobs/reduce.ts';
import { splitTasks } from '../../jobs/split-tasks.ts';
import { loadProgram } from './load-program.ts';
import type { SplitChunk } from './messages.ts';

export interface StepsData {
  job: SentJob;
}

export type StepCall =
  | { do: 'split'; input: Uint8Array }
  /** Results come while others are computed. Nothing is answered. */
  | { do: 'keep'; results: Uint8Array<ArrayBuffer> }
  /** The second of two numbers of a task is the place of its result, or −1 for none: of each batch that is kept. */
  | { do: 'reduce'; count: number; places: Int32Array<ArrayBuffer>[]; collect: boolean };

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
/** Results that came, batch by batch. */
let kept: unknown[][] = [];
const say = (answer: StepAnswer): void => parentPort!.postMessage(answer);

parentPort!.on('message', (call: StepCall) => {
  void answer(call).catch((error: unknown) => {
    if (!(error instanceof Broken)) throw error;
    say({ kind: 'broken', problem: error.problem });
  });
});

async function answer(call: StepCall): Promise<void> {
  if (call.do === 'keep') {
    kept.push(decode(call.results) as unknown[]);
    return;
  }
  const { module } = await program;
  say({ kind: 'loaded', collective: module === undefined });
  if (call.do === 'reduce') {
    const batches = call.places.map((tasks, index) => ({ tasks, values: kept[index]! }));
    kept = [];
    const results = inOrder(batches, call.count, (place) => place);
    say({ kind: 'output', output: await outputOf(results, call.collect, (all) => module!.reduce(all)) });
    return;
  }
  if (module === undefined) return;
  await splitTasks(
    () => module.split(decode(call.input)),
    (payload, { first, count }) => say({ kind: 'chunk', chunk: { first, count, payload } }),
  );
  say({ kind: 'split' });
}
