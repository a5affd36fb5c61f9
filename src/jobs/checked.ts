import { encode } from './codec.ts';
import { CannotTravel, InvalidJob } from './errors.ts';
import { isJob } from './job.ts';

/** @throws {InvalidJob} when it did not come from `defineJob` */
export function checkJob(job: unknown): void {
  if (!isJob(job)) throw new InvalidJob('This is no job: give what defineJob({name, module}) returned.');
}

/** @throws {CannotTravel} */
export function encodedInput(job: string, input: unknown): Uint8Array {
  try {
    return encode(input);
  } catch (error) {
    throw new CannotTravel(`The input of job ${job}`, error);
  }
}

/** @throws {RangeError} for an option that is no whole number between two */
export function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`The option ${name} is ${String(value)}: give a whole number from ${least} to ${most}.`);
}
