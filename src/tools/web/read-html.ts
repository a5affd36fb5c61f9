import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import PQueue from 'p-queue';
import { withCompiled } from '../../config/keep-compiled.ts';
import { siblingModule } from '../../config/module-path.ts';
import type { ReadableHtml, ReadableHtmlOptions } from '../readable-html.ts';
import { ToolError } from '../tool-error.ts';
import type { HtmlReply, HtmlTask } from './html-process.ts';

/** Pages side by side, each in a process. */
const queue = new PQueue({ concurrency: 2 });

/** Processes that wait for a page, and how many each has read. */
const idle = new Map<ChildProcess, number>();

/** Pages that a process reads before it is replaced, against slow leaks. */
const PAGES_PER_PROCESS = 200;

const MILLISECONDS = 20_000;
const MEMORY_MEGABYTES = 384;

export interface ReadHtmlOptions extends ReadableHtmlOptions {
  signal: AbortSignal;
  /** @default 20_000 */
  milliseconds?: number;
}

/**
 * Turns HTML into text in another process, with limits of time and memory: a page that was made to be hard to read costs no
 * more than these, and ends nothing but that process. A thread that runs out of memory may end the worker.
 *
 * @throws {ToolError} when that cannot be done
 */
export function readHtml(html: string, { signal, milliseconds, ...options }: ReadHtmlOptions): Promise<ReadableHtml> {
  return queue.add(() => readInProcess({ html, options }, signal, milliseconds ?? MILLISECONDS), { signal });
}

function readInProcess(task: HtmlTask, signal: AbortSignal, milliseconds: number): Promise<ReadableHtml> {
  const [child, pages] = takeProcess();
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      child.off('message', onMessage);
      child.off('error', onError);
      child.off('exit', onExit);
    };
    const end = (error: Error): void => {
      settle();
      child.kill('SIGKILL');
      reject(error);
    };
    const fail = (why: string): void =>
      end(new ToolError(`The page cannot be turned into text: ${why}.`, { type: 'PageUnreadable' }));
    const onAbort = (): void => end(signal.reason as Error);
    const onError = (error: Error): void => fail(error.message);
    const onExit = (): void => fail('that takes too much memory, or its process was ended');
    const onMessage = (reply: HtmlReply): void => {
      if ('error' in reply) return fail(reply.error);
      settle();
      giveBack(child, pages + 1);
      resolve(reply.page);
    };
    const timer = setTimeout(() => fail('that takes too long'), milliseconds);
    signal.addEventListener('abort', onAbort, { once: true });
    child.on('message', onMessage);
    child.on('error', onError);
    child.on('exit', onExit);
    child.send(task, (error) => {
      if (error !== null) fail(error.message);
    });
    if (signal.aborted) onAbort();
  });
}

/** @returns the process, and how many pages it has read */
function takeProcess(): [ChildProcess, number] {
  for (const [child, pages] of idle) {
    idle.delete(child);
    if (child.connected) return [child, pages];
  }
  const child = fork(siblingModule('./html-process.ts', import.meta.url), {
    serialization: 'advanced',
    stdio: 'ignore',
    // The process needs nothing else of the worker's environment, which may hold keys.
    env: withCompiled({ PATH: process.env['PATH'] }),
    execArgv: [`--max-old-space-size=${MEMORY_MEGABYTES}`],
  });
  // It ends with this one, and does not keep it.
  child.unref();
  child.channel?.unref();
  child.once('exit', () => idle.delete(child));
  // What goes wrong while nothing is read is seen when it is asked.
  child.on('error', () => undefined);
  return [child, 0];
}

function giveBack(child: ChildProcess, pages: number): void {
  if (pages >= PAGES_PER_PROCESS) return void child.kill('SIGKILL');
  idle.set(child, pages);
}
