import type { JobProblem } from './messages.ts';

/** A step that did not work, on its way to the main thread. */
export class Broken extends Error {
  readonly problem: JobProblem;
  constructor(problem: JobProblem) {
    super(problem.why);
    this.problem = problem;
  }
}
