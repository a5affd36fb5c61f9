/** What MpiError is made of. */
export interface MpiErrorFields {
  /** The method that failed. */
  operation: string;
  /** MPI's name for what kind of error it is. */
  errorClass: string;
  /** What was wrong, and what would be right. */
  text: string;
  /** MPI's own number of the error; absent where the call was refused before MPI saw it. */
  code?: number;
  cause?: unknown;
}

/**
 * Thrown when an operation of MPI fails, or cannot be right.
 *
 * @example
 * ```ts
 * if (error instanceof MpiError && error.errorClass === 'MPI_ERR_PROC_FAILED') await world.shrink();
 * ```
 */
export class MpiError extends Error {
  override readonly name = 'MpiError';
  readonly operation: string;
  readonly errorClass: string;
  readonly code: number | undefined;
  readonly text: string;

  constructor({ operation, errorClass, text, code, cause }: MpiErrorFields) {
    super(`${operation}: ${text} (${errorClass})`, cause === undefined ? undefined : { cause });
    this.operation = operation;
    this.errorClass = errorClass;
    this.text = text;
    this.code = code;
  }
}

/** Thrown when there is no MPI to be had, or the binding cannot be built with it. */
export class MpiUnavailable extends Error {
  override readonly name = 'MpiUnavailable';
}
