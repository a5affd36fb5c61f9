import type { SentJob } from '../../jobs/messages.ts';
import type { Generation } from './generation.ts';
import { Steps } from './steps.ts';

/** Milliseconds that ranks and threads without a job wait for one. */
const RESTS = 10_000;
/** Milliseconds that ranks have to end MPI together. */
const PATIENCE = 5_000;

/** What waits between two jobs, one at most. It keeps no process from ending. */
class Resting<T> {
  readonly #end: (one: T) => Promise<void>;
  #one: { value: T; timer: NodeJS.Timeout } | undefined;

  /** @param end ends what has waited too long, or has to make room for another */
  constructor(end: (one: T) => Promise<void>) {
    this.#end = end;
  }

  get value(): T | undefined {
    return this.#one?.value;
  }

  async put(value: T): Promise<void> {
    await this.end();
    this.#one = { value, timer: setTimeout(() => void this.end(), RESTS).unref() };
  }

  /** @returns what waits, which is the caller's then */
  take(): T | undefined {
    const { value, timer } = this.#one ?? {};
    this.#one = undefined;
    clearTimeout(timer);
    return value;
  }

  async end(): Promise<void> {
    const value = this.take();
    if (value !== undefined) await this.#end(value);
  }
}

const ranks = new Resting<{ kind: string; generation: Generation }>(({ generation }) => generation.finish(PATIENCE));
/** The thread of a job that has ended, whose modules are loaded and warm. */
const threads = new Resting<Steps>((steps) => steps.close());

/** Lets ranks wait for the next job; they end with this process. */
export async function rest(kind: string, generation: Generation): Promise<void> {
  generation.hold(false);
  process.removeListener('exit', abandon).once('exit', abandon);
  await ranks.put({ kind, generation });
}

function abandon(): void {
  ranks.value?.generation.abandon();
}

/** @returns ranks of a kind that wait, which are the caller's then */
export async function takeResting(kind: string): Promise<Generation | undefined> {
  if (ranks.value?.kind !== kind) return undefined;
  const { generation } = ranks.take()!;
  if (generation.isWhole) {
    generation.hold(true);
    return generation;
  }
  await generation.close();
  return undefined;
}

/** Lets a thread wait for another job of the same module. */
export async function restSteps(steps: Steps): Promise<void> {
  steps.hold(false);
  await threads.put(steps);
}

/** @returns a thread for a job, which is the caller's then: one that waits, or a new one */
export function takeSteps(job: SentJob): Steps {
  if (threads.value?.fits(job) !== true) return new Steps(job);
  const steps = threads.take()!;
  steps.hold(true);
  return steps;
}

/** Ends ranks and threads that wait. Resolves when nothing of them is left. */
export async function endResting(): Promise<void> {
  await Promise.all([ranks.end(), threads.end()]);
}
