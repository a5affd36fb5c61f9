import type { Generation } from './generation.ts';

/** Milliseconds that ranks without a job wait for one. */
const RESTS = 10_000;
/** Milliseconds that they have to end MPI together. */
const PATIENCE = 5_000;

/** Ranks between two jobs: those of one job at most, which the next of the same kind takes. */
let resting: { kind: string; generation: Generation; timer: NodeJS.Timeout } | undefined;

/** Lets ranks wait for the next job. They keep no process from ending, and end with it. */
export async function rest(kind: string, generation: Generation): Promise<void> {
  await endResting();
  generation.hold(false);
  const timer = setTimeout(() => void endResting(), RESTS).unref();
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

/** Ends ranks that wait. Resolves when nothing of them is left. */
export async function endResting(): Promise<void> {
  await leave()?.finish(PATIENCE);
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
