import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { siblingModule } from '../../src/config/module-path.ts';
import { WorkStealingScheduler } from '../../src/jobs/index.ts';
import { alternate, rowOf } from '../rows.ts';
import type { BenchOptions, Row } from '../rows.ts';
import { checkFound, TREES } from './uts.ts';
import type { Found } from './uts.ts';
import { uts } from './uts-job.ts';

const THREADS = 2;
/** Walks after which V8 has compiled what such a tree needs: each worker walks a part of it. */
const WARM_UPS = 4;

type Tree = keyof typeof TREES;

/** Nodes a second of the scheduler. */
export async function utsRow(name: Tree, options: BenchOptions): Promise<Row> {
  const scheduler = new WorkStealingScheduler({ threads: THREADS });
  try {
    return await utsAgainstProcesses(name, THREADS, options, async () => {
      const began = performance.now();
      const { output } = await scheduler.run(uts, name);
      return { found: output, milliseconds: performance.now() - began };
    });
  } finally {
    await scheduler.shutdown();
  }
}

/**
 * Nodes a second, against the sum of as many processes which each walk the whole tree alone at the same time.
 *
 * @param walk of all workers together
 */
export async function utsAgainstProcesses(
  name: Tree,
  workers: number,
  { pairs, log }: BenchOptions,
  walk: () => Promise<{ found: Found; milliseconds: number }>,
): Promise<Row> {
  log(`uts-${name} …`);
  const processes = Array.from({ length: workers }, () =>
    fork(siblingModule('./uts-process.ts', import.meta.url), [name]),
  );
  try {
    await Promise.all(processes.map((child) => once(child, 'message')));
    const ours = async (): Promise<number> => {
      const { found, milliseconds } = await walk();
      checkFound(name, found);
      return found.nodes / (milliseconds / 1_000);
    };
    const rival = async (): Promise<number> => {
      const rates = await Promise.all(processes.map((child) => walked(child)));
      return rates.reduce((sum, milliseconds) => sum + TREES[name].nodes / (milliseconds / 1_000), 0);
    };
    return rowOf(
      {
        id: `uts-${name}`,
        unit: 'nodes/s',
        rival: `${workers} sequential processes at once, summed`,
        goal: 'ratio ≥ 0.9',
      },
      await alternate(3 * pairs, ours, rival, WARM_UPS),
      (ratio) => ratio >= 0.9,
    );
  } finally {
    for (const child of processes) child.kill('SIGKILL');
  }
}

async function walked(child: ChildProcess): Promise<number> {
  child.send('walk');
  const [milliseconds] = (await once(child, 'message')) as [number];
  return milliseconds;
}
