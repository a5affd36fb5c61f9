import { MpiDistributedProcessor } from '../../src/mpi/index.ts';
import type { BenchOptions, Row } from '../rows.ts';
import type { TREES } from '../stealing/uts.ts';
import { uts } from '../stealing/uts-job.ts';
import { utsAgainstProcesses } from '../stealing/uts-rows.ts';

const RANKS = 2;

/** Nodes a second of ranks that have walked no other tree: V8 calls what it has seen two kinds of more slowly, and each process of the rival has seen one. */
export async function utsRow(name: keyof typeof TREES, options: BenchOptions): Promise<Row> {
  const processor = new MpiDistributedProcessor({ ranks: RANKS, log: options.log });
  try {
    return await utsAgainstProcesses(name, RANKS, options, async () => {
      const { output, metrics } = await processor.run(uts, name);
      return { found: output, milliseconds: metrics.elapsed };
    });
  } finally {
    await processor.shutdown();
  }
}
