import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { makeJobFolder } from '../../src/mpi/index.ts';

/** Runs mpiexec to its end, and removes the folder of its job. @returns what its ranks printed */
export async function printedBy(
  mpiexec: string,
  args: readonly string[],
  { env, folder }: { env: NodeJS.ProcessEnv; folder: Awaited<ReturnType<typeof makeJobFolder>> },
): Promise<string> {
  try {
    const child = spawn(mpiexec, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    const [[code], printed] = await Promise.all([once(child, 'close'), text(child.stdout)]);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}.`);
    return printed;
  } finally {
    await folder.remove();
  }
}
