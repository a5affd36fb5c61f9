import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { siblingModule } from '../../src/config/module-path.ts';
import { UserError } from '../errors.ts';
import { endProcess } from './processes.ts';

export interface WorkerProcessOptions {
  data: string;
  /** Flags of `workers/main.ts`. */
  flags: string[];
  signal: AbortSignal;
  /** Told when it died and is started again. */
  log: (line: string) => void;
  /** Told the process id of each start. */
  onStart?: (pid: number) => void;
}

/** A worker process that is started again when it dies. */
export interface WorkerProcess {
  close(): Promise<void>;
}

const READY_SECONDS = 60;
const CLOSE_MILLISECONDS = 8_000;
/** Deaths in a row, none of them ready before, after which it is no use to start the worker again. */
const MOST_DEATHS = 5;

/** Starts a worker process and waits until it polls. */
export async function startWorkerProcess(options: WorkerProcessOptions): Promise<WorkerProcess> {
  /** Since a worker was ready. */
  let deaths = 0;
  let closing = false;
  let child = launch(options);
  const watch = (watched: ChildProcess): void => {
    watched.once('message', () => (deaths = 0));
    watched.once('exit', (code, signal) => {
      if (closing) return;
      deaths += 1;
      if (deaths > MOST_DEATHS) {
        options.log(
          `The worker died ${MOST_DEATHS} times before it was ready, and is left: see ${logFile(options.data)}.`,
        );
        return;
      }
      const how = signal ?? `exit code ${code}`;
      options.log(`The worker died (${how}, see ${logFile(options.data)}): it is started again, and the run goes on.`);
      child = launch(options);
      watch(child);
    });
  };
  await untilReady(child, options);
  watch(child);
  return {
    close: async () => {
      closing = true;
      if (child.exitCode === null && child.signalCode === null) await endProcess(child.pid!, CLOSE_MILLISECONDS);
    },
  };
}

function logFile(data: string): string {
  return join(data, 'worker.log');
}

function launch({ data, flags, onStart }: WorkerProcessOptions): ChildProcess {
  const log = openSync(logFile(data), 'a');
  const main = siblingModule('../../workers/main.ts', import.meta.url);
  const child = spawn(process.execPath, [main, ...flags], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  child.channel?.unref();
  child.unref();
  if (child.pid !== undefined) onStart?.(child.pid);
  return child;
}

async function untilReady(child: ChildProcess, { data, signal }: WorkerProcessOptions): Promise<void> {
  const ready = Promise.withResolvers<void>();
  const fail = (reason: string): void => {
    const lines = readFileSync(logFile(data), 'utf8').trim().split('\n').filter(isTelling);
    ready.reject(new UserError(`The worker ${reason}: ${lines.slice(-3).join(' ')} (${logFile(data)})`));
  };
  const onExit = (): void => fail('did not start');
  const onAbort = (): void => {
    child.kill('SIGKILL');
    ready.reject(signal.reason as Error);
  };
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    fail(`was not ready within ${READY_SECONDS} seconds`);
  }, READY_SECONDS * 1000);
  child.once('exit', onExit);
  child.once('message', () => ready.resolve());
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await ready.promise;
  } finally {
    clearTimeout(timer);
    child.off('exit', onExit);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Lines of a log that say what happened, not where. */
function isTelling(line: string): boolean {
  return line.trim() !== '' && !/^\s+at |^Node\.js v|^\s*[{}]/.test(line);
}
