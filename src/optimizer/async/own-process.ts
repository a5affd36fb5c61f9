import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { siblingModule } from '../../config/module-path.ts';
import { cannotBeCopied, OperationOutOfMemory } from './errors.ts';
import type { ProcessMessage, ProcessQuestion, ProcessUse } from './process-protocol.ts';
import type { ModuleFunction } from './threads.ts';

/** Milliseconds between looks at a process's memory. */
const LOOK = 25;
const PAGE = 4_096;
const MIB = 2 ** 20;

/**
 * Calls a function in a process of its own. It is ended when `signal` aborts, or it takes more memory than it may: a
 * thread's limit of V8 would end this process too, and many loops heed neither that nor `terminate`.
 *
 * @param memory MiB that may become resident beside what Node itself takes; where the system does not tell (elsewhere than on Linux), of its heap
 * @throws {OperationOutOfMemory} when it takes more
 */
export async function runInOwnProcess(
  { module, name }: ModuleFunction,
  input: readonly unknown[],
  signal: AbortSignal,
  memory: number,
): Promise<{ result: unknown } & ProcessUse> {
  const watched = process.platform === 'linux';
  const child = fork(siblingModule('./process-main.ts', import.meta.url), {
    serialization: 'advanced',
    // Where its memory is looked at, V8's own limit is only the last one.
    execArgv: [`--max-old-space-size=${watched ? 4 * memory + 64 : memory}`],
  });
  let looking: NodeJS.Timeout | undefined;
  let tooMuch = false;
  const end = (): void => void child.kill('SIGKILL');
  try {
    return await new Promise((resolve, reject) => {
      const leave = (): void => reject(signal.reason as Error);
      if (signal.aborted) leave();
      signal.addEventListener('abort', leave, { once: true });
      child.on('message', (message: ProcessMessage) => {
        if (message.kind === 'begins') {
          if (!watched) return;
          looking = setInterval(() => {
            if (residentOf(child) <= message.resident + memory) return;
            tooMuch = true;
            end();
          }, LOOK);
        } else if (message.kind === 'gave') {
          const { kind: _, ...outcome } = message;
          resolve(outcome);
        } else reject(cannotBeCopied(name, message.thrown) ?? (message.thrown as Error));
      });
      child.on('error', reject);
      child.on('exit', (code, killedBy) => {
        const outOfMemory = tooMuch || killedBy === 'SIGABRT';
        reject(outOfMemory ? new OperationOutOfMemory(name, memory) : endedEarly(name, code, killedBy));
      });
      try {
        child.send({ module, name, input } satisfies ProcessQuestion);
      } catch (error) {
        reject(cannotBeCopied(name, error) ?? (error as Error));
      }
    });
  } finally {
    clearInterval(looking);
    end();
  }
}

function residentOf({ pid }: ChildProcess): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE) / MIB;
  } catch {
    // It has ended.
    return 0;
  }
}

function endedEarly(name: string, code: number | null, signal: string | null): Error {
  return new Error(`The process of ${name} ended with ${signal ?? `code ${code}`} before it gave a result.`);
}
