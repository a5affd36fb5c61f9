/** The program of each rank: `mpiexec -n 4 node rank.ts`, started by a launcher. */
import { writeSync } from 'node:fs';
import { Broken } from '../../jobs/broken.ts';
import { sentError } from '../../jobs/messages.ts';
import { buildAddon } from '../build.ts';
import { findMpi } from '../find-mpi.ts';
import { initialize } from '../initialize.ts';
import type { Mpi } from '../initialize.ts';
import { Link } from './link.ts';
import { loadProgram } from './load-program.ts';
import { VARIABLES } from './messages.ts';
import type { LauncherMessage } from './messages.ts';
import { haveMemoryFolder } from './rank-memory.ts';
import { SharedMemory } from './shared-memory.ts';
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

const removeMemory = haveMemoryFolder();
const mpi = await initialize({ log: () => undefined });
const temporary = process.env[VARIABLES.temporary];
if (temporary === undefined || temporary === '') delete process.env['TMPDIR'];
else process.env['TMPDIR'] = temporary;
/** What the ranks of this host share, once there was a job. */
let memory: SharedMemory | undefined;

for (;;) {
  const message = await link.next('open', 'stop');
  if (message.kind === 'open') await serve(message);
  else end(message);
}

/** Does its part of one job, until there may be another. */
async function serve(open: Extract<LauncherMessage, { kind: 'open' }>): Promise<void> {
  let arena: WindowArena | undefined;
  try {
    arena = await work(mpi, open);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    link.post({ kind: 'broken', problem: error.problem });
  }
  const message = await link.next('rest', 'stop');
  if (message.kind === 'stop') end(message);
  arena?.close();
  await memory?.clear();
  link.figures.reset();
  link.control.resume();
  link.post({ kind: 'rested' });
}

function end({ whole }: Extract<LauncherMessage, { kind: 'stop' }>): never {
  link.flush();
  if (!whole) die();
  mpi.finalize();
  removeMemory();
  over = true;
  process.exit(0);
}

/** @returns the arena of the job */
async function work(
  { world, processorName }: Mpi,
  { bytes, job }: Extract<LauncherMessage, { kind: 'open' }>,
): Promise<WindowArena> {
  const { module, main } = await loadProgram(job);
  memory ??= new SharedMemory(await world.splitShared());
  const { comm: host } = memory;
  const arena = new WindowArena(await memory.reserve(bytes), link.control);
  const shared = new WindowShared(arena, host.size, link.control);
  if (host.rank === 0) {
    arena.initialize(WindowShared.headWords(host.size));
    shared.initializeDeques();
  }
  const addon = await buildAddon(await findMpi());
  const first = await host.bcast(world.rank);
  link.share({ addon, ...memory.address, ranks: host.size, hostRank: host.rank });
  link.post({ kind: 'ready', host: process.env['PMIX_HOSTNAME'] ?? processorName, hostRank: host.rank, first });
  const { call } = await link.next('go');
  if (module !== undefined) {
    await workAsRank({ link, module, shared, rank: world.rank, worker: host.rank, workers: host.size, go: call });
  } else if (main !== undefined) {
    const output = await main(world, call.input!);
    if (world.rank === 0) link.post({ kind: 'output', output });
  }
  link.post({ kind: 'ended', figures: link.figures.workers[host.rank]! });
  return arena;
}
