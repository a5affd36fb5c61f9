import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import type { GraphServers } from '../../src/config/services-state.ts';
import { GRAPH_BACK_ENDS } from '../../src/domain/run.ts';
import { GraphStores } from '../../src/graph/stores.ts';
import { median } from '../rows.ts';
import { batchOf, eachAtOnce, people, timed } from './material.ts';

const RUNS = 20;
const BATCHES = 4;
const CHANGES = 50;

/** Measures what the table of `src/graph/parallel/back-ends.ts` says, and logs it: rates by runs at once, and by batch size. */
export async function measureLimits({
  artifacts,
  servers,
  log,
}: {
  artifacts: ArtifactStore;
  servers: GraphServers;
  log(line: string): void;
}): Promise<void> {
  const stores = new GraphStores({ artifacts, servers: () => servers, parallel: { cacheSeconds: 0 } });
  for (const backEnd of GRAPH_BACK_ENDS) {
    const store = stores.of(backEnd);
    const rates: string[] = [];
    let turn = 0;
    const rate = async (atOnce: number): Promise<number> => {
      const runs = Array.from({ length: RUNS }, (_, index) => `limits-${(turn += 1)}-${index}`);
      const seconds = await timed(() =>
        eachAtOnce(runs, atOnce, async (run) => {
          for (let revision = 1; revision <= BATCHES; revision += 1) {
            await store.apply(run, batchOf(revision, people(CHANGES / 2, CHANGES / 2, revision * CHANGES)));
          }
        }),
      );
      for (const run of runs) await store.drop(run);
      return (RUNS * BATCHES * CHANGES) / seconds;
    };
    for (const atOnce of [1, 2, 4, 8, 16]) {
      await rate(atOnce);
      const found = median([await rate(atOnce), await rate(atOnce), await rate(atOnce)]);
      rates.push(`${atOnce}: ${found.toFixed(0)}`);
    }
    log(`${backEnd}, changes a second by runs at once: ${rates.join(', ')}`);
  }
  await stores.close();
  const rates: string[] = [];
  for (const batchSize of [50, 200, 1_000, 5_000]) {
    const sized = new GraphStores({ artifacts, servers: () => servers, parallel: { cacheSeconds: 0, batchSize } });
    const times: number[] = [];
    for (let time = 0; time < 4; time += 1) {
      const run = `sized-${batchSize}-${time}`;
      times.push(await timed(() => sized.of('neo4j').apply(run, batchOf(1, people(5_000, 5_000)))));
      await sized.of('neo4j').drop(run);
    }
    rates.push(`${batchSize}: ${(10_000 / median(times.slice(1))).toFixed(0)}`);
    await sized.close();
  }
  log(`neo4j, changes a second by batchSize, one batch of 10,000: ${rates.join(', ')}`);
}
