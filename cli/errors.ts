/** An error that a person reads: one or two sentences that say what was wrong and what would be right. */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** 1 when work failed, 2 when the command was given wrongly. */
  readonly exitCode: number;
  constructor(message: string, { exitCode = 1, cause }: { exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Temporal's client only says what it did not do; the server, why.
  const why = error.name === 'ServiceError' && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${why}`;
}
