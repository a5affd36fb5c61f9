import { JobModuleError, JobStepFailed } from './errors.ts';
import { receivedError } from './messages.ts';
import type { JobProblem, SentJob } from './messages.ts';

/** @returns the error of a step that did not work */
export function problemOf({ name, module }: SentJob, { step, why, error }: JobProblem): Error {
  const cause = error && receivedError(error);
  const whole = cause === undefined ? why : `${why}: ${cause.message.replace(/\.?$/, '.')}`;
  if (step === 'module') return new JobModuleError({ job: name, module, why: whole, cause });
  return new JobStepFailed({ job: name, step, why: whole, cause });
}
