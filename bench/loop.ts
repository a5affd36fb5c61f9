import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startRun } from '../src/client/client.ts';
import { openBenchRuntime } from './interrupt.ts';
import { rowOf } from './rows.ts';
import type { BenchOptions, Pair, Row } from './rows.ts';
import { oneFact } from './one-fact.ts';
import { startStubModel } from './stub-model.ts';

/** Milliseconds of one model call and of one tool call of the stubs. */
const MODEL = 800;
const TOOL = 500;

/**
 * What the reference implementation does for a question of one round and one tool, all in sequence: 34 model calls and
 * the tool, 28.0 s on such stubs (read off the implementation itself, which is not in this repository).
 */
const REFERENCE_CALLS = 34;
const REFERENCE_SECONDS = 28;

/** Calls that have to wait for each other: vote, choose, tool, extract, vote, query, parse. */
const CRITICAL_PATH = 6 * MODEL + TOOL;

/**
 * One question of one ENHANCE with one tool, then SOLVE, with 5 unanimous votes, on stubs of fixed latency: the time
 * against the reference's, the calls against the reference's, and what the engine adds to its own critical path.
 */
export async function loop({ pairs, log }: BenchOptions): Promise<Row[]> {
  const data = await mkdtemp(join(tmpdir(), 'kgot-bench-'));
  // The stub stands for a hosted model: one on this host would get its calls one at a time.
  process.env['KGOT_MODEL_CONCURRENCY'] = '16';
  const stub = await startStubModel(oneFact({ tool: 'slow_lookup', input: { about: 'Peru' } }), { latency: MODEL });
  const runtime = await openBenchRuntime({ data, log });
  try {
    const queue = 'bench-tools';
    await runtime.startWorker(queue, [fileURLToPath(new URL('slow-lookup-tool.ts', import.meta.url))]);
    const ours = async (run: number): Promise<{ seconds: number; calls: number }> => {
      const before = stub.requests.length;
      const started = performance.now();
      const handle = await startRun(
        runtime.client,
        { question: `Who leads Peru? (${run})`, options: { models: stub.models, votes: 5, toolQueues: [queue] } },
        { id: `bench-${run}` },
      );
      const { answer, endReason } = await handle.result();
      const seconds = (performance.now() - started) / 1000;
      if (answer !== 'Ada Vega' || endReason !== 'solved')
        throw new Error(`The run ended with ${answer}, ${endReason}.`);
      return { seconds, calls: stub.requests.length - before };
    };
    const reference = async (): Promise<number> => {
      const started = performance.now();
      for (let call = 0; call < REFERENCE_CALLS; call += 1) await request(stub.url);
      await delay(TOOL);
      return (performance.now() - started) / 1000;
    };
    log('warm-up …');
    await ours(0);
    const time: Pair[] = [];
    const calls: Pair[] = [];
    const overhead: Pair[] = [];
    const sequences: Pair[] = [];
    for (let pair = 1; pair <= pairs; pair += 1) {
      const run = await ours(pair);
      const sequence = await reference();
      log(
        `pair ${pair} of ${pairs}: ours ${run.seconds.toFixed(2)} s, the reference's calls in sequence ${sequence.toFixed(2)} s`,
      );
      time.push({ ours: run.seconds, rival: REFERENCE_SECONDS });
      calls.push({ ours: run.calls, rival: REFERENCE_CALLS });
      overhead.push({ ours: run.seconds * 1000 - CRITICAL_PATH, rival: CRITICAL_PATH });
      sequences.push({ ours: run.seconds, rival: sequence });
    }
    return [
      rowOf(
        {
          id: 'time-vs-reference',
          unit: 's',
          rival: 'reference implementation, 28.0 s on such a stub',
          goal: 'ratio ≤ 0.22',
        },
        time,
        (ratio) => ratio <= 0.22,
      ),
      rowOf(
        {
          id: 'time-vs-sequence',
          unit: 's',
          rival: `the reference's ${REFERENCE_CALLS} calls and one tool in sequence, measured in this run`,
          goal: 'ratio ≤ 0.22',
        },
        sequences,
        (ratio) => ratio <= 0.22,
      ),
      rowOf(
        { id: 'calls-vs-reference', unit: 'calls', rival: 'reference implementation', goal: 'ratio ≤ 0.4' },
        calls,
        (ratio) => ratio <= 0.4,
      ),
      rowOf(
        { id: 'overhead-ms', unit: 'ms', rival: 'sum of the calls on the critical path', goal: 'value ≤ 500 ms' },
        overhead,
        (_ratio, value) => value <= 500,
      ),
    ];
  } finally {
    await runtime.close();
    await stub.close();
    await rm(data, { recursive: true, force: true });
  }
}

async function request(url: string): Promise<void> {
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'stub', messages: [{ role: 'user', content: 'a call of the reference' }] }),
  });
  await response.json();
}
