import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { siblingModule } from '../../src/config/module-path.ts';
import type { ServeMessage, WorkerMessage } from '../../workers/worker-message.ts';
import { messageOf, UserError } from '../errors.ts';
import { failWhenDead } from './abandoned.ts';
import { endProcess } from './processes.ts';

export interface WorkerProcessOptions {
  data: string;
  /** Flags of `workers/main.ts`. */
  flags: string[];
  /** What it serves. A worker may be started before its server, and load what it needs meanwhile. */
  server: Promise<ServedServer>;
  signal: AbortSignal;
  /** Told when it died and is started again. */
  log: (line: string) => void;
  /** Told the process id of each start. */
  onStart?: (pid: number) => void;
}

export interface ServedServer extends ServeMessage {
  /** With it, what a dead worker was at is given to another. */
  client: Client;
}

/** A worker process that is started again when it dies. */
export interface WorkerProcess {
  close(): Promise<void>;
}

const READY_SECONDS = 60;
const CLOSE_MILLISECONDS = 8_000;
const RELAUNCH_MILLISECONDS = 2_000;
/** Deaths in a row, none of them ready before, after which it is no use to start the worker again. */
const MOST_DEATHS = 5;

/** Starts a worker process and waits until it polls. */
export async function startWorkerProcess(options: WorkerProcessOptions): Promise<WorkerProcess> {
  /** Since a worker was ready. */
  let deaths = 0;
  let closing = false;
  let child = launch(options);
  const watch = (watched: ChildProcess): void => {
    whenReady(watched, () => (deaths = 0));
    whenGone(watched, (how) => {
      if (closing) return;
      deaths += 1;
      if (deaths > MOST_DEATHS) {
        options.log(
          `The worker died ${MOST_DEATHS} times before it was ready, and is left: see ${logFile(options.data)}.`,
        );
        return;
      }
      options.log(`The worker died (${how}, see ${logFile(options.data)}): it is started again, and the run goes on.`);
      launchAgain();
    });
  };
  /** Until it can: on a full disk, or with too many processes, it cannot. */
  const launchAgain = (): void => {
    if (closing) return;
    try {
      child = launch(options);
      watch(child);
    } catch (error) {
      options.log(`The worker cannot be started (${messageOf(error)}): it is tried again.`);
      setTimeout(launchAgain, RELAUNCH_MILLISECONDS).unref();
    }
  };
  await untilReady(child, options);
  watch(child);
  return {
    close: async () => {
      closing = true;
      if (isRunning(child)) await endProcess(child.pid!, CLOSE_MILLISECONDS);
    },
  };
}

function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

function whenReady(child: ChildProcess, callback: () => void): void {
  child.on('message', ({ type }: WorkerMessage) => {
    if (type === 'ready') callback();
  });
}

/** Calls back once the process has ended, or could not be started. */
function whenGone(child: ChildProcess, callback: (how: string) => void): void {
  child.once('exit', (code, signal) => callback(signal ?? `exit code ${code}`));
  child.once('error', (error) => {
    if (child.pid === undefined) callback(error.message);
  });
}

function logFile(data: string): string {
  return join(data, 'worker.log');
}

function launch({ data, flags, server, onStart }: WorkerProcessOptions): ChildProcess {
  const log = openSync(logFile(data), 'a');
  const main = siblingModule('../../workers/main.ts', import.meta.url);
  const child = spawn(process.execPath, [main, ...flags], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  failWhenDead(child, server);
  server.then(
    ({ at }) => child.send({ at } satisfies ServeMessage, () => undefined),
    // Without a server there is nothing to serve.
    () => child.kill('SIGKILL'),
  );
  child.channel?.unref();
  child.unref();
  if (child.pid !== undefined) onStart?.(child.pid);
  return child;
}

async function untilReady(child: ChildProcess, { data, server, signal }: WorkerProcessOptions): Promise<void> {
  const ready = Promise.withResolvers<void>();
  const fail = (reason: string): void => {
    ready.reject(new UserError(`The worker ${reason}: ${lastWords(data)} (${logFile(data)})`));
  };
  const onGone = (how: string): void => fail(`did not start (${how})`);
  const onAbort = (): void => {
    child.kill('SIGKILL');
    ready.reject(signal.reason as Error);
  };
  // Whoever waits for it is not to end before it has.
  child.ref();
  let timer: NodeJS.Timeout | undefined;
  const startTimer = (): void => {
    timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`was not ready within ${READY_SECONDS} seconds`);
    }, READY_SECONDS * 1000);
  };
  server.then(startTimer, () => undefined);
  whenGone(child, onGone);
  whenReady(child, ready.resolve);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await ready.promise;
  } finally {
    child.unref();
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** What the log says last: its error, else its last lines. */
function lastWords(data: string): string {
  const lines = readFileSync(logFile(data), 'utf8').trim().split('\n').filter(isTelling);
  const [, error] = lines.map((line) => /^\w*Error(?: \[\w+\])?: (.+)/.exec(line)).findLast(Boolean) ?? [];
  return error ?? lines.slice(-3).join(' ');
}

/** Lines of a log that say what happened, not where. */
function isTelling(line: string): boolean {
  return line.trim() !== '' && !/^\s+at |^Node\.js v|^\s*[{}]/.test(line);
}
