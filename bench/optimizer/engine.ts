import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import { AsyncExecutionEngine } from '../../src/optimizer/async/engine.ts';
import { rowOf } from '../rows.ts';
import type { BenchOptions, Pair, Row } from '../rows.ts';

const AT_ONCE = 50;
const OPERATIONS = 1_000;
const IO_MILLISECONDS = 50;
const NO_OPS = 100_000;
const RATE = 10;
const RATE_SECONDS = 30;

/** What the engine adds to work that waits, and to work that is none. */
export async function engineRows(options: BenchOptions): Promise<Row[]> {
  return [await ioAgainstIdeal(options), await overhead(options), ...(await rates(options))];
}

/** The ideal: the work's own measured durations, on so many slots that are always taken. */
async function ioAgainstIdeal({ pairs, log }: BenchOptions): Promise<Row> {
  log('io-vs-ideal …');
  const measured: Pair[] = [];
  for (let pair = 0; pair <= pairs; pair += 1) {
    const engine = new AsyncExecutionEngine({ concurrency: AT_ONCE, rate: Infinity });
    let sum = 0;
    const io = async (): Promise<void> => {
      const began = performance.now();
      await delay(IO_MILLISECONDS);
      sum += performance.now() - began;
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: OPERATIONS }, (_, index) => engine.execute(io, { key: `io ${index}` })));
    const milliseconds = performance.now() - began;
    await engine.shutdown();
    // The first is the warm-up.
    if (pair > 0) measured.push({ ours: milliseconds, rival: sum / AT_ONCE });
  }
  return rowOf(
    { id: 'io-vs-ideal', unit: 'ms', rival: `the work’s own time ÷ ${AT_ONCE}`, goal: 'ratio ≤ 1.05' },
    measured,
    (ratio) => ratio <= 1.05,
  );
}

async function overhead({ pairs, log }: BenchOptions): Promise<Row> {
  log('overhead-vs-p-queue …');
  const ours = async (): Promise<number> => {
    const engine = new AsyncExecutionEngine({ concurrency: AT_ONCE, rate: Infinity });
    const milliseconds = await timedAll((index) => engine.execute(async () => index, { key: `no-op ${index}` }));
    await engine.shutdown();
    return milliseconds;
  };
  const rival = (): Promise<number> => {
    const queue = new PQueue({ concurrency: AT_ONCE });
    return timedAll((index) => queue.add(async () => index));
  };
  const measured: Pair[] = [];
  for (let pair = 0; pair <= 3 * pairs; pair += 1) {
    const found = { ours: await ours(), rival: await rival() };
    if (pair > 0) measured.push(found);
  }
  return rowOf(
    { id: 'overhead-vs-p-queue', unit: 'ms', rival: 'p-queue alone, as many at once', goal: 'ratio ≤ 1.5' },
    measured,
    (ratio) => ratio <= 1.5,
  );
}

async function timedAll(start: (index: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  const all: Promise<unknown>[] = [];
  for (let index = 0; index < NO_OPS; index += 1) all.push(start(index));
  await Promise.all(all);
  return performance.now() - began;
}

/** One long pass: pairs of half minutes would say no more. */
async function rates({ log }: BenchOptions): Promise<Row[]> {
  log(`rate-accuracy, rate-used: ${RATE_SECONDS} s …`);
  const engine = new AsyncExecutionEngine({ concurrency: AT_ONCE, rate: RATE });
  const starts: number[] = [];
  const began = performance.now();
  const ended = new AbortController();
  const all = Array.from({ length: RATE * (RATE_SECONDS + 1) }, () =>
    engine.execute(() => starts.push(performance.now() - began), { signal: ended.signal, timeout: Infinity }),
  );
  await delay(RATE_SECONDS * 1_000);
  ended.abort();
  await Promise.allSettled(all);
  await engine.shutdown();
  const most = Math.max(
    ...starts.map((start) => starts.filter((other) => other >= start && other < start + 1_000).length),
  );
  const allowed = RATE * RATE_SECONDS;
  const rival = `${RATE} a second`;
  return [
    rowOf(
      { id: 'rate-accuracy', unit: 'starts in the fullest second', rival, goal: 'ratio ≤ 1.0' },
      [{ ours: most, rival: RATE }],
      (ratio) => ratio <= 1,
    ),
    rowOf(
      { id: 'rate-used', unit: `starts in ${RATE_SECONDS} s`, rival, goal: 'ratio ≥ 0.95' },
      [{ ours: starts.length, rival: allowed }],
      (ratio) => ratio >= 0.95,
    ),
  ];
}
