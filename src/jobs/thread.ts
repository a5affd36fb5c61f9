import { Broken } from './broken.ts';
import { loadModule } from './load-module.ts';
import { Shared } from './layout.ts';
import type { ReduceOutcome, ThreadCall, WorkCall, WorkerMessage } from './messages.ts';
import { reduceResults } from './reduce.ts';
import { Worker } from './worker.ts';

/** What a thread of the pool does: it is a worker of a job, or makes its output. */
export default async function thread(call: ThreadCall): Promise<ReduceOutcome | undefined> {
  if (call.do === 'work') {
    await work(call);
    return undefined;
  }
  try {
    const module = await loadModule(call.job);
    return { output: await reduceResults(call, (results) => module.reduce(results)) };
  } catch (error) {
    if (error instanceof Broken) return { problem: error.problem };
    throw error;
  }
}

async function work(call: WorkCall): Promise<void> {
  try {
    await new Worker(await loadModule(call.job), call, new Shared(call.arena, call.workers)).work();
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    const message: WorkerMessage = { kind: 'broken', problem: error.problem };
    call.port.postMessage(message);
  } finally {
    call.port.close();
  }
}
