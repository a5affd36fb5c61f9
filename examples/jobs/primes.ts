import { defineJob } from 'kgot-temporal/jobs';
import type { TaskContext } from 'kgot-temporal/jobs';

/** A job in one file: how many primes there are below a number. `node examples/jobs/count-primes.ts 10000000` runs it on threads. */
export const primes = defineJob<number, number>({ name: 'primes', module: import.meta.url });

interface Range {
  from: number;
  to: number;
}

/** Numbers that one task looks at. */
const STEP = 10_000;

export function* split(below: number): Iterable<Range> {
  for (let from = 0; from < below; from += STEP) yield { from, to: Math.min(from + STEP, below) };
}

export function run({ from, to }: Range, { signal }: TaskContext<Range>): number {
  let count = 0;
  for (let number = from; number < to; number += 1) {
    if (number % 1_000 === 0) signal.throwIfAborted();
    if (isPrime(number)) count += 1;
  }
  return count;
}

export function reduce(counts: number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor += 1) if (number % divisor === 0) return false;
  return number > 1;
}
