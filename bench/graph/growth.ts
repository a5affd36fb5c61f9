import type { GraphBackEnd } from '../../src/domain/run.ts';
import type { GraphStores } from '../../src/graph/stores.ts';
import { median, rowOf } from '../rows.ts';
import type { BenchOptions, Pair, Row } from '../rows.ts';
import { batchOf, people, timed } from './material.ts';

const SMALL = 1_000;
const LARGE = 100_000;
const AT_ONCE = 5_000;
const BATCHES = 20;

/** The time of a batch of 20 nodes and 30 edges on a graph of 100,000 nodes, against one of 1,000. */
export async function growth(
  backEnd: GraphBackEnd,
  { stores, pairs, log }: BenchOptions & { stores: GraphStores },
): Promise<Row> {
  log(`growth-${backEnd} …`);
  const store = stores.of(backEnd);
  const revisions: Record<number, number> = { [SMALL]: 0, [LARGE]: 0 };
  const grow = async (size: number): Promise<void> => {
    for (let first = 0; first < size; first += AT_ONCE) {
      const count = Math.min(AT_ONCE, size - first);
      await store.apply(`growth-${size}`, batchOf((revisions[size]! += 1), people(count, count, first)));
    }
  };
  let first = LARGE;
  /** @returns milliseconds, in the middle of many batches */
  const batches = async (size: number): Promise<number> => {
    const times: number[] = [];
    for (let index = 0; index < BATCHES; index += 1) {
      const changes = people(20, 30, (first += 20));
      times.push(1000 * (await timed(() => store.apply(`growth-${size}`, batchOf((revisions[size]! += 1), changes)))));
    }
    return median(times);
  };
  await grow(SMALL);
  await grow(LARGE);
  await batches(SMALL);
  await batches(LARGE);
  const measured: Pair[] = [];
  for (let pair = 1; pair <= pairs; pair += 1) {
    measured.push({ ours: await batches(LARGE), rival: await batches(SMALL) });
  }
  await Promise.all([SMALL, LARGE].map((size) => store.drop(`growth-${size}`)));
  return rowOf(
    { id: `growth-${backEnd}`, unit: 'ms', rival: 'the same batch on a graph of 1,000 nodes', goal: 'ratio ≤ 1.5' },
    measured,
    (ratio) => ratio <= 1.5,
  );
}
