import { buildAddon, findMpi, makeJobFolder } from '../../src/mpi/index.ts';
import { siblingModule } from '../../src/config/module-path.ts';
import { COLLECTS } from '../../src/mpi/launcher/mpiexec.ts';
import { printedBy } from './printed-by.ts';

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
  // As ranks of jobs are started that have a core each.
  const command = ['-n', String(ranks), process.execPath, '--no-warnings', ...COLLECTS, file, ...args];
  const env = { ...mpi.environment, ...folder.environment };
  const text = await printedBy(mpi.mpiexec, [...mpi.arguments, ...folder.arguments, ...command], { env, folder });
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as T);
}
