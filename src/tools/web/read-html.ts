import { fork } from 'node:child_process';
import PQueue from 'p-queue';
import { siblingModule } from '../../config/module-path.ts';
import type { ReadableHtml, ReadableHtmlOptions } from '../readable-html.ts';
import { ToolError } from '../tool-error.ts';
import type { HtmlReply, HtmlTask } from './html-process.ts';

/** Pages side by side. */
const processes = new PQueue({ concurrency: 2 });

const MILLISECONDS = 20_000;
const MEMORY_MEGABYTES = 384;

export interface ReadHtmlOptions extends ReadableHtmlOptions {
  signal: AbortSignal;
  /** @default 20_000 */
  milliseconds?: number;
}

/**
 * Turns HTML into text in a process of its own, with limits of time and memory: a page that was made to be hard to read
 * costs no more than these, and ends nothing but that process. A thread that runs out of memory may end the worker.
 *
 * @throws {ToolError} when that cannot be done
 */
export function readHtml(html: string, { signal, milliseconds, ...options }: ReadHtmlOptions): Promise<ReadableHtml> {
  return processes.add(() => readInProcess({ html, options }, signal, milliseconds ?? MILLISECONDS), { signal });
}

function readInProcess(task: HtmlTask, signal: AbortSignal, milliseconds: number): Promise<ReadableHtml> {
  return new Promise((resolve, reject) => {
    const child = fork(siblingModule('./html-process.ts', import.meta.url), {
      serialization: 'advanced',
      stdio: 'ignore',
      // The process needs nothing of the worker's environment, which may hold keys.
      env: { PATH: process.env['PATH'] },
      execArgv: [`--max-old-space-size=${MEMORY_MEGABYTES}`],
    });
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      child.kill('SIGKILL');
    };
    const fail = (why: string): void => {
      end();
      reject(new ToolError(`The page cannot be turned into text: ${why}.`, { type: 'PageUnreadable' }));
    };
    const onAbort = (): void => {
      end();
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => fail('that takes too long'), milliseconds);
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('message', (reply: HtmlReply) => {
      if ('error' in reply) return fail(reply.error);
      end();
      resolve(reply.page);
    });
    child.once('error', (error) => fail(error.message));
    child.once('exit', () => fail('that takes too much memory, or its process was ended'));
    child.send(task, (error) => {
      if (error !== null) fail(error.message);
    });
    if (signal.aborted) onAbort();
  });
}
