import { setTimeout as delay } from 'node:timers/promises';
import { dataDirectory } from '../src/config/paths.ts';
import { readSetting } from '../src/config/read-setting.ts';
import { showUnseen } from '../src/domain/unseen.ts';
import { messageOf, UserError } from './errors.ts';
import type { GlobalOptions } from './options.ts';
import type { Runtime } from './runtime/open-runtime.ts';
import { outlineText } from './show/outline.ts';
import type { Section } from './show/outline.ts';
import { jsonLine, Painter } from './show/terminal.ts';

/** One command at work: its runtime, what it prints, and Ctrl-C. */
export class Session {
  readonly options: GlobalOptions;
  readonly painter = new Painter();
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  #runtime: Promise<Runtime> | undefined;
  /** What was opened in the place of a runtime whose owner has gone: by the first who found that, for all. */
  readonly #reopened = new WeakMap<Runtime, Promise<Runtime>>();
  readonly #worker: boolean;

  private constructor(options: GlobalOptions, worker: boolean, signal: AbortSignal) {
    this.options = options;
    this.#worker = worker;
    this.signal = signal;
  }

  /** Runs `work` with a session of its own, and leaves nothing behind, however it ends. */
  static async run<T>(
    options: GlobalOptions,
    { worker = true }: { worker?: boolean },
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const interrupt = new AbortController();
    const onSignal = (): void => {
      if (interrupt.signal.aborted) process.exit(130);
      interrupt.abort(new UserError('Interrupted.', { exitCode: 130 }));
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    const session = new Session(options, worker, interrupt.signal);
    try {
      return await work(session);
    } finally {
      const runtime = await session.#runtime?.catch(() => undefined);
      await runtime?.close();
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    }
  }

  /** Opens the data directory when it is first asked for. */
  runtime(): Promise<Runtime> {
    this.#runtime ??= this.#open();
    return this.#runtime;
  }

  async #open(): Promise<Runtime> {
    const { openRuntime } = await import('./runtime/open-runtime.ts');
    return openRuntime({
      data: dataDirectory(this.options.data),
      log: (line) => this.say(line),
      signal: this.signal,
      worker: this.#worker && readSetting('worker'),
    });
  }

  /** Opens it again after its owner has gone: as the new owner, or as a guest of a faster one. @param before whose owner that was */
  reopen(before: Runtime): Promise<Runtime> {
    let reopened = this.#reopened.get(before);
    if (reopened === undefined) {
      this.say('The process that ran the server has ended: this one takes its place.');
      reopened = before.close().then(() => this.#open());
      this.#reopened.set(before, reopened);
      this.#runtime = reopened;
    }
    return reopened;
  }

  /** A line for the person; never on stdout. */
  say(line: string): void {
    this.painter.line(line);
  }

  /** Prints the command's outcome on stdout: one JSON object with `--json`, else text, or a page in the terminal's colours. */
  print(json: unknown, shown: string | readonly Section[]): void {
    const text = (): string => (typeof shown === 'string' ? showUnseen(shown) : outlineText(shown));
    process.stdout.write(`${this.options.json === true ? jsonLine(json) : text()}\n`);
  }

  /** True when a person can be asked. */
  get interactive(): boolean {
    return this.options.json !== true && process.stdin.isTTY && process.stderr.isTTY;
  }

  /** True when the person is there to look on until Ctrl-C. */
  get staysOpen(): boolean {
    return this.interactive && this.options.exit !== true;
  }

  /** Waits for Ctrl-C, or for the owner of the data directory to go. */
  async untilInterrupted(): Promise<void> {
    await new Promise<void>((resolve) => {
      const beat = setInterval(() => undefined, 60_000);
      const end = (): void => {
        clearInterval(beat);
        resolve();
      };
      if (this.signal.aborted) end();
      else this.signal.addEventListener('abort', end, { once: true });
    });
  }

  /**
   * Keeps asking until `attempt` succeeds: a server that is away comes back, or its owner is gone and this process takes
   * its place.
   */
  async persist<T>(attempt: (runtime: Runtime) => Promise<T>): Promise<T> {
    let said = false;
    for (;;) {
      this.signal.throwIfAborted();
      const runtime = await this.runtime();
      const { connection } = runtime;
      const over = new AbortController();
      const ownerGone = new AbortController();
      // The client retries for half a minute what a server that is gone does not answer.
      if (runtime.role === 'guest') {
        const watched = runtime.ownerGone(AbortSignal.any([this.signal, over.signal]));
        watched.then(
          () => ownerGone.abort(),
          () => undefined,
        );
      }
      const signal = AbortSignal.any([this.signal, ownerGone.signal]);
      try {
        // A call that is not cancelled would retry on a connection that is closed by then.
        return await untilAborted(
          connection.withAbortSignal(signal, () => attempt(runtime)),
          signal,
        );
      } catch (error) {
        if (this.signal.aborted) throw error;
        if (ownerGone.signal.aborted) {
          await this.reopen(runtime);
          continue;
        }
        if (!isConnectionError(error)) throw error;
        if (!said) this.say('The connection to Temporal broke off: waiting for it …');
        said = true;
      } finally {
        over.abort();
      }
      await delay(500, undefined, { signal: this.signal }).catch(() => undefined);
    }
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Whether a call failed because the server did not answer, not because of what it asked. */
export function isConnectionError(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    // gRPC: cancelled with its connection, deadline exceeded, unavailable.
    if (code === 1 || code === 4 || code === 14) return true;
  }
  return /connection dropped|unavailable|ECONNREFUSED|closed/i.test(messageOf(error));
}
