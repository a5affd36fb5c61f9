import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildAddon, findMpi, makeJobFolder } from '../../src/mpi/index.ts';
import type { MpiInstallation } from '../../src/mpi/index.ts';

/** What mpiexec runs, and on how many ranks. */
export interface Program {
  ranks: number;
  command: readonly string[];
}

export interface RanksOptions {
  faultTolerant?: boolean;
  env?: Record<string, string>;
  /** Seconds after which mpiexec is killed, and the test fails. @default 55 */
  seconds?: number;
}

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
  /** What the job left behind: ranks, shared memory, files. */
  left: string[];
}

let found: Promise<MpiInstallation> | undefined;

/** The MPI of the tests, with the binding built. */
export function testMpi(): Promise<MpiInstallation> {
  found ??= (async () => {
    const mpi = await findMpi();
    await buildAddon(mpi);
    return mpi;
  })();
  return found;
}

/** A Node program on so many ranks. */
export function node(ranks: number, file: string, ...args: string[]): Program {
  return { ranks, command: [process.execPath, '--no-warnings', join(import.meta.dirname, file), ...args] };
}

/** Runs programs as one job, to its end. Its temporary files lie in a folder of its own, so that what is left is seen. */
export async function runRanks(
  programs: readonly Program[],
  { faultTolerant = false, env = {}, seconds = 55 }: RanksOptions = {},
): Promise<Ran> {
  const mpi = await testMpi();
  const folder = await makeJobFolder();
  const mark = `kgot-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const args = [
    ...(faultTolerant ? mpi.faultTolerantArguments : []),
    ...mpi.arguments,
    ...folder.arguments,
    ...programs.flatMap(({ ranks, command }, index) => [...(index > 0 ? [':'] : []), '-n', String(ranks), ...command]),
  ];
  const child = spawn(mpi.mpiexec, args, {
    env: {
      ...process.env,
      NO_COLOR: '1',
      FORCE_COLOR: '0',
      ...mpi.environment,
      ...folder.environment,
      KGOT_TEST_MARK: mark,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const timer = setTimeout(() => {
    stderr += `mpiexec was killed after ${seconds} s\n`;
    for (const pid of processesWith(mark)) process.kill(pid, 'SIGKILL');
    child.kill('SIGKILL');
  }, seconds * 1000);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearTimeout(timer);
  const left = [
    ...processesWith(mark).map((pid) => `process ${pid}`),
    // Survivors leave their shared memory, which is why it lies there.
    ...readdirSync(folder.environment.TMPDIR).filter(
      (name) => name !== 'node-compile-cache' && !(faultTolerant && name.startsWith('sm_segment')),
    ),
  ];
  await folder.remove();
  return { code, stdout, stderr, left };
}

/** Processes of a job, by a variable that all of them have. */
function processesWith(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark);
      } catch {
        return false;
      }
    });
}
