import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeDirectory } from '../../src/config/make-directory.ts';
import { UserError } from '../errors.ts';
import { endProcess } from '../runtime/processes.ts';

export interface JavaServerOptions {
  title: string;
  java: string;
  args: readonly string[];
  /** A file that gets what it prints. */
  logFile: string;
  /** Whether it can be used by now. */
  isReady: () => Promise<boolean>;
  signal: AbortSignal;
  /** Told of the process as soon as it is there. */
  onSpawn: (pid: number) => void;
}

/**
 * Java as a small server wants it: little memory, up soon. To verify the bytecode of its own jars would take a fifth of a start. Its default
 * encoding would be that of the terminal.
 */
export const SMALL = [
  ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  ...['-XX:+UnlockDiagnosticVMOptions', '-XX:-BytecodeVerificationRemote'],
  '-Dfile.encoding=UTF-8',
];

const START_SECONDS = 120;

/** Neo4j writes its last checkpoint in this time. */
export const CLOSE_MILLISECONDS = 15_000;

/**
 * Starts a server that outlives this process, and waits until it can be used. Else nothing of it is left.
 *
 * @throws {UserError} with the end of its log
 */
export async function startJavaServer(options: JavaServerOptions): Promise<number> {
  const { title, java, args, logFile, isReady, signal, onSpawn } = options;
  signal.throwIfAborted();
  makeDirectory(dirname(logFile));
  const log = openSync(logFile, 'w');
  const child = spawn(java, args, {
    cwd: dirname(logFile),
    // It gets none of the keys that this process may hold.
    env: { PATH: process.env['PATH'] },
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let ended: string | undefined;
  child.once('exit', (code, name) => (ended = `ended with ${code ?? name} while it started`));
  child.once('error', (error) => (ended = `could not be started (${error.message})`));
  const { pid } = child;
  try {
    if (pid !== undefined) onSpawn(pid);
    const deadline = performance.now() + START_SECONDS * 1000;
    while (!(await isReady())) {
      signal.throwIfAborted();
      if (ended === undefined && performance.now() > deadline) ended = `did not answer within ${START_SECONDS} s`;
      if (ended !== undefined) throw new UserError(`${title} ${ended}; the end of ${logFile}:\n${endOf(logFile)}`);
      await delay(100);
    }
  } catch (error) {
    if (pid !== undefined && child.exitCode === null && child.signalCode === null) await endProcess(pid, 0);
    throw error;
  }
  child.unref();
  return pid!;
}

function endOf(file: string): string {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.slice(-10).join('\n') || '(it is empty)';
}
