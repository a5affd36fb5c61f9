import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { withCompiled } from '../../config/keep-compiled.ts';
import { siblingModule } from '../../config/module-path.ts';
import { cannotBeCopied } from './errors.ts';
import type { ThreadCall, ThreadOutcome } from './thread.ts';

/** A function that a module exports: it can run on another thread, and can be stopped there. */
export interface ModuleFunction {
  /** A file's URL, or a package's name as Node resolves it. */
  module: string;
  /** The export's name. */
  name: string;
}

/** Milliseconds after which a thread without work ends. */
const IDLE = 10_000;

/** Threads for work that keeps a processor busy: the process's own thread goes on meanwhile. */
export class Threads {
  readonly #pool: Piscina<ThreadCall, ThreadOutcome>;

  /** @param most threads at once. @default one a core */
  constructor(most: number = availableParallelism()) {
    this.#pool = new Piscina({
      filename: siblingModule('./thread.ts', import.meta.url),
      minThreads: 0,
      maxThreads: most,
      idleTimeout: IDLE,
      env: withCompiled(),
      execArgv: [],
    });
    // Of threads that were ended with their work; without a listener it ends the process.
    this.#pool.on('error', () => undefined);
  }

  /** Threads that live. */
  get count(): number {
    return this.#pool.threads.length;
  }

  /**
   * Calls a function on a thread. When `signal` is aborted, its thread is ended, whatever it does.
   *
   * @param input the arguments: what `structuredClone` can copy
   */
  async run({ module, name }: ModuleFunction, input: readonly unknown[], signal: AbortSignal): Promise<ThreadOutcome> {
    try {
      return await this.#pool.run({ module, name, input }, { signal });
    } catch (error) {
      throw cannotBeCopied(name, error) ?? error;
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
