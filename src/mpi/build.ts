import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheDirectory } from '../config/cache-directory.ts';
import { MpiUnavailable } from './errors.ts';
import type { MpiInstallation } from './find-mpi.ts';

const run = promisify(execFile);

/** The Node-API that the addon is written for; every Node since 12.22 has it. */
const NODE_API = 8;
const SOURCES = fileURLToPath(new URL('../../native/mpi/', import.meta.url));
const FLAGS = ['-std=c++17', '-O2', '-Wall', '-Wextra', '-Wno-cast-function-type', '-fPIC', '-fvisibility=hidden'];

export interface BuildOptions {
  env?: NodeJS.ProcessEnv;
  /** Told that it is built. @default nobody */
  log?: (line: string) => void;
  /** Ends the compiler. */
  signal?: AbortSignal;
}

/**
 * Builds the binding for an MPI, unless it is in the cache already: once a platform, MPI and version of its source. Of several
 * processes that want it at once, one builds and the others wait.
 *
 * @returns the addon's file
 * @throws {MpiUnavailable} that says whether compiler, headers or MPI are missing
 */
export async function buildAddon(
  { mpicxx, version }: Pick<MpiInstallation, 'mpicxx' | 'version'>,
  { env = process.env, log = () => undefined, signal }: BuildOptions = {},
): Promise<string> {
  const folder = join(cacheDirectory(env), 'mpi-addon');
  const sources = (await readdir(SOURCES)).filter((name) => /\.(?:cc|h)$/.test(name)).sort();
  const hash = createHash('sha256').update(mpicxx).update(FLAGS.join(' '));
  for (const name of sources) hash.update(name).update(readFileSync(join(SOURCES, name)));
  const name = `${process.platform}-${process.arch}-napi${NODE_API}-openmpi-${version}-${hash.digest('hex').slice(0, 16)}`;
  const addon = join(folder, `${name}.node`);
  if (existsSync(addon)) return addon;
  await mkdir(folder, { recursive: true });
  const release = await takeLock(`${addon}.lock`, addon, signal);
  try {
    if (!existsSync(addon)) await compile(addon, { mpicxx, sources, env, log, signal });
  } finally {
    await release();
  }
  return addon;
}

interface Compile extends Required<Pick<BuildOptions, 'env' | 'log'>> {
  mpicxx: string;
  sources: readonly string[];
  signal: AbortSignal | undefined;
}

async function compile(addon: string, { mpicxx, sources, env, log, signal }: Compile): Promise<void> {
  log(`MPI: building the binding once with ${mpicxx} …`);
  const began = performance.now();
  const made = `${addon}.${randomUUID()}`;
  const units = sources.filter((name) => name.endsWith('.cc')).map((name) => join(SOURCES, name));
  const undefinedSymbols = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  const args = [...FLAGS, '-shared', ...undefinedSymbols, `-I${headers()}`, ...units, '-o', made];
  try {
    await run(mpicxx, args, { env, signal, timeout: 300_000 });
    await rename(made, addon);
  } catch (error) {
    signal?.throwIfAborted();
    throw failure(mpicxx, error as Error & { stderr?: string; code?: unknown });
  } finally {
    await rm(made, { force: true });
  }
  log(`MPI: built in ${((performance.now() - began) / 1000).toFixed(1)} s; it is kept in ${addon}.`);
}

function failure(mpicxx: string, error: Error & { stderr?: string; code?: unknown }): MpiUnavailable {
  const said = (error.stderr ?? '').trim();
  if (error.code === 'ENOENT') {
    return new MpiUnavailable(
      `The wrapper compiler ${mpicxx} is missing: install the development files of Open MPI, or name another mpiexec in KGOT_MPIEXEC.`,
      { cause: error },
    );
  }
  if (
    /unable to find the specified compiler|compiler.*could not be (?:found|executed)/i.test(
      said.replaceAll(/\s+/g, ' '),
    )
  ) {
    return new MpiUnavailable(
      `${mpicxx} finds no C++ compiler (${said
        .replaceAll(/-{3,}|\s+/g, ' ')
        .trim()
        .slice(0, 120)}): install one, such as Debian's g++, or name it in OMPI_CXX.`,
      { cause: error },
    );
  }
  if (/mpi\.h: No such file/.test(said)) {
    return new MpiUnavailable(
      `${mpicxx} finds no mpi.h: install the development files of its MPI, or name another mpiexec in KGOT_MPIEXEC.`,
      { cause: error },
    );
  }
  const lines = said === '' ? error.message : said.split('\n').slice(0, 20).join('\n');
  return new MpiUnavailable(`The binding could not be built with ${mpicxx}:\n${lines}`, { cause: error });
}

/** The folder of node_api.h. */
function headers(): string {
  try {
    const { include_dir: folder } = createRequire(import.meta.url)('node-api-headers') as { include_dir: string };
    return folder;
  } catch (cause) {
    throw new MpiUnavailable('The headers of Node-API are missing: npm install node-api-headers.', { cause });
  }
}

/** Waits for its turn to build. The lock of a process that is gone is broken. @returns what gives it back */
async function takeLock(lock: string, addon: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  const own = `${lock}.${randomUUID()}`;
  for (;;) {
    await writeFile(own, JSON.stringify({ host: hostname(), pid: process.pid }));
    try {
      await link(own, lock);
      return () => rm(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      await rm(own, { force: true });
    }
    if (existsSync(addon)) return () => Promise.resolve();
    if (await isAbandoned(lock)) await rm(lock, { force: true });
    await delay(100, undefined, { signal });
  }
}

async function isAbandoned(lock: string): Promise<boolean> {
  const text = await readFile(lock, 'utf8').catch(() => '');
  if (text === '') return false;
  const { host, pid } = JSON.parse(text) as { host: string; pid: number };
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
