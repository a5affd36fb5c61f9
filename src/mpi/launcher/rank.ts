/** The program of each rank: `mpiexec -n 4 node rank.ts`, started by a launcher. */
import { writeSync } from 'node:fs';
import { headWords } from '../../jobs/layout.ts';
import { Broken } from '../../jobs/broken.ts';
import { sentError } from '../../jobs/messages.ts';
import { initialize } from '../initialize.ts';
import type { Mpi } from '../initialize.ts';
import { Link } from './link.ts';
import { loadProgram } from './load-program.ts';
import { VARIABLES } from './messages.ts';
import { workAsRank } from './rank-worker.ts';
import { WindowArena, WindowShared } from './window-arena.ts';

const link = Link.open();
let over = false;

/** What the code of tasks does to its process ends this rank, and no other: MPI is not to be asked. */
process.on('exit', (code) => {
  if (over) return;
  endWith(new Error(`process.exit(${code})`));
});
process.on('uncaughtException', (error) => {
  writeSync(2, `${error.stack ?? String(error)}\n`);
  endWith(error);
});

function endWith(error: unknown): never {
  link.post({ kind: 'dying', error: sentError(error) });
  link.flush();
  return die();
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const mpi = await initialize({ log: () => undefined });
const temporary = process.env[VARIABLES.temporary];
if (temporary === undefined || temporary === '') delete process.env['TMPDIR'];
else process.env['TMPDIR'] = temporary;
try {
  await work(mpi);
} catch (error) {
  if (!(error instanceof Broken)) throw error;
  link.post({ kind: 'broken', problem: error.problem });
}
const { whole } = await link.next('stop');
link.flush();
if (!whole) die();
mpi.finalize();
over = true;
process.exit(0);

async function work({ world, processorName }: Mpi): Promise<void> {
  const { bytes, job } = await link.next('open');
  const { module, main } = await loadProgram(job);
  const host = await world.splitShared();
  const window = await host.allocateSharedWindow(Int32Array, host.rank === 0 ? bytes / 4 : 0);
  const arena = new WindowArena(window.memoryOf(0).buffer, link.control);
  const shared = new WindowShared(arena, host.size, link.control);
  if (host.rank === 0) {
    arena.initialize(headWords(host.size));
    shared.initializeDeques();
  }
  link.post({ kind: 'ready', host: processorName, hostRank: host.rank });
  const { call } = await link.next('go');
  if (module !== undefined) {
    await workAsRank({ link, module, shared, worker: host.rank, workers: host.size, go: call });
  } else if (main !== undefined) {
    const output = await main(world, call.input!);
    if (world.rank === 0) link.post({ kind: 'output', output });
  }
  link.post({ kind: 'ended', figures: link.figures.workers[host.rank]! });
}
