/**
 * `node bench/resolve/scale.ts [--entities N] [--pairs N] [--json]`: what entity resolution takes on a graph of real places, and how
 * its tasks scale from one thread to two. Efficiency is two threads that share the tasks of one job, against the summed rate of two
 * that do all of it each, at once.
 */
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as job from '../../src/graph/resolve/job.ts';
import { materialOf } from '../../src/graph/resolve/material.ts';
import { pack } from '../../src/graph/resolve/pack.ts';
import { THRESHOLD } from '../../src/graph/resolve/score.ts';
import { describeMachine } from '../machine.ts';
import { median } from '../rows.ts';
import { placesPackages } from './packages.ts';
import { places } from './places.ts';

interface Share {
  bytes: Uint8Array;
  input: job.ResolveInput;
  /** The next task, of all who share it. */
  next: Int32Array;
}

if (isMainThread) await measure();
else await work(workerData as Share);

/** Does tasks until none is left. */
async function work({ bytes, input, next }: Share): Promise<void> {
  const tasks = job.split(input);
  const artifacts = { getContent: () => Promise.resolve(Buffer.from(bytes)) };
  parentPort!.postMessage('ready');
  await new Promise((resolve) => parentPort!.once('message', resolve));
  const results: job.ResolveResult[] = [];
  for (let at = Atomics.add(next, 0, 1); at < tasks.length; at = Atomics.add(next, 0, 1)) {
    results.push(await job.run(tasks[at]!, { artifacts }));
  }
  parentPort!.postMessage(results);
}

async function measure(): Promise<void> {
  const { values } = parseArgs({
    options: {
      entities: { type: 'string', default: '100000' },
      pairs: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
    },
  });
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const { graph } = places(await placesPackages(log), Number(values.entities));
  const prepared: number[] = [];
  const rounds: { apart: number; together: number }[] = [];
  let compared = 0;
  for (let round = 0; round <= Number(values.pairs); round += 1) {
    const started = performance.now();
    const packed = pack(materialOf(graph));
    prepared.push(performance.now() - started);
    const bytes = new Uint8Array(new SharedArrayBuffer(packed.length));
    bytes.set(packed);
    const input = { sha256: 'measured', entities: graph.nodes.size, threshold: THRESHOLD };
    const counter = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));
    const apart = await timed([counter(), counter()].map((next) => ({ bytes, input, next })));
    const next = counter();
    const together = await timed([next, next].map((shared) => ({ bytes, input, next: shared })));
    compared = job.reduce(together.results).scored;
    log(
      `round ${round}: prepared ${seconds(prepared.at(-1)!)}, apart ${seconds(apart.took)}, together ${seconds(together.took)}`,
    );
    // The first is a warm-up.
    if (round > 0) rounds.push({ apart: apart.took, together: together.took });
  }
  const preparing = median(prepared);
  const found = {
    entities: graph.nodes.size,
    edges: graph.edges.size,
    compared,
    prepare: preparing / 1000,
    score: median(rounds.map(({ apart }) => apart)) / 1000,
    scoreOnTwo: median(rounds.map(({ together }) => together)) / 1000,
    efficiency: median(rounds.map(({ apart, together }) => apart / (2 * together))),
    efficiencyWithPreparing: median(rounds.map((one) => (preparing + one.apart) / (2 * (preparing + one.together)))),
    machine: describeMachine(),
  };
  process.stdout.write(values.json ? `${JSON.stringify(found)}\n` : `${JSON.stringify(found, undefined, 2)}\n`);
  process.exit(0);
}

/** Milliseconds from the start of all until the last has ended; their own start is before. */
async function timed(shares: Share[]): Promise<{ took: number; results: job.ResolveResult[] }> {
  const workers = shares.map((share) => new Worker(new URL(import.meta.url), { workerData: share }));
  const answer = (worker: Worker): Promise<unknown> =>
    new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await Promise.all(workers.map(answer));
  const started = performance.now();
  const answers = Promise.all(workers.map(answer));
  for (const worker of workers) worker.postMessage('go');
  const results = (await answers) as job.ResolveResult[][];
  const took = performance.now() - started;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return { took, results: results.flat() };
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
