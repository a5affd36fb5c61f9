import { MpiDistributedProcessor } from '../../src/mpi/index.ts';
import type { RemoteHosts } from '../../src/mpi/launcher/hosts.ts';
import { rowOf } from '../rows.ts';
import type { BenchOptions, Pair, Row } from '../rows.ts';
import { durations } from '../stealing/skewed.ts';
import { skewed } from '../stealing/skewed-job.ts';
import { bestSetting, nameOf, runFutures } from './futures.ts';
import type { Setting } from './futures.ts';
import { openNetworkHosts } from './network-hosts.ts';
import { idealOf } from './skewed.ts';
import { BACKOFFS, CHUNKS, rateOfOurs, TASKS } from './tiny.ts';

const HOSTS = 3;
const SLOTS = 2;
const RANKS = HOSTS * SLOTS;

/** Jobs over hosts that reach each other by TCP alone: network namespaces of this machine. */
export async function hostsRows({ pairs, log }: BenchOptions): Promise<Row[]> {
  log('hosts-skewed-vs-ideal, hosts-tiny-vs-mpi4py …');
  const network = openNetworkHosts(HOSTS, SLOTS);
  let closing = (): Promise<void> => Promise.resolve();
  try {
    const { hosts, shell, address } = network;
    const processor = new MpiDistributedProcessor({ hosts, shell, address, log });
    closing = () => processor.shutdown();
    // The rival's master is one more process, as ours is.
    const [first, ...others] = hosts;
    const remote: RemoteHosts = { hosts: [{ ...first!, slots: SLOTS + 1 }, ...others], shell };
    const rateOfTheirs = async (setting: Setting): Promise<number> =>
      TASKS / ((await runFutures('tiny', setting, { workers: RANKS, argument: String(TASKS), remote })) / 1_000);
    const settings = CHUNKS.flatMap((chunk) => BACKOFFS.map((backoff) => ({ chunk, backoff })));
    const best = await bestSetting(settings, async (setting) => 1 / (await rateOfTheirs(setting)));
    const toIdeal: Pair[] = [];
    const toFutures: Pair[] = [];
    for (let pair = 0; pair <= pairs; pair += 1) {
      const theirsFirst = pair % 2 === 1 ? await rateOfTheirs(best) : undefined;
      const { output, metrics } = await processor.run(skewed, durations(`skewed ${pair}`));
      const ours = await rateOfOurs(processor);
      const theirs = theirsFirst ?? (await rateOfTheirs(best));
      // The first is the warm-up.
      if (pair === 0) continue;
      toIdeal.push({ ours: metrics.elapsed, rival: idealOf(output, RANKS) });
      toFutures.push({ ours, rival: theirs });
    }
    return [
      rowOf(
        { id: 'hosts-skewed-vs-ideal', unit: 'ms', rival: 'max(Σ slept ÷ ranks, longest)', goal: 'ratio ≤ 1.2' },
        toIdeal,
        (ratio) => ratio <= 1.2,
      ),
      rowOf(
        { id: 'hosts-tiny-vs-mpi4py', unit: 'tasks/s', rival: nameOf(best), goal: 'ratio ≥ 1' },
        toFutures,
        (ratio) => ratio >= 1,
      ),
    ];
  } finally {
    await closing();
    network.close();
  }
}
