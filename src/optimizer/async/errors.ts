/** Thrown when an operation is given to an engine that was shut down. */
export class EngineClosed extends Error {
  override readonly name = 'EngineClosed';
  constructor() {
    super('The engine was shut down: it takes no more operations.');
  }
}

/** Thrown when too many operations wait already. */
export class EngineFull extends Error {
  override readonly name = 'EngineFull';
  constructor(waiting: number) {
    super(
      `${waiting} operations wait already: give more once there is room (await engine.room()), or raise "waiting".`,
    );
  }
}

/** Thrown when an operation took longer than it may. */
export class OperationTimeout extends Error {
  override readonly name = 'OperationTimeout';
  constructor(milliseconds: number, advice = '') {
    super(`The operation took longer than ${milliseconds / 1000} seconds.${advice}`);
  }
}

/** Thrown when an operation took more memory than it may. */
export class OperationOutOfMemory extends Error {
  override readonly name = 'OperationOutOfMemory';
  readonly retryable = false;
  constructor(operation: string, mebibytes: number) {
    super(`${operation} took more than the ${mebibytes} MiB of memory that it may.`);
  }
}

/** @returns the error of an operation whose input or result cannot be copied; undefined when `error` is another */
export function cannotBeCopied(operation: string, error: unknown): TypeError | undefined {
  // That of a result comes without its name and message, for it was itself copied.
  const { stack = '' } = (error ?? {}) as { stack?: string };
  const [, reason] = /^(?:DataCloneError|Error): (.*could not be cloned\.)/.exec(stack) ?? [];
  if (reason === undefined) return undefined;
  return new TypeError(`${operation} cannot run elsewhere: ${reason} Give and return plain data.`, { cause: error });
}

/** What an operation threw, as an error, whatever it was. */
export function errorOf(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  const shown = typeof thrown === 'string' ? JSON.stringify(thrown) : String(thrown);
  return new Error(`The operation threw ${shown}, which is no error.`, { cause: thrown });
}
