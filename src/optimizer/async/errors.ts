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
  constructor(milliseconds: number) {
    super(`The operation took longer than ${milliseconds / 1000} seconds.`);
  }
}

/** What an operation threw, as an error, whatever it was. */
export function errorOf(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  const shown = typeof thrown === 'string' ? JSON.stringify(thrown) : String(thrown);
  return new Error(`The operation threw ${shown}, which is no error.`, { cause: thrown });
}
