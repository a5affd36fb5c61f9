import type { SentJob } from '../../jobs/messages.ts';
import type { Generation } from './generation.ts';
import { Steps } from './steps.ts';

/** Milliseconds that ranks and threads without a job wait for one. */
const RESTS = 10_000;
/** Milliseconds that they have to end MPI together. */
const PATIENCE = 5_000;

/** Ranks between two jobs: those of one job at most, which the next of the same kind takes. */
let resting: { kind: string; generation: Generation; timer: NodeJS.Timeout } | undefined;

/** Lets ranks wait for the next job. They keep no process from ending, and end with it. */
export async function rest(kind: string, generation: Generation): Promise<void> {
  await leave()?.finish(PATIENCE);
  generation.hold(false);
  const timer = setTimeout(() => void leave()?.finish(PATIENCE), RESTS).unref();
  resting = { kind, generation, timer };
  process.once('exit', abandon);
}

/** @returns ranks of a kind that wait, which are the caller's then */
export async function takeResting(kind: string): Promise<Generation | undefined> {
  if (resting?.kind !== kind) return undefined;
  const generation = leave()!;
  if (generation.isWhole) {
    generation.hold(true);
    return generation;
  }
  await generation.close();
  return undefined;
}

/** Ends ranks and threads that wait. Resolves when nothing of them is left. */
export async function endResting(): Promise<void> {
  await Promise.all([leave()?.finish(PATIENCE), leaveSteps()?.close()]);
}

/** The thread of a job that has ended, whose modules are loaded and warm. */
let restingSteps: { steps: Steps; timer: NodeJS.Timeout } | undefined;

/** Lets a thread wait for another job of the same module. */
export async function restSteps(steps: Steps): Promise<void> {
  await leaveSteps()?.close();
  steps.hold(false);
  restingSteps = { steps, timer: setTimeout(() => void leaveSteps()?.close(), RESTS).unref() };
}

/** @returns a thread for a job, which is the caller's then: one that waits, or a new one */
export function takeSteps(job: SentJob): Steps {
  if (restingSteps?.steps.fits(job) !== true) return new Steps(job);
  const steps = leaveSteps()!;
  steps.hold(true);
  return steps;
}

function leaveSteps(): Steps | undefined {
  const left = restingSteps;
  restingSteps = undefined;
  clearTimeout(left?.timer);
  return left?.steps;
}

function leave(): Generation | undefined {
  const left = resting;
  resting = undefined;
  clearTimeout(left?.timer);
  process.removeListener('exit', abandon);
  return left?.generation;
}

function abandon(): void {
  resting?.generation.abandon();
}
