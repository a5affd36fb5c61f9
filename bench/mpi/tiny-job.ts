import { defineJob } from '../../src/jobs/index.ts';
import { argumentsOf } from '../stealing/tiny-job.ts';
import type { Argument, Result } from '../stealing/tiny-job.ts';

export { run } from '../stealing/tiny-job.ts';

export interface Counted {
  /** Results that are there, and those that are wrong. */
  results: number;
  wrong: number;
  /** Milliseconds that the tasks took to be written down, which is before ranks are there; and to look whether results are wrong, which the rival does not count either. */
  writing: number;
  looking: number;
}

/** So little work that only its way to a rank and back counts. `split` and `reduce` run on one thread: what the first measures, the second tells. */
export const tinyOnRanks = defineJob<number, Counted>({ name: 'tiny', module: import.meta.url });

let writing = 0;

export function* split(count: number): Iterable<Argument> {
  const tasks = argumentsOf(count);
  const began = performance.now();
  yield* tasks;
  writing = performance.now() - began;
}

export function reduce(results: Result[]): Counted {
  const began = performance.now();
  let wrong = 0;
  results.forEach(({ id, length }, index) => {
    if (id !== index || length !== 'task '.length + digitsOf(id)) wrong += 1;
  });
  return { results: results.length, wrong, writing, looking: performance.now() - began };
}

/** Without a text, which would be garbage of the next run. */
function digitsOf(whole: number): number {
  return whole < 10 ? 1 : 1 + digitsOf(Math.floor(whole / 10));
}
