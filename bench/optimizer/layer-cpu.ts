import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { siblingModule } from '../../src/config/module-path.ts';
import { startRun } from '../../src/client/client.ts';
import { openBenchRuntime, untilInterrupted } from '../interrupt.ts';
import { alternate, rowOf } from '../rows.ts';
import type { BenchOptions, Row } from '../rows.ts';
import { startStubModel } from '../stub-model.ts';
import { oneFact } from '../one-fact.ts';

/** Runs of one turn, and so many of them at once. */
const RUNS = 24;
const AT_ONCE = 4;

const DOCUMENT = { name: 'peru.md', mediaType: 'text/markdown', text: 'Ada Vega leads Peru.' };

/**
 * Processor time of a worker that plans, observes and keeps how runs went, against one that does nothing of it: the same
 * runs on a model that answers at once, with as many calls. The engine under the calls is in both.
 */
export async function layerCpu({ pairs, log }: BenchOptions): Promise<Row> {
  log('layer-cpu …');
  const data = await mkdtemp(join(tmpdir(), 'kgot-bench-'));
  process.env['KGOT_MODEL_CONCURRENCY'] = '16';
  const stub = await startStubModel(oneFact({ tool: 'search_documents', input: { page: 1, query: 'Peru' } }));
  const runtime = await openBenchRuntime({ data, log: () => undefined, worker: false });
  let runs = 0;
  const turn = async (what: 'bare' | 'whole'): Promise<number> => {
    const child = fork(siblingModule('./cpu-worker.ts', import.meta.url), [runtime.address, data, what]);
    try {
      await once(child, 'message');
      await some(AT_ONCE);
      const before = await cpuOf(child);
      await some(RUNS);
      return ((await cpuOf(child)) - before) / RUNS;
    } finally {
      child.kill('SIGKILL');
    }
  };
  const some = async (count: number): Promise<void> => {
    let left = count;
    const one = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        runs += 1;
        const input = {
          question: `Who leads Peru? (${runs})`,
          documents: [DOCUMENT],
          options: { models: stub.models },
        };
        const { answer } = await (await startRun(runtime.client, input, { id: `cpu-${runs}` })).result();
        if (answer !== 'Ada Vega') throw new Error(`A run ended with ${answer}.`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
  };
  try {
    return await untilInterrupted(async () => {
      return rowOf(
        { id: 'layer-cpu', unit: 's of CPU a run', rival: 'the loop without plans and history', goal: 'ratio ≤ 1.1' },
        await alternate(
          pairs,
          () => turn('whole'),
          () => turn('bare'),
        ),
        (ratio) => ratio <= 1.1,
      );
    });
  } finally {
    await runtime.close();
    await stub.close();
    await rm(data, { recursive: true, force: true });
  }
}

async function cpuOf(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [seconds] = (await once(child, 'message')) as [number];
  return seconds;
}
