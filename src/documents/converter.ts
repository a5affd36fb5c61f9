import { availableParallelism } from 'node:os';
import { MessageChannel } from 'node:worker_threads';
import PQueue from 'p-queue';
import { Piscina } from 'piscina';
import { withCompiled } from '../config/keep-compiled.ts';
import { siblingModule } from '../config/module-path.ts';
import { DocumentError, memoryProblem } from './errors.ts';
import type { Hint } from './kinds.ts';
import { DOCUMENT_LIMITS } from './limits.ts';
import type { DocumentLimits } from './limits.ts';
import { ThreadWatch } from './thread-watch.ts';
import type { Converted, ThreadMessage, ThreadTask } from './thread.ts';

export interface ConverterOptions {
  /** Threads that read documents side by side. @default the machine's cores, at most 2 */
  threads?: number;
  /** Milliseconds that one document may take. @default 120_000 */
  milliseconds?: number;
  /** Memory of one thread's objects, and apart from it of its buffers. Megabytes. @default 1_024 */
  megabytes?: number;
  /** Milliseconds between looks at the buffers of a thread. @default 100 */
  look?: number;
  limits?: DocumentLimits;
  /** The module that a thread runs. @default thread.ts */
  module?: string;
}

/** One document of an archive. */
export interface ArchivedDocument {
  name: string;
  mediaType: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Gets the documents of an archive, and resolves when one is kept. */
export type Take = (document: ArchivedDocument) => Promise<void>;

/** Milliseconds after which a thread without work ends. */
const IDLE = 10_000;

/**
 * Reads documents of unknown origin in threads of their own. One that loops, crashes or fills its memory costs its
 * thread, and nothing else.
 */
export class Converter {
  readonly #watched: { milliseconds: number; megabytes: number; look: number };
  readonly #limits: DocumentLimits;
  readonly #queue: PQueue;
  readonly #pool: Piscina<ThreadTask, Converted>;

  constructor(options: ConverterOptions = {}) {
    const { threads = Math.min(2, availableParallelism()), milliseconds = 120_000, megabytes = 1_024 } = options;
    this.#watched = { milliseconds, megabytes, look: options.look ?? 100 };
    this.#limits = options.limits ?? DOCUMENT_LIMITS;
    // A document's time begins when a thread has it: those that wait for one wait here.
    this.#queue = new PQueue({ concurrency: threads });
    this.#pool = new Piscina({
      filename: options.module ?? siblingModule('./thread.ts', import.meta.url),
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: IDLE,
      atomics: 'disabled',
      // A thread needs nothing else of the worker's environment, which may hold keys.
      env: withCompiled({}),
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: megabytes, maxYoungGenerationSizeMb: 64 },
    });
    // Of threads that had no document any more, as those that are being ended; without a listener it ends the process.
    this.#pool.on('error', () => undefined);
  }

  /** Threads that live. */
  get threads(): number {
    return this.#pool.threads.length;
  }

  /**
   * What a document says, or what it is.
   *
   * @param bytes are the converter's from then on
   * @param take gets the documents of an archive one by one; without it an archive is only recognised as one
   * @throws {DocumentError} when it takes too long or too much memory, or its thread crashes
   */
  read(
    bytes: Uint8Array,
    hint: Hint,
    { signal = new AbortController().signal, take }: { signal?: AbortSignal; take?: Take } = {},
  ): Promise<Converted> {
    return this.#queue.add(() => this.#readNow(bytes, hint, signal, take), { signal });
  }

  async #readNow(bytes: Uint8Array, hint: Hint, signal: AbortSignal, take: Take | undefined): Promise<Converted> {
    const { port1: port, port2 } = new MessageChannel();
    const watch = new ThreadWatch(this.#watched);
    port.on('message', (message: ThreadMessage) => {
      if (message.kind === 'begun') {
        watch.begin(this.#pool.threads.find(({ threadId }) => threadId === message.thread));
        return;
      }
      // The thread waits for the size of what is kept.
      take?.(message).then(
        () => port.postMessage(message.bytes.byteLength),
        (error: unknown) => watch.end(error as Error),
      );
    });
    const own = ownBytes(bytes);
    const task: ThreadTask = { bytes: own, hint, unpack: take !== undefined, limits: this.#limits, port: port2 };
    try {
      return await this.#pool.run(task, {
        signal: AbortSignal.any([signal, watch.signal]),
        transferList: [own.buffer, port2],
      });
    } catch (error) {
      signal.throwIfAborted();
      watch.signal.throwIfAborted();
      throw crashOf(error);
    } finally {
      watch.close();
      port.close();
    }
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** Bytes that can be handed over: not a part of a buffer that others use too. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  const whole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return whole ? new Uint8Array(buffer) : new Uint8Array(bytes);
}

function crashOf(error: unknown): DocumentError {
  if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') return memoryProblem();
  const why = error instanceof Error ? error.message : String(error);
  return new DocumentError('crash', `could not be read: what reads it crashed (${why})`);
}

let shared: Converter | undefined;

/** The process's converter: its threads are started when they are needed, and end when they are not. */
export function sharedConverter(): Converter {
  shared ??= new Converter();
  return shared;
}
