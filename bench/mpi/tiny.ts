import { MpiDistributedProcessor } from '../../src/mpi/index.ts';
import { rowOf } from '../rows.ts';
import type { BenchOptions, Pair, Row } from '../rows.ts';
import { bestSetting, nameOf, runFutures } from './futures.ts';
import type { Setting } from './futures.ts';
import { tinyOnRanks } from './tiny-job.ts';

const WORKERS = 3;
export const TASKS = 100_000;
/** Tasks of a run at chunk 1, and of one look at a setting: mpi4py.futures takes many seconds for all of them one by one. */
const FEWER = 20_000;
export const CHUNKS = [16, 64, 256, 1_024, 4_096];
export const BACKOFFS = [0, 0.001];

/**
 * Tasks a second, where each argument goes to a rank, and each result comes back: beside the one that gives the tasks there are three that
 * run them. Ours travels as the processor sends it, whatever the rival's chunks.
 */
export async function tinyRows({ pairs, log }: BenchOptions): Promise<Row[]> {
  log('tiny-vs-mpi4py-chunk1, tiny-vs-mpi4py-best …');
  const processor = new MpiDistributedProcessor({ ranks: WORKERS, log });
  const rateOf = async (setting: Setting, tasks: number): Promise<number> =>
    tasks / ((await runFutures('tiny', setting, { workers: WORKERS, argument: String(tasks) })) / 1_000);
  const slowness = async (setting: Setting): Promise<number> => 1 / (await rateOf(setting, FEWER));
  const one = await bestSetting(
    BACKOFFS.map((backoff) => ({ chunk: 1, backoff })),
    slowness,
  );
  const settings = CHUNKS.flatMap((chunk) => BACKOFFS.map((backoff) => ({ chunk, backoff })));
  const best = await bestSetting(settings, async (setting) => 1 / (await rateOf(setting, TASKS)));
  const toOne: Pair[] = [];
  const toBest: Pair[] = [];
  for (let pair = 0; pair <= 3 * pairs; pair += 1) {
    const theirs = async (): Promise<[number, number]> => [await rateOf(one, FEWER), await rateOf(best, TASKS)];
    const theirsFirst = pair % 2 === 1 ? await theirs() : undefined;
    const ours = await rateOfOurs(processor);
    const [chunk1, chunked] = theirsFirst ?? (await theirs());
    // The first is the warm-up.
    if (pair === 0) continue;
    toOne.push({ ours, rival: chunk1 });
    toBest.push({ ours, rival: chunked });
  }
  const row = (id: string, setting: Setting, measured: Pair[], least: number): Row =>
    rowOf(
      { id, unit: 'tasks/s', rival: nameOf(setting), goal: `ratio ≥ ${least}` },
      measured,
      (ratio) => ratio >= least,
    );
  return [row('tiny-vs-mpi4py-chunk1', one, toOne, 8), row('tiny-vs-mpi4py-best', best, toBest, 2)];
}

/** Jobs after which V8 has compiled what such tasks need, where ranks had ended while the rival was measured. */
const WARM_UPS = 12;

/** Without the start of the ranks, as the rival, and warm: to write the tasks down, to run them, and to read all results at one place. */
export async function rateOfOurs(processor: MpiDistributedProcessor): Promise<number> {
  for (let warmUp = 0; warmUp < WARM_UPS; warmUp += 1) await processor.run(tinyOnRanks, TASKS);
  const { output, metrics } = await processor.run(tinyOnRanks, TASKS);
  const { results, wrong, writing, looking } = output;
  if (wrong > 0 || results !== TASKS) throw new Error(`Of ${results} results ${wrong} are wrong.`);
  return TASKS / ((writing + metrics.elapsed + metrics.reducing - looking) / 1_000);
}
