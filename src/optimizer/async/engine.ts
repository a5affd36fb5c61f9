import { asyncLocalStorage } from '@temporalio/activity';
import { Amounts } from '../../telemetry/amounts.ts';
import { Deadlines } from './deadlines.ts';
import { EngineClosed, EngineFull, errorOf, OperationTimeout } from './errors.ts';
import { runInOwnProcess } from './own-process.ts';
import { copyIfPossible, copyOf, ResultCache } from './result-cache.ts';
import { StartRate } from './start-rate.ts';
import { Task } from './task.ts';
import type { Operation } from './task.ts';
import { Threads } from './threads.ts';
import type { ModuleFunction } from './threads.ts';
import { WaitingLine } from './waiting-line.ts';

export interface AsyncExecutionOptions {
  /** Operations at once, at most. @default 50 */
  concurrency?: number;
  /** Operations started a second, at most; `Infinity` for no limit. @default 10 */
  rate?: number;
  /** Operations that may start at once after a pause; above 1, a second may have so many more than `rate`. @default 1 */
  burst?: number;
  /** Operations that wait, at most; more are refused with {@link EngineFull}. @default 100_000 */
  waiting?: number;
  /** Seconds that the result of an operation with a key is kept; 0 keeps none. @default 300 */
  cacheSeconds?: number;
  /** Results kept, at most. @default 1_000 */
  cacheEntries?: number;
  /** Threads for functions of modules. @default one a core */
  threads?: number;
}

export interface ExecuteOptions {
  /** Equal for equal work: what is asked for while it runs is not run again, and its result is kept for a while. */
  key?: string;
  /** 1 to 10, the most urgent. @default 5 */
  priority?: number;
  /** Milliseconds that an attempt may take, from its slot on; `Infinity` for no limit. @default 60_000 */
  timeout?: number;
  /** Milliseconds that all attempts and the pauses between them may take, from the first slot on. @default no limit */
  total?: number;
  /** Ends the wait; the operation too, when nobody else waits for it. */
  signal?: AbortSignal;
  /** Attempts after the first that failed, 1 s later and then twice as long each, 10 s at most. Inside an activity there are none: Temporal retries. @default 0 */
  retries?: number;
}

export interface ModuleOptions extends ExecuteOptions {
  /** MiB that the function may take beside what Node itself does: it runs in a process of its own then. @default no limit */
  memory?: number;
}

/** What one operation took. Times in milliseconds. */
export interface ExecutionMetrics {
  /** It waited for its slots. */
  queueWait: number;
  /** It had a slot. */
  execution: number;
  attempts: number;
  /** Of a function of a module: the time that it took once it was loaded, and that in which its thread did not wait. */
  took?: number;
  busy?: number;
  /** Processor time, of a function of a module. */
  cpu?: number;
  /** MiB that the heap and buffers of its thread held when it had ended; that were resident at most in its process. */
  memory?: number;
  /** The thread that it ran on; absent where it had a process of its own. */
  thread?: number;
  /** MiB read from and written to disks, by its process. */
  disk?: number;
  /** Of a job's workers, see `JobMetrics`. */
  parallelEfficiency?: number;
  loadBalance?: number;
  /** `cache`: kept from before; `shared`: run for somebody else who asked for the same. */
  from: 'operation' | 'shared' | 'cache';
}

export interface Executed<T> {
  result: T;
  metrics: ExecutionMetrics;
}

/** What an engine did, since it began. Times in milliseconds. */
export interface AsyncExecutionMetrics {
  operations: number;
  failed: number;
  timedOut: number;
  cancelled: number;
  retries: number;
  cacheHits: number;
  /** Asked for while the same ran already. */
  shared: number;
  queueWait: { mean: number; most: number };
  execution: { mean: number; most: number };
  mostAtOnce: number;
  /** Work ÷ (time × operations at once at most), over the time in which there was any; absent before the first ended. */
  parallelEfficiency?: number;
}

export interface AsyncExecutionStatus {
  running: number;
  waiting: number;
  /** Was given up, and goes on nevertheless: it does not heed its signal. */
  abandoned: number;
  cached: number;
  threads: number;
  /** Processes of operations with a limit of memory. */
  processes: number;
  closed: boolean;
}

const DEFAULTS = {
  concurrency: 50,
  rate: 10,
  burst: 1,
  waiting: 100_000,
  cacheSeconds: 300,
  cacheEntries: 1_000,
} as const satisfies AsyncExecutionOptions;

const PRIORITIES = 10;
const PRIORITY = 5;
const TIMEOUT = 60_000;
/** Milliseconds for which what was given up keeps its slot, unless it ends before. */
const GRACE = 1_000;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 10_000;

/**
 * Runs operations: so many at once and so many a second, the most urgent first, equal ones once. Those of modules run on
 * threads, where they can be stopped whatever they do; others are told to stop by their signal.
 */
export class AsyncExecutionEngine {
  readonly #concurrency: number;
  readonly #most: number;
  readonly #rate: StartRate;
  readonly #line = new WaitingLine<Task<unknown>>(PRIORITIES);
  readonly #inFlight = new Map<string, Task<unknown>>();
  readonly #cache: ResultCache;
  readonly #threadCount: number | undefined;
  readonly #idle: (() => void)[] = [];
  readonly #room: (() => void)[] = [];
  readonly #queueWait = new Amounts();
  readonly #execution = new Amounts();
  readonly #counts = { operations: 0, failed: 0, timedOut: 0, cancelled: 0, retries: 0, cacheHits: 0, shared: 0 };
  readonly #deadlines = new Deadlines<Task<unknown>>((task) => {
    this.#counts.timedOut += 1;
    this.#giveUp(task, new OperationTimeout(Math.min(task.timeout, task.total)));
  });
  #threads: Threads | undefined;
  #running = 0;
  #waiting = 0;
  #pausing = 0;
  #abandoned = 0;
  #mostAtOnce = 0;
  #processes = 0;
  /** Milliseconds in which anything ran, up to when the last stopped; then since when there is more. */
  #busy = 0;
  #busySince = 0;
  #starting = false;
  #nextStart: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  /** @throws {RangeError} for a limit that is none */
  constructor(options: AsyncExecutionOptions = {}) {
    const { concurrency, rate, burst, waiting, cacheSeconds, cacheEntries } = { ...DEFAULTS, ...options };
    for (const [name, value] of Object.entries({ concurrency, burst })) wholeFrom(1, name, value);
    for (const [name, value] of Object.entries({ waiting, cacheEntries })) wholeFrom(0, name, value);
    if (options.threads !== undefined) wholeFrom(1, 'threads', options.threads);
    if (!(rate > 0)) throw new RangeError(`rate is ${rate}: give starts a second above 0, or Infinity.`);
    if (!(cacheSeconds >= 0 && cacheSeconds < Infinity)) {
      throw new RangeError(`cacheSeconds is ${cacheSeconds}: give seconds from 0.`);
    }
    this.#concurrency = concurrency;
    this.#most = waiting;
    this.#rate = new StartRate(rate, burst);
    this.#cache = new ResultCache(cacheSeconds, cacheEntries);
    this.#threadCount = options.threads;
  }

  /**
   * Runs an operation, once there is a slot for it.
   *
   * @throws {RangeError | EngineClosed | EngineFull} when it is not taken
   * @throws {OperationTimeout} when it takes too long
   * @throws the signal's reason when that is aborted, and what the operation throws: as it is where it is an error
   */
  execute<T>(operation: Operation<T>, options: ExecuteOptions = {}): Promise<T> {
    const task = this.#taskFor(operation, options);
    return task instanceof Task ? this.#whileWanted(task, options.signal) : task.then(({ result }) => result);
  }

  /** The same, with what it took. */
  measure<T>(operation: Operation<T>, options: ExecuteOptions = {}): Promise<Executed<T>> {
    const task = this.#taskFor(operation, options);
    if (!(task instanceof Task)) return task;
    return this.#whileWanted(task, options.signal).then((result) => ({
      result,
      metrics: metricsOf(task, 'operation'),
    }));
  }

  /**
   * Calls a function of a module on a thread, or with a limit of memory in a process. Its arguments and its result are copied. It is really stopped when it takes too
   * long, takes too much or is cancelled, even where it blocks.
   *
   * @throws as {@link execute}
   * @throws {OperationOutOfMemory} when it takes more memory than it may
   */
  async executeModule<T>(
    operation: ModuleFunction,
    input: readonly unknown[] = [],
    options: ModuleOptions = {},
  ): Promise<Executed<T>> {
    let use: Omit<ExecutionMetrics, 'queueWait' | 'execution' | 'attempts' | 'from'> = {};
    const { memory } = options;
    const { result, metrics } = await this.measure(async ({ signal }) => {
      const outcome =
        memory === undefined
          ? await (this.#threads ??= new Threads(this.#threadCount)).run(operation, input, signal)
          : await this.#inOwnProcess(operation, input, signal, memory);
      const { result, ...rest } = outcome;
      use = rest;
      return result as T;
    }, options);
    return { result, metrics: { ...metrics, ...use } };
  }

  async #inOwnProcess(operation: ModuleFunction, input: readonly unknown[], signal: AbortSignal, memory: number) {
    this.#processes += 1;
    try {
      return await runInOwnProcess(operation, input, signal, memory);
    } finally {
      this.#processes -= 1;
    }
  }

  /** Resolves when less operations wait than may. */
  async room(): Promise<void> {
    while (this.#waiting >= this.#most) await new Promise<void>((resolve) => this.#room.push(resolve));
  }

  /** Resolves when nothing runs or waits. */
  async drain(): Promise<void> {
    while (!this.#isIdle) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Takes no more operations, and resolves when all that it took have ended. */
  shutdown(): Promise<void> {
    this.#closed ??= this.drain().then(async () => {
      this.#cache.close();
      this.#deadlines.close();
      await this.#threads?.close();
    });
    return this.#closed;
  }

  get metrics(): AsyncExecutionMetrics {
    return {
      ...this.#counts,
      queueWait: this.#queueWait.values,
      execution: this.#execution.values,
      mostAtOnce: this.#mostAtOnce,
      ...(this.#busy === 0 ? {} : { parallelEfficiency: this.#execution.sum / (this.#busy * this.#mostAtOnce) }),
    };
  }

  get status(): AsyncExecutionStatus {
    return {
      running: this.#running,
      waiting: this.#waiting + this.#pausing,
      abandoned: this.#abandoned,
      cached: this.#cache.size,
      threads: this.#threads?.count ?? 0,
      processes: this.#processes,
      closed: this.#closed !== undefined,
    };
  }

  /** Operations that have a slot. */
  get running(): number {
    return this.#running;
  }

  get #isIdle(): boolean {
    return this.#running === 0 && this.#waiting === 0 && this.#pausing === 0;
  }

  /** A task of its own for an operation that is to run; else what comes of one that runs, or ran, already. */
  #taskFor<T>(operation: Operation<T>, options: ExecuteOptions): Task<T> | Promise<Executed<T>> {
    const { key, priority = PRIORITY, timeout = TIMEOUT, total = Infinity, retries = 0, signal } = options;
    if (!Number.isInteger(priority) || priority < 1 || priority > PRIORITIES) {
      return refusal('priority', priority, `a whole number from 1 to ${PRIORITIES}`);
    }
    if (!(timeout > 0)) return refusal('timeout', timeout, 'milliseconds above 0, or Infinity');
    if (!(total > 0)) return refusal('total', total, 'milliseconds above 0, or Infinity');
    if (!Number.isInteger(retries) || retries < 0) return refusal('retries', retries, 'a whole number from 0');
    if (signal?.aborted === true) return Promise.reject(errorOf(signal.reason));
    if (this.#closed !== undefined) return Promise.reject(new EngineClosed());
    if (key !== undefined) {
      const kept = this.#cache.get(key);
      if (kept !== undefined) {
        this.#counts.cacheHits += 1;
        return Promise.resolve({ result: kept.value as T, metrics: NOTHING });
      }
      const running = this.#inFlight.get(key);
      if (running !== undefined) return this.#join(running as Task<T>, operation, options);
    }
    if (this.#waiting >= this.#most) return Promise.reject(new EngineFull(this.#waiting));
    const allowed = retries === 0 || asyncLocalStorage.getStore() === undefined ? retries : 0;
    const task = new Task(operation, key, priority, timeout, total, allowed);
    this.#counts.operations += 1;
    if (key !== undefined) this.#inFlight.set(key, task as Task<unknown>);
    this.#enqueue(task as Task<unknown>);
    return task;
  }

  async #join<T>(task: Task<T>, operation: Operation<T>, options: ExecuteOptions): Promise<Executed<T>> {
    this.#counts.shared += 1;
    task.callers += 1;
    await this.#whileWanted(task, options.signal);
    if (task.kept !== undefined) return { result: copyOf(task.kept.value) as T, metrics: metricsOf(task, 'shared') };
    // What cannot be copied is whose it was made for.
    const { key: _key, ...alone } = options;
    return this.measure(operation, alone);
  }

  /** What a task gives, unless the caller has no use for it any more. */
  #whileWanted<T>(task: Task<T>, signal: AbortSignal | undefined): Promise<T> {
    if (signal === undefined) return task.promise;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        task.callers -= 1;
        if (task.callers === 0) {
          this.#counts.cancelled += 1;
          this.#giveUp(task as Task<unknown>, errorOf(signal.reason));
        }
        reject(errorOf(signal.reason));
      };
      signal.addEventListener('abort', leave, { once: true });
      task.promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });
  }

  #enqueue(task: Task<unknown>): void {
    this.#waiting += 1;
    this.#line.push(task, task.priority);
    this.#start();
  }

  /** Starts what may start now. */
  #start(): void {
    // An operation that ends at once comes here again from within.
    if (this.#starting) return;
    this.#starting = true;
    while (this.#waiting > 0 && this.#running < this.#concurrency) {
      const wait = this.#rate.take();
      if (wait > 0) {
        this.#nextStart ??= setTimeout(() => {
          this.#nextStart = undefined;
          this.#start();
        }, wait);
        break;
      }
      let task = this.#line.shift();
      while (task !== undefined && task.state !== 'waiting') task = this.#line.shift();
      if (task === undefined) break;
      this.#waiting -= 1;
      if (this.#room.length > 0) for (const go of this.#room.splice(0)) go();
      this.#run(task);
    }
    this.#starting = false;
    if (this.#idle.length > 0 && this.#isIdle) for (const go of this.#idle.splice(0)) go();
  }

  #run(task: Task<unknown>): void {
    const now = performance.now();
    task.state = 'running';
    task.startedAt = now;
    task.queueWait += now - task.queuedAt;
    if (task.attempt === 1) task.endsAt = now + task.total;
    if (this.#running === 0) this.#busySince = now;
    this.#running += 1;
    if (this.#running > this.#mostAtOnce) this.#mostAtOnce = this.#running;
    let outcome: unknown;
    try {
      outcome = task.operation(task);
    } catch (error) {
      this.#failed(task, error);
      return;
    }
    if (!isPromiseLike(outcome)) {
      this.#succeeded(task, outcome);
      return;
    }
    this.#deadlines.set(task, Math.min(now + task.timeout, task.endsAt));
    const { attempt } = task;
    outcome.then(
      (value) => {
        if (isCurrent(task, attempt)) this.#succeeded(task, value);
        else this.#abandonedEnded(task);
      },
      (error: unknown) => {
        if (isCurrent(task, attempt)) this.#failed(task, error);
        else this.#abandonedEnded(task);
      },
    );
  }

  #succeeded(task: Task<unknown>, value: unknown): void {
    this.#ended(task);
    if (task.key !== undefined) {
      task.kept = copyIfPossible(value);
      if (task.kept !== undefined) this.#cache.set(task.key, task.kept);
      this.#inFlight.delete(task.key);
    }
    task.resolve(value);
    this.#start();
  }

  #failed(task: Task<unknown>, thrown: unknown): void {
    this.#ended(task);
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (task.attempt - 1));
    const inTime = performance.now() + pause < task.endsAt;
    if (task.attempt <= task.retries && inTime && this.#isWorthAnother(thrown)) this.#pause(task, pause);
    else this.#fail(task, errorOf(thrown));
    this.#start();
  }

  #isWorthAnother(thrown: unknown): boolean {
    return (thrown as { retryable?: unknown } | undefined | null)?.retryable !== false;
  }

  #pause(task: Task<unknown>, pause: number): void {
    this.#counts.retries += 1;
    this.#pausing += 1;
    task.state = 'pausing';
    task.timer = setTimeout(() => {
      this.#pausing -= 1;
      task.renew();
      this.#enqueue(task);
    }, pause);
  }

  #fail(task: Task<unknown>, error: Error): void {
    this.#counts.failed += 1;
    task.state = 'ended';
    if (task.key !== undefined) this.#inFlight.delete(task.key);
    task.reject(error);
  }

  #ended(task: Task<unknown>): void {
    this.#deadlines.delete(task);
    task.state = 'ended';
    this.#release(task);
  }

  /** Its slot is free, and what it took is known. */
  #release(task: Task<unknown>): void {
    const now = performance.now();
    const execution = now - task.startedAt;
    task.execution += execution;
    this.#running -= 1;
    if (this.#running === 0) this.#busy += now - this.#busySince;
    this.#queueWait.add(task.startedAt - task.queuedAt);
    this.#execution.add(execution);
  }

  /** Nobody waits for it any more: what has not begun never does, what runs is told, and keeps its slot for a moment. */
  #giveUp(task: Task<unknown>, error: Error): void {
    const { state } = task;
    if (state === 'ended') return;
    clearTimeout(task.timer);
    this.#deadlines.delete(task);
    this.#fail(task, error);
    if (state === 'waiting') this.#waiting -= 1;
    if (state === 'pausing') this.#pausing -= 1;
    if (state !== 'running') return this.#start();
    this.#abandoned += 1;
    task.timer = setTimeout(() => this.#freeSlot(task), GRACE);
    task.abort(error);
  }

  #abandonedEnded(task: Task<unknown>): void {
    this.#abandoned -= 1;
    this.#freeSlot(task);
  }

  #freeSlot(task: Task<unknown>): void {
    if (task.timer === undefined) return;
    clearTimeout(task.timer);
    task.timer = undefined;
    this.#release(task);
    this.#start();
  }
}

const NOTHING: ExecutionMetrics = { queueWait: 0, execution: 0, attempts: 0, from: 'cache' };

function metricsOf<T>({ queueWait, execution, attempt }: Task<T>, from: ExecutionMetrics['from']): ExecutionMetrics {
  return { queueWait, execution, attempts: attempt, from };
}

/** Whether it still has a say: an operation that was given up has none. */
function isCurrent(task: Task<unknown>, attempt: number): boolean {
  return task.state === 'running' && task.attempt === attempt;
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

function refusal(name: string, value: unknown, right: string): Promise<never> {
  return Promise.reject(new RangeError(`${name} is ${String(value)}: give ${right}.`));
}

function wholeFrom(least: number, name: string, value: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`${name} is ${value}: give a whole number from ${least}.`);
}
