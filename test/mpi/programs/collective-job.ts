/** A program that runs on all ranks at once. */
import { existsSync, writeFileSync } from 'node:fs';
import { defineJob } from '../../../src/jobs/index.ts';
import { MAX, SUM } from '../../../src/mpi/index.ts';
import type { Comm } from '../../../src/mpi/index.ts';

export interface CollectiveInput {
  add: number;
  /** Rank 1 dies before the sum, unless there is this file, which it leaves. */
  diesUnless?: string;
  throws?: boolean;
}

export const collective = defineJob<CollectiveInput, { sum: number; most: number; ranks: number; host: string[] }>({
  name: 'collective',
  module: import.meta.url,
});

export async function main(world: Comm, { add, diesUnless, throws }: CollectiveInput) {
  if (throws) throw new RangeError('not today');
  if (world.rank === 1 && diesUnless !== undefined && !existsSync(diesUnless)) {
    writeFileSync(diesUnless, '');
    process.kill(process.pid, 'SIGKILL');
  }
  const sum = await world.allreduce(world.rank + add, SUM);
  const most = await world.allreduce(world.rank, MAX);
  const host = await world.gather(`rank ${world.rank}`, 0);
  return { sum, most, ranks: world.size, host };
}
