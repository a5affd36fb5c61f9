import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buildAddon, findMpi, makeJobFolder } from '../../src/mpi/index.ts';
import { siblingModule } from '../../src/config/module-path.ts';

/** Runs a program of this folder on ranks. @returns the objects that it printed, one a line */
export async function runRanks<T>(
  ranks: number,
  program: string,
  args: string[],
  log: (line: string) => void,
): Promise<T[]> {
  const mpi = await findMpi({ log });
  await buildAddon(mpi, { log });
  const file = siblingModule(program, import.meta.url);
  const folder = await makeJobFolder();
  const command = ['-n', String(ranks), process.execPath, '--no-warnings', file, ...args];
  const child = spawn(mpi.mpiexec, [...mpi.arguments, ...folder.arguments, ...command], {
    env: { ...process.env, ...mpi.environment, ...folder.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  let code: unknown;
  try {
    [code] = await once(child, 'close');
  } finally {
    await folder.remove();
  }
  if (code !== 0) throw new Error(`mpiexec ended with ${String(code)}.`);
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as T);
}
