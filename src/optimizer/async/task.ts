import type { Kept } from './result-cache.ts';

/** What an operation is given. */
export interface OperationContext {
  /** Aborted when nobody waits for the operation any more, or it took too long. */
  readonly signal: AbortSignal;
  /** From 1. */
  readonly attempt: number;
}

export type Operation<T> = (context: OperationContext) => T | PromiseLike<T>;

/** One operation on its way through the engine. */
export class Task<T> implements OperationContext {
  readonly operation: Operation<T>;
  readonly key: string | undefined;
  readonly priority: number;
  readonly timeout: number;
  readonly total: number;
  readonly retries: number;
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;
  attempt = 1;
  state: 'waiting' | 'running' | 'pausing' | 'ended' = 'waiting';
  queuedAt = performance.now();
  startedAt = 0;
  /** When its time for all attempts is up. */
  endsAt = Infinity;
  /** Milliseconds that it waited for its slot, all attempts together. */
  queueWait = 0;
  /** Milliseconds that it had a slot. */
  execution = 0;
  /** Who waits for it. */
  callers = 1;
  /** For those who asked for the same: set with the result, where it can be copied. */
  kept: Kept | undefined;
  timer: NodeJS.Timeout | undefined;
  #controller: AbortController | undefined;

  // One object less for each of very many operations.
  constructor(
    operation: Operation<T>,
    key: string | undefined,
    priority: number,
    timeout: number,
    total: number,
    retries: number,
  ) {
    this.operation = operation;
    this.key = key;
    this.priority = priority;
    this.timeout = timeout;
    this.total = total;
    this.retries = retries;
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** Tells the operation to end. */
  abort(reason: unknown): void {
    this.#controller?.abort(reason);
  }

  /** For the next attempt: what was aborted stays so. */
  renew(): void {
    this.#controller = undefined;
    this.attempt += 1;
    this.state = 'waiting';
    this.queuedAt = performance.now();
  }
}
