import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function addMpiexecCommand(command: Command): void {
  command
    .argument('<arguments...>', 'of mpiexec: -n 4 node program.ts')
    .option('--fault-tolerant', 'survivors go on when a rank dies')
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption('--help', 'show this')
    .action((args: string[], { faultTolerant = false }: { faultTolerant?: boolean }) => mpiexec(args, faultTolerant));
}

/** Runs mpiexec with what it needs, and ends as it ends. */
async function mpiexec(args: readonly string[], faultTolerant: boolean): Promise<void> {
  const { buildAddon, findMpi, makeJobFolder, MpiUnavailable } = await import('../../src/mpi/index.ts');
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const asUserError = (error: unknown): never => {
    if (error instanceof MpiUnavailable) throw new UserError(error.message, { cause: error });
    throw error;
  };
  const mpi = await findMpi({ log }).catch(asUserError);
  await buildAddon(mpi, { log }).catch(asUserError);
  const more = faultTolerant ? mpi.faultTolerantArguments : [];
  const folder = await makeJobFolder();
  try {
    const child = spawn(mpi.mpiexec, [...more, ...mpi.arguments, ...folder.arguments, ...args], {
      env: { ...process.env, ...mpi.environment, ...folder.environment },
      stdio: 'inherit',
    });
    for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
    process.exitCode = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    await folder.remove();
  }
}
