import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../src/domain/text.ts';
import type { GraphStores } from '../../src/graph/stores.ts';
import { rowOf } from '../rows.ts';
import type { BenchOptions, Pair, Row } from '../rows.ts';
import { batchOf, people, timed } from './material.ts';

const BATCHES = 40;

/** A batch of 20 nodes and 30 edges, until it is acknowledged and can be read, against the file alone. */
export async function embeddedWrite({
  stores,
  folder,
  pairs,
  log,
}: BenchOptions & { stores: GraphStores; folder: string }): Promise<Row> {
  log('embedded-write-vs-raw …');
  const store = stores.of('embedded');
  const content = canonicalJson(batchOf(1, people(20, 30)));
  let turn = 0;
  const ours = async (): Promise<number> => {
    const run = `files-${(turn += 1)}`;
    return timed(async () => {
      for (let revision = 1; revision <= BATCHES; revision += 1) {
        await store.apply(run, batchOf(revision, people(20, 30, revision * 20)));
        const graph = await store.read(run, revision);
        if (graph.nodes.size !== revision * 20) throw new Error('A batch was lost.');
      }
    });
  };
  const raw = async (): Promise<number> => {
    const place = join(folder, 'raw', String((turn += 1)));
    await mkdir(place, { recursive: true });
    return timed(async () => {
      for (let number = 1; number <= BATCHES; number += 1) {
        const file = await open(join(place, String(number)), 'wx');
        await file.writeFile(content);
        await file.datasync();
        await file.close();
        const directory = await open(place, 'r');
        await directory.sync();
        await directory.close();
      }
    });
  };
  await ours();
  await raw();
  const measured: Pair[] = [];
  for (let pair = 1; pair <= pairs; pair += 1) {
    measured.push({ ours: ((await ours()) * 1000) / BATCHES, rival: ((await raw()) * 1000) / BATCHES });
  }
  return rowOf(
    {
      id: 'embedded-write-vs-raw',
      unit: 'ms',
      rival: 'exclusive create, write, sync of file and folder, of the same bytes',
      goal: 'ratio ≤ 8',
    },
    measured,
    (ratio) => ratio <= 8,
  );
}
