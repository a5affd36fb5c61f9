import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { MpiDistributedProcessor } from '../../src/mpi/index.ts';
import type { MpiMetrics } from '../../src/mpi/index.ts';
import { processesOf } from '../../src/mpi/launcher/mpiexec.ts';
import { leftovers } from '../../test/mpi/leftovers.ts';
import { unitOf } from '../random.ts';
import { median } from '../rows.ts';
import { chaosJob } from './chaos-job.ts';
import type { ChaosTask } from './chaos-job.ts';

export const RANK_FAULTS = ['rank', 'rank0', 'two-ranks', 'mpiexec', 'cancel'] as const;
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
  /** The stall limit and one start of ranks. */
  mayLoseSeconds: number;
  mostLostSeconds: number;
  problems: number;
  holds: boolean;
  trials: RankTrial[];
}

interface Play {
  processor: MpiDistributedProcessor;
  store: ArtifactStore;
  tasks: ChaosTask[];
}

const RANKS = 4;
const STALL_SECONDS = 5;

/** Disturbs a job on ranks once in each of `times` runs, at a moment drawn uniformly over an undisturbed run, and checks what it left. */
export async function injectRankFaults(
  fault: RankFault,
  { times, seed, log }: { times: number; seed: number; log(line: string): void },
): Promise<RankFaultReport> {
  const folder = await mkdtemp(join(tmpdir(), 'kgot-chaos-'));
  const processor = new MpiDistributedProcessor({ ranks: RANKS, stallSeconds: STALL_SECONDS, log });
  const play: Play = { processor, store: openDirectoryStore(folder), tasks: tasksOf() };
  try {
    const undisturbed = [];
    for (let run = 0; run <= 3; run += 1) undisturbed.push(await playOnce(play, `undisturbed-${run}`));
    const { output } = undisturbed.shift()!;
    const undisturbedSeconds = median(undisturbed.map(({ seconds }) => seconds));
    const mayLoseSeconds = STALL_SECONDS + Math.max(...undisturbed.map(({ metrics }) => metrics.launching)) / 1_000;
    log(`An undisturbed run takes ${undisturbedSeconds.toFixed(2)} s.`);
    const trials: RankTrial[] = [];
    for (let index = 1; index <= times; index += 1) {
      const killAfter = unitOf(`${seed} ${index}`) * undisturbedSeconds;
      const disturbance = { fault, killAfter, draw: unitOf(`${seed} ${index} who`) };
      const played = await playOnce(play, `${fault}-${index}`, disturbance);
      const problems = [...played.problems];
      if (played.output !== output) problems.push('the output differs from the undisturbed one');
      const { seconds, metrics } = played;
      const lostSeconds = Math.max(0, seconds - undisturbedSeconds);
      trials.push({ killedAfter: killAfter, seconds, launches: metrics.launches, lostSeconds, problems });
      log(
        `trial ${index} of ${times}: after ${killAfter.toFixed(2)} s, took ${seconds.toFixed(2)} s in ${metrics.launches} launches, ` +
          `lost ${lostSeconds.toFixed(2)} s, problems: ${problems.join('; ') || 'none'}`,
      );
    }
    const mostLostSeconds = Math.max(...trials.map(({ lostSeconds }) => lostSeconds));
    const problems = trials.reduce((sum, trial) => sum + trial.problems.length, 0);
    const holds = problems === 0 && mostLostSeconds <= mayLoseSeconds;
    return { times, seed, undisturbedSeconds, mayLoseSeconds, mostLostSeconds, problems, holds, trials };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function tasksOf(): ChaosTask[] {
  return Array.from({ length: 600 }, (_, index) => ({
    name: `task ${index}`,
    milliseconds: 2 / (1 - unitOf(`chaos ${index}`) * 0.99),
    spawns: index % 10 === 0 ? 3 : 0,
  }));
}

interface Disturbance {
  fault: RankFault;
  /** Seconds. */
  killAfter: number;
  /** From 0 to 1. */
  draw: number;
}

async function playOnce({ processor, store, tasks }: Play, id: string, disturbance?: Disturbance) {
  const problems: string[] = [];
  const controller = new AbortController();
  const options = { artifacts: store, id, signal: controller.signal };
  const began = performance.now();
  const running = processor.run(chaosJob, tasks, options);
  const disturbed = disturbance === undefined ? undefined : disturb(disturbance, controller, running);
  let ended: { output: string; metrics: MpiMetrics };
  try {
    ended = await running;
  } catch (error) {
    if (disturbance?.fault !== 'cancel') throw error;
    problems.push(...leftovers().map((left) => `${left} is left of the cancelled run`));
    // Who was cancelled goes on later, with what was not finished.
    ended = await processor.run(chaosJob, tasks, { artifacts: store, id });
  }
  await disturbed;
  problems.push(...leftovers().map((left) => `${left} is left`));
  return { ...ended, seconds: (performance.now() - began) / 1_000, problems };
}

/** Does what the fault says when its time has come; where nobody is there to die then, as soon as there is someone. */
async function disturb(
  { fault, killAfter, draw }: Disturbance,
  controller: AbortController,
  running: Promise<unknown>,
): Promise<void> {
  let isOver = false;
  const over = (): void => void (isOver = true);
  running.then(over, over);
  await delay(killAfter * 1_000);
  if (fault === 'cancel') {
    controller.abort(new Error('chaos'));
    return;
  }
  while (!isOver) {
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
