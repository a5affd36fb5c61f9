import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { buildAddon } from '../../src/mpi/build.ts';
import { findMpi, MpiDistributedProcessor } from '../../src/mpi/index.ts';
import { processesOf } from '../../src/mpi/launcher/mpiexec.ts';
import { leftoversOfOurs } from '../../test/mpi/leftovers.ts';
import { unitOf } from '../random.ts';
import { median } from '../rows.ts';
import { chaosJob } from './chaos-job.ts';
import type { ChaosTask } from './chaos-job.ts';
import { openComputeWorker } from './compute-worker.ts';
import { openNetworkHosts } from './network-hosts.ts';

export const RANK_FAULTS = ['rank', 'rank0', 'two-ranks', 'mpiexec', 'cancel', 'host', 'compute-worker'] as const;
export type RankFault = (typeof RANK_FAULTS)[number];

export interface RankTrial {
  /** Seconds after the start. */
  killedAfter: number;
  seconds: number;
  launches: number;
  /** What the run took beyond an undisturbed one. */
  lostSeconds: number;
  problems: string[];
}

export interface RankFaultReport {
  times: number;
  seed: number;
  undisturbedSeconds: number;
  /** The stall limit and one start of ranks where there are none. */
  mayLoseSeconds: number;
  mostLostSeconds: number;
  problems: number;
  holds: boolean;
  trials: RankTrial[];
}

/** What a fault is injected into, and how. */
export interface Play {
  /** What the job gives. @param id another for each run */
  run(id: string, signal: AbortSignal): Promise<Pick<Played, 'output' | 'launches' | 'launching'>>;
  disturb(disturbance: Disturbance, isOver: () => boolean): Promise<void>;
  /** What is left on the machine. */
  leftovers(): Promise<string[]>;
  /** After which one that is silent is given up. */
  stallSeconds: number;
  /** Ranks before the fault, by ranks that are left after it. */
  slowdown: number;
  close(): Promise<void>;
}

/** How one run went. */
interface Played {
  output: string;
  launches: number;
  /** Milliseconds. */
  launching: number;
  seconds: number;
  problems: string[];
}

const RANKS = 4;
const HOSTS = 3;
const RANKS_OF_HOST = 2;
const STALL_SECONDS = 5;

/** Disturbs a job on ranks once in each of `times` runs, at a moment drawn uniformly over an undisturbed run, and checks what it left. */
export async function injectRankFaults(
  fault: RankFault,
  { times, seed, undisturbed = 3, log }: { times: number; seed: number; undisturbed?: number; log(line: string): void },
): Promise<RankFaultReport> {
  // So that no first build counts as a start.
  await buildAddon(await findMpi());
  const play = fault === 'compute-worker' ? await openComputeWorker(tasksOf()) : await openProcessor(fault, log);
  try {
    // The first is the warm-up, and finds no ranks: as one that starts again.
    const { output, launching } = await playOnce(play, 'undisturbed-0');
    const quiet: Played[] = [];
    for (let run = 1; run <= undisturbed; run += 1) quiet.push(await playOnce(play, `undisturbed-${run}`));
    const undisturbedSeconds = median(quiet.map(({ seconds }) => seconds));
    const mayLoseSeconds = play.stallSeconds + launching / 1_000;
    log(`An undisturbed run takes ${undisturbedSeconds.toFixed(2)} s.`);
    const trials: RankTrial[] = [];
    for (let index = 1; index <= times; index += 1) {
      const killAfter = unitOf(`${seed} ${index}`) * undisturbedSeconds;
      const disturbance = { fault, killAfter, draw: unitOf(`${seed} ${index} who`) };
      const played = await playOnce(play, `${fault}-${index}`, disturbance);
      const problems = [...played.problems];
      if (played.output !== output) problems.push(differenceOf(played.output, output));
      const { seconds, launches } = played;
      const needed = killAfter + play.slowdown * (undisturbedSeconds - killAfter);
      const lostSeconds = Math.max(0, seconds - needed);
      trials.push({ killedAfter: killAfter, seconds, launches, lostSeconds, problems });
      log(
        `trial ${index} of ${times}: after ${killAfter.toFixed(2)} s, took ${seconds.toFixed(2)} s in ${launches} launches, ` +
          `lost ${lostSeconds.toFixed(2)} s, problems: ${problems.join('; ') || 'none'}`,
      );
    }
    const mostLostSeconds = Math.max(...trials.map(({ lostSeconds }) => lostSeconds));
    const problems = trials.reduce((sum, trial) => sum + trial.problems.length, 0);
    const holds = problems === 0 && mostLostSeconds <= mayLoseSeconds;
    return { times, seed, undisturbedSeconds, mayLoseSeconds, mostLostSeconds, problems, holds, trials };
  } finally {
    await play.close();
  }
}

/** In what an output differs from the undisturbed one: see {@link chaosJob}. */
function differenceOf(output: string, undisturbed: string): string {
  const [got, right] = [output.split(' '), undisturbed.split(' ')];
  const wrong = right.flatMap((result, place) => (place > 0 && got[place] !== result ? [place - 1] : []));
  return `the output differs from the undisturbed one (${got[0]} results instead of ${right[0]}, ${wrong.length} others, the first at ${wrong[0]})`;
}

/** A processor in this process: on this machine, or on hosts that are network namespaces of it. */
async function openProcessor(fault: RankFault, log: (line: string) => void): Promise<Play> {
  const folder = await mkdtemp(join(tmpdir(), 'kgot-chaos-'));
  const store = openDirectoryStore(folder);
  const tasks = tasksOf();
  const network = fault === 'host' ? openNetworkHosts(HOSTS, RANKS_OF_HOST) : undefined;
  const where =
    network === undefined ? { ranks: RANKS } : { hosts: network.hosts, shell: network.shell, address: network.address };
  const processor = new MpiDistributedProcessor({ ...where, stallSeconds: STALL_SECONDS, log });
  let down: string | undefined;
  return {
    stallSeconds: STALL_SECONDS,
    slowdown: network === undefined ? 1 : HOSTS / (HOSTS - 1),
    async run(id, signal) {
      const { output, metrics } = await processor.run(chaosJob, tasks, { artifacts: store, id, signal });
      if (down !== undefined) network?.start(down);
      return { output, launches: metrics.launches, launching: metrics.launching };
    },
    async disturb(disturbance, isOver) {
      if (network === undefined) return killRanks(disturbance, isOver);
      down = network.hosts[Math.floor(disturbance.draw * HOSTS)]!.name;
      network.stop(down);
    },
    leftovers: leftoversOfOurs,
    async close() {
      network?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function tasksOf(): ChaosTask[] {
  return Array.from({ length: 600 }, (_, index) => ({
    name: `task ${index}`,
    milliseconds: 2 / (1 - unitOf(`chaos ${index}`) * 0.99),
    spawns: index % 10 === 0 ? 3 : 0,
  }));
}

export interface Disturbance {
  fault: RankFault;
  /** Seconds. */
  killAfter: number;
  /** From 0 to 1. */
  draw: number;
}

async function playOnce(play: Play, id: string, disturbance?: Disturbance): Promise<Played> {
  const problems: string[] = [];
  const controller = new AbortController();
  const began = performance.now();
  const running = play.run(id, controller.signal);
  let isOver = false;
  const over = (): void => void (isOver = true);
  running.then(over, over);
  const disturb = async ({ fault, killAfter }: Disturbance): Promise<void> => {
    await delay(killAfter * 1_000);
    if (fault === 'cancel') controller.abort(new Error('chaos'));
    else if (!isOver) await play.disturb(disturbance!, () => isOver);
  };
  const disturbed = disturbance === undefined ? undefined : disturb(disturbance);
  let ended: Awaited<typeof running>;
  try {
    ended = await running;
  } catch (error) {
    if (disturbance?.fault !== 'cancel') throw error;
    problems.push(...(await play.leftovers()).map((left) => `${left} is left of the cancelled run`));
    // Who was cancelled goes on later, with what was not finished.
    ended = await play.run(id, new AbortController().signal);
  }
  const seconds = (performance.now() - began) / 1_000;
  await disturbed;
  problems.push(...(await play.leftovers()).map((left) => `${left} is left`));
  return { ...ended, seconds, problems };
}

/** Kills ranks, or mpiexec; where nobody is there to die yet, as soon as there is someone. */
async function killRanks({ fault, draw }: Disturbance, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const victims = victimsOf(fault, draw);
    for (const pid of victims) kill(pid);
    if (victims.length > 0) return;
    await delay(5);
  }
}

function victimsOf(fault: RankFault, draw: number): number[] {
  const ranks: number[] = [];
  let mpiexec: number | undefined;
  for (const pid of processesOf(`kgot-mpi-${process.pid}-`)) {
    const rank = rankOf(pid);
    if (rank === undefined) mpiexec ??= pid;
    else ranks[rank] = pid;
  }
  if (fault === 'mpiexec') return mpiexec === undefined ? [] : [mpiexec];
  const first =
    fault === 'rank0' ? 0 : fault === 'rank' ? 1 + Math.floor(draw * (RANKS - 1)) : Math.floor(draw * RANKS);
  const chosen = fault === 'two-ranks' ? [first, (first + 1 + (Math.floor(draw * 7) % (RANKS - 1))) % RANKS] : [first];
  const pids = chosen.map((rank) => ranks[rank]);
  return pids.every((pid) => pid !== undefined) ? pids : [];
}

function rankOf(pid: number): number | undefined {
  try {
    const rank = /(?:^|\0)OMPI_COMM_WORLD_RANK=(\d+)/.exec(readFileSync(`/proc/${pid}/environ`, 'latin1'))?.[1];
    return rank === undefined ? undefined : Number(rank);
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
