import { fork } from 'node:child_process';
import { once } from 'node:events';
import { siblingModule } from '../../src/config/module-path.ts';
import { MpiDistributedProcessor } from '../../src/mpi/index.ts';
import { rowOf } from '../rows.ts';
import type { BenchOptions, Pair, Row } from '../rows.ts';
import { checkFound, TREES } from '../stealing/uts.ts';
import { uts } from '../stealing/uts-job.ts';
import { walked } from '../stealing/uts-rows.ts';

const RANKS = 2;

/** Nodes a second of the ranks, against the sum of as many processes which each walk the whole tree alone at the same time. */
export async function utsRow(name: keyof typeof TREES, { pairs, log }: BenchOptions): Promise<Row> {
  log(`uts-${name} …`);
  const processor = new MpiDistributedProcessor({ ranks: RANKS, log });
  const processes = Array.from({ length: RANKS }, () =>
    fork(siblingModule('../stealing/uts-process.ts', import.meta.url), [name]),
  );
  try {
    await Promise.all(processes.map((child) => once(child, 'message')));
    const ours = async (): Promise<number> => {
      const { output, metrics } = await processor.run(uts, name);
      checkFound(name, output);
      return output.nodes / (metrics.elapsed / 1_000);
    };
    const rival = async (): Promise<number> => {
      const rates = await Promise.all(processes.map((child) => walked(child)));
      return rates.reduce((sum, milliseconds) => sum + TREES[name].nodes / (milliseconds / 1_000), 0);
    };
    const measured: Pair[] = [];
    for (let pair = 0; pair <= pairs; pair += 1) {
      const oursFirst = pair % 2 === 0;
      const one = await (oursFirst ? ours() : rival());
      const other = await (oursFirst ? rival() : ours());
      // The first is the warm-up.
      if (pair > 0) measured.push(oursFirst ? { ours: one, rival: other } : { ours: other, rival: one });
    }
    return rowOf(
      {
        id: `uts-${name}`,
        unit: 'nodes/s',
        rival: `${RANKS} sequential processes at once, summed`,
        goal: 'ratio ≥ 0.9',
      },
      measured,
      (ratio) => ratio >= 0.9,
    );
  } finally {
    for (const child of processes) child.kill('SIGKILL');
  }
}
