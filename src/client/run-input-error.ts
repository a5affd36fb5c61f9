/** Thrown before a run is started, when its input cannot be right. */
export class RunInputError extends Error {
  override readonly name = 'RunInputError';
  /** One sentence a problem. */
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join(' '));
    this.problems = problems;
  }
}
