import { performance } from 'node:perf_hooks';
import type { EventLoopUtilization } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { watchfulSignal } from './cancellation.ts';
import { ChunkReader, ChunkWriter, handleOf, idOf, spawnedPlace } from './chunks.ts';
import { decode, encode } from './codec.ts';
import { CannotTravel } from './errors.ts';
import { Figures } from './figures.ts';
import { Finder } from './finder.ts';
import type { JobModule } from './job.ts';
import { PHASE } from './layout.ts';
import type { Shared } from './layout.ts';
import type { MainMessage, WorkCall, WorkerMessage, WorkerPort } from './messages.ts';
import { Broken } from './broken.ts';
import { Outbox } from './outbox.ts';
import { textOf } from './plain-text.ts';
import { Said } from './said.ts';
import { splitTasks } from './split-tasks.ts';
import type { ContextHost, RunningTask } from './worker-context.ts';
import { WorkerContext } from './worker-context.ts';
import { WorkerStore } from './worker-store.ts';

type AnyModule = JobModule<unknown, unknown, unknown, unknown>;
type NewChunk = Parameters<ChunkWriter['write']>[1];

/** Milliseconds that tasks which never wait run, before those that wait get the thread for a moment. */
const TURN_AFTER = 2;

/** What a worker is to do. */
export type WorkerCall = Pick<
  WorkCall,
  'input' | 'figures' | 'worker' | 'workers' | 'seed' | 'interleaved' | 'artifacts' | 'again' | 'alone'
> & {
  port: WorkerPort;
  /** What tasks know it by. @default `worker` */
  number?: number;
};

/** Who is told what a worker does, as it does it. */
export interface Watcher {
  began(id: number): void;
  ended(): void;
  /** @param parent id of the task that spawned it */
  spawned(spawn: { id: number; parent: number; ordinal: number; payload: Uint8Array | string }): void;
}

/** One worker of a job: it runs tasks, its own and stolen ones, until there are none. */
export class Worker implements ContextHost {
  readonly worker: number;
  readonly signal: AbortSignal;
  readonly artifacts: WorkerStore | undefined;

  readonly #module: AnyModule;
  readonly #call: WorkerCall;
  readonly #slot: number;
  readonly #shared: Shared;
  readonly #figures: Figures;
  readonly #finder: Finder;
  readonly #reader: ChunkReader;
  readonly #writer: ChunkWriter;
  readonly #outbox: Outbox;
  readonly #said: Said;
  readonly #watcher: Watcher | undefined;
  /** Tasks to be run with nothing beside them, as pairs of chunk and index. */
  readonly #alone: number[] = [];
  readonly #abort: () => void;

  /** When the time that is not counted yet began, and the tasks that have ended since. */
  #mark = performance.now();
  #uncounted = 0;
  #lastTurn = this.#mark;
  #waiting = 0;
  /** Resolves when one that waited has ended, or someone announces work. */
  #wake: (() => void) | undefined;
  #listening = false;
  #flushing = false;

  constructor(module: AnyModule, call: WorkerCall, shared: Shared, watcher?: Watcher) {
    this.#module = module;
    this.#call = call;
    this.worker = call.number ?? call.worker;
    this.#slot = call.worker;
    this.#shared = shared;
    this.#watcher = watcher;
    this.#figures = new Figures(call.figures);
    this.#finder = new Finder(this.#shared, this.#figures, call.worker, call.seed);
    this.#reader = new ChunkReader(this.#shared.arena);
    this.#writer = new ChunkWriter(this.#shared.arena, call.worker);
    this.#outbox = new Outbox(this.#shared.arena, call.worker, call.port);
    this.#said = new Said(({ handle, id }, said) => this.#tell({ kind: 'progress', handle, id, said }));
    this.artifacts = call.artifacts ? new WorkerStore(call.port) : undefined;
    const { signal, abort } = watchfulSignal(() => this.#shared.stopped);
    this.signal = signal;
    this.#abort = abort;
  }

  /** Works until the job has ended. @throws {Broken} when `split` does not work */
  async work(): Promise<void> {
    const { port, input } = this.#call;
    port.on('message', (message: MainMessage) => this.#heard(message));
    this.#shared.deques[this.#slot]!.adopt();
    this.#shared.keep(this.#slot, 0, 0, 0);
    if (input !== undefined) await this.#split(input);
    this.#shared.setPhase(this.#slot, PHASE.working);
    this.#mark = performance.now();
    this.takeOver(this.#call);
    await this.#runAll();
    this.#outbox.flush();
  }

  get wantsTasks(): boolean {
    return !this.#finder.hasOwn;
  }

  said(task: RunningTask, said: number | string): void {
    this.#said.put(task, said);
  }

  spawned(task: unknown, parent: RunningTask, ordinal: number): void {
    const payload = encodedTask(task);
    const id = -1 - this.#shared.nextSpawned();
    this.add(payload, { count: 1, first: id, parent: parent.handle, parentId: parent.id, ordinal });
    this.#watcher?.spawned({ id, parent: parent.id, ordinal, payload });
  }

  /** What a dead worker leaves. */
  takeOver({ again, alone }: Pick<WorkCall, 'again' | 'alone'>): void {
    for (let at = 0; at < again.length; at += 3) this.#finder.offer(again[at]!, again[at + 1]!, again[at + 2]!);
    this.#alone.push(...alone);
    if (alone.length > 0) this.#wake?.();
  }

  /** Adds tasks. They are counted before they can be found, so that nobody thinks all is done. */
  add(payload: Uint8Array | string, chunk: NewChunk): void {
    const before = this.#shared.createdBy(this.#slot);
    this.#shared.setCreated(this.#slot, before + chunk.count);
    let place: number;
    try {
      place = this.#writer.write(payload, chunk);
    } catch (error) {
      this.#shared.setCreated(this.#slot, before);
      throw error;
    }
    this.#finder.offer(place, 0, chunk.count);
  }

  async #split(input: Uint8Array): Promise<void> {
    this.#shared.setPhase(this.#slot, PHASE.splitting);
    const tasks = await splitTasks(
      () => this.#module.split(decode(input)),
      (payload, chunk) => {
        if (this.#shared.stopped) throw new Broken({ step: 'split', why: 'was cancelled' });
        this.add(payload, chunk);
      },
    );
    this.#tell({ kind: 'split', tasks });
  }

  async #runAlone(): Promise<void> {
    this.#finder.took(Infinity);
    while (this.#waiting > 0) await this.#wait(false);
    while (this.#alone.length > 0 && !this.#shared.stopped) {
      const [chunk, index] = this.#alone.splice(0, 2);
      if (!this.#finder.claimAlone(chunk!, index!)) continue;
      this.#begin();
      while (this.#waiting > 0) await this.#wait(false);
      this.#outbox.flush();
    }
  }

  async #runAll(): Promise<void> {
    const { interleaved } = this.#call;
    const shared = this.#shared;
    while (!shared.stopped) {
      if (this.#alone.length > 0) await this.#runAlone();
      else if (this.#waiting >= interleaved) await this.#wait(false);
      else if (this.#finder.takeOwn() || this.#stolen()) {
        const waits = this.#begin();
        // One that waits for nothing but its turn ends before another begins; and those that wait must not starve.
        if (waits || (this.#waiting > 0 && this.#mark - this.#lastTurn > TURN_AFTER)) await this.#turn();
      } else if (this.#waiting > 0) await this.#wait(true);
      else await this.#sleep();
    }
    this.#countEnded();
    this.#abort();
    while (this.#waiting > 0) await this.#wait(false);
  }

  #stolen(): boolean {
    this.#countEnded();
    this.#count('busy');
    const found = this.#finder.steal();
    this.#count('idle');
    return found;
  }

  async #sleep(): Promise<void> {
    this.#outbox.flush();
    // Lets what tasks printed go out.
    await turn();
    this.#shared.parking.sleep(() => this.#shared.stopped || this.#finder.sees);
    this.#count('idle');
  }

  /** Begins the task that was found. @returns whether it is not at its end yet, as it waits */
  #begin(): boolean {
    const { chunk, index } = this.#finder;
    const { arena } = this.#shared;
    const handle = handleOf(chunk, index);
    const id = idOf(arena, chunk, index);
    const context = new WorkerContext(this, handle, id, arena.read(spawnedPlace(handle)));
    this.#shared.setCurrent(this.#slot, handle);
    this.#watcher?.began(id);
    let result: unknown;
    try {
      result = this.#module.run(this.#reader.take(chunk, index), context);
      if (isThenable(result)) {
        this.#await(result, context, handle);
        return true;
      }
    } catch (error) {
      this.#ended(context, handle);
      this.#outbox.failed(context, error, this.#mark);
      return false;
    }
    this.#ended(context, handle);
    this.#outbox.succeeded(context, result, this.#mark);
    return false;
  }

  #await(result: PromiseLike<unknown>, context: WorkerContext, handle: number): void {
    this.#shared.setCurrent(this.#slot, 0);
    this.#finder.took(Infinity);
    this.#waiting += 1;
    const end = (): void => {
      this.#waiting -= 1;
      this.#ended(context, handle, false);
      this.#wake?.();
    };
    result.then(
      (value) => {
        end();
        this.#outbox.succeeded(context, value, performance.now());
      },
      (error: unknown) => {
        end();
        this.#outbox.failed(context, error, performance.now());
      },
    );
  }

  #ended(context: WorkerContext, handle: number, counted = true): void {
    context.end();
    this.#said.drop(handle);
    if (!counted) {
      this.#watcher?.ended();
      this.#figures.add(this.#slot, 'tasks', 1);
      return;
    }
    this.#uncounted += 1;
    // Of tiny tasks the next begins at once; and to look at the clock after each would take as long as to run it.
    if (!this.#finder.keeps) this.#countEnded();
  }

  #countEnded(): void {
    const ended = this.#uncounted;
    if (ended === 0) return;
    this.#uncounted = 0;
    this.#watcher?.ended();
    this.#shared.setCurrent(this.#slot, 0);
    this.#figures.add(this.#slot, 'tasks', ended);
    this.#finder.took(this.#count('busy') / ended);
  }

  /** Waits until a task that waited has ended, or, if that is of use, until there is work. */
  async #wait(forWork: boolean): Promise<void> {
    this.#countEnded();
    this.#count('busy');
    const before = performance.eventLoopUtilization();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (!forWork || this.#listen()) {
      this.#flushSoon();
      await woken;
    }
    this.#wake = undefined;
    this.#countLoop(before);
  }

  /** @returns false when there is work already */
  #listen(): boolean {
    if (this.#listening) return true;
    const { parking, arena } = this.#shared;
    const heard = parking.listen(
      () => this.#shared.stopped || this.#finder.sees,
      (index, expected) => arena.waitAsync(index, expected),
    );
    if (heard === undefined) return false;
    this.#listening = true;
    void heard.then(() => {
      this.#listening = false;
      this.#wake?.();
    });
    return true;
  }

  /** Sends results while nothing else is to be done, unless more come at once. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#outbox.flush();
    });
  }

  async #turn(): Promise<void> {
    const before = performance.eventLoopUtilization();
    await turn();
    this.#countLoop(before);
    this.#lastTurn = this.#mark;
  }

  #heard(message: MainMessage): void {
    if (message.kind === 'answer') this.artifacts?.answered(message);
    else {
      this.#abort();
      this.#wake?.();
    }
  }

  /** @returns milliseconds since it counted last */
  #count(field: 'busy' | 'idle'): number {
    const now = performance.now();
    const took = now - this.#mark;
    this.#figures.add(this.#slot, field, took);
    this.#mark = now;
    return took;
  }

  /** Time in which the loop turned: what it did then, tasks did. */
  #countLoop(before: EventLoopUtilization): void {
    const now = performance.now();
    const { idle } = performance.eventLoopUtilization(before);
    const waited = Math.min(idle, now - this.#mark);
    this.#figures.add(this.#slot, 'waiting', waited);
    this.#figures.add(this.#slot, 'busy', now - this.#mark - waited);
    this.#mark = now;
  }

  #tell(message: WorkerMessage): void {
    this.#call.port.postMessage(message);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}

function encodedTask(task: unknown): Uint8Array | string {
  try {
    return textOf(task) ?? encode([task]);
  } catch (error) {
    throw new CannotTravel('A task that was spawned', error);
  }
}
