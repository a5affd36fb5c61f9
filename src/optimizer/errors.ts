/** Thrown when an operation is given to an optimizer that was shut down. */
export class OptimizerClosed extends Error {
  override readonly name = 'OptimizerClosed';
  constructor() {
    super('The optimizer was shut down: it takes no more operations.');
  }
}

/** Thrown for a context that cannot be right, or does not fit the operation. Nothing has started. */
export class InvalidContext extends Error {
  override readonly name = 'InvalidContext';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join(' '));
    this.problems = problems;
  }
}
