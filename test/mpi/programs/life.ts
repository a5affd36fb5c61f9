/** Beginnings and ends of MPI in a process: `life.ts HOW`. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { initialize, MpiError } from '../../../src/mpi/index.ts';
import type { Mpi } from '../../../src/mpi/index.ts';

const how = process.argv[2] ?? '';
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const messageOf = (error: unknown): string => (error instanceof MpiError ? error.message : String(error));

/** A thread that tries to start MPI, and says what came of it. */
async function inThread(): Promise<string> {
  const worker = new Worker(new URL(import.meta.url), { argv: [how] });
  const [said] = (await once(worker, 'message')) as [string];
  await worker.terminate();
  return said;
}

const WAYS: Record<string, (mpi: Mpi) => Promise<void> | void> = {
  /** Ends with nothing finalized by hand. */
  end: ({ world }) => say(`ends ${world.rank}`),
  exit: ({ world }) => {
    say(`exits ${world.rank}`);
    process.exit(0);
  },
  /** Ends while promises are under way, which nobody will keep. */
  waiting: async ({ world }) => {
    void world.recv().catch((error: unknown) => say(messageOf(error)));
    void world.recvInto(new Float64Array(1_000_000)).catch(() => undefined);
    void world.probe().catch(() => undefined);
    void world.send(new Float64Array(1_000_000), (world.rank + 1) % world.size).catch(() => undefined);
    await world.barrier();
    setImmediate(() => process.exit(0));
  },
  finalize: async (mpi) => {
    const window = await mpi.world.allocateWindow(Int32Array, 10);
    const { memory } = window;
    const waiting = mpi.world.recv(0, 9).catch(messageOf);
    mpi.finalize();
    mpi.finalize();
    say(`finalized ${mpi.isFinalized}, memory of ${memory.length}`);
    say((await waiting) as string);
    for (const call of [
      () => mpi.world.send(1, 0),
      () => mpi.world.barrierSync(),
      () => mpi.wtime(),
      () => window.flushAll(),
    ]) {
      say(
        await Promise.resolve()
          .then(call)
          .then(() => 'went on', messageOf),
      );
    }
    say(String((await initialize()) === mpi));
    say(await inThread());
  },
  thread: async (mpi) => {
    say(await inThread());
    say(`still ${await mpi.world.allreduce(1)}`);
  },
  /** One rank fails while the other waits for it. */
  fail: async ({ world }) => {
    if (world.rank === 1) throw new Error('Rank 1 has had enough.');
    await world.recv(1);
  },
  abort: async (mpi) => {
    if (mpi.world.rank === 1) mpi.abort(7);
    await mpi.world.recv(1);
  },
};

if (isMainThread) {
  if (how === 'in-thread') {
    // MPI in a thread, which is terminated without finalizing.
    say(await inThread());
  } else {
    const mpi = await initialize({ threads: how === 'thread' ? 'multiple' : 'funneled' });
    await WAYS[how]!(mpi);
  }
} else {
  const said = await initialize().then(async (mpi) => `sum ${await mpi.world.allreduce(1)}`, messageOf);
  parentPort!.postMessage(said);
  // Kept alive until it is terminated.
  await new Promise((resolve) => parentPort!.once('message', resolve));
}
