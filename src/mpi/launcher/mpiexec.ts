import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { siblingModule } from '../../config/module-path.ts';
import { compiledDirectory } from '../../config/keep-compiled.ts';
import type { MpiInstallation } from '../find-mpi.ts';
import type { Folders } from './folders.ts';
import type { RemoteHosts } from './hosts.ts';
import { VARIABLES } from './messages.ts';
import { Notices } from './notices.ts';

/** Bytes of what mpiexec says that are kept for a message. */
const KEPT = 4_096;
/** Milliseconds that mpiexec has to end its daemons on other hosts. */
const FAREWELL = 1_000;

export interface MpiexecOptions {
  installation: MpiInstallation;
  ranks: number;
  /** Where they run, if not all on this machine. */
  remote: RemoteHosts | undefined;
  folders: Folders;
  /** Of the launcher; or addresses, with commas between. */
  socket: string;
}

/** How V8 collects garbage where each core has a rank: without helpers, which would take the time of other ranks, and rarely. */
export const COLLECTS = ['--single-threaded-gc', '--min-semi-space-size=16', '--max-semi-space-size=32'];

/** An mpiexec that runs the ranks of one launch. */
export class Mpiexec {
  readonly #child: ChildProcess;
  readonly #token: string;
  readonly #isRemote: boolean;
  /** Resolves with what it ended with. */
  readonly exited: Promise<string>;
  #said = '';
  /** Whether what it says is of no interest any more. */
  #hushed = false;

  constructor({ installation, ranks, remote, folders, socket }: MpiexecOptions) {
    this.#token = folders.token;
    this.#isRemote = remote !== undefined;
    const memory = ['btl_sm', 'osc_sm', 'osc_rdma'].flatMap((part) => [
      '--mca',
      `${part}_backing_directory`,
      folders.memory,
    ]);
    const program = [process.execPath, '--no-warnings', ...COLLECTS, siblingModule('./rank.ts', import.meta.url)];
    const own = {
      ...installation.environment,
      // Ranks start together, and would each compile the same modules.
      NODE_COMPILE_CACHE: compiledDirectory(),
      [VARIABLES.memory]: folders.memory,
      [VARIABLES.temporary]: process.env['TMPDIR'] ?? '',
      [VARIABLES.socket]: socket,
      [VARIABLES.token]: folders.token,
    };
    const args = [
      ...installation.faultTolerantArguments,
      ...installation.arguments,
      ...memory,
      ...(remote === undefined ? [] : onHosts(remote, installation, Object.keys(own))),
      '-n',
      String(ranks),
      ...program,
    ];
    this.#child = spawn(installation.mpiexec, args, {
      env: {
        ...process.env,
        ...own,
        TMPDIR: join(folders.files, 'tmp'),
      },
      // A signal from the keyboard goes to the launcher, which ends the job as it should.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout!.on('data', (part: Buffer) => process.stdout.write(part));
    const notices = new Notices((text) => this.#heard(text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => notices.push(text));
    this.#child.stderr!.on('end', () => notices.end());
    this.exited = Promise.race([
      once(this.#child, 'exit').then(([code, signal]) => `it exited with ${String(signal ?? code)}`),
      once(this.#child, 'error').then(([error]) => (error as Error).message),
    ]);
    this.exited.catch(() => undefined);
  }

  /** The last that it said. */
  get said(): string {
    return this.#said.trim();
  }

  /** Processes die now, and what mpiexec says of it is no news. */
  hush(): void {
    this.#hushed = true;
  }

  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  /** Ends it and all its ranks on this machine; ranks on others end by themselves, as nobody is connected with them any more. */
  async kill(): Promise<void> {
    this.hush();
    const { pid } = this.#child;
    if (pid === undefined) return;
    if (this.#isRemote && this.#isRunning) {
      // Asked to, it ends its daemons on other hosts, with what they have left there.
      this.terminate();
      await Promise.race([this.exited, new Promise((resolve) => setTimeout(resolve, FAREWELL))]);
    }
    if (this.#isRunning) this.#child.kill('SIGKILL');
    for (;;) {
      const left = processesOf(this.#token);
      if (left.length === 0) break;
      for (const one of left) tryKill(one);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await this.exited;
  }

  /** Whether this process is to go on for it. */
  hold(isHeld: boolean): void {
    const { stdout, stderr } = this.#child;
    for (const each of [this.#child, stdout as Socket, stderr as Socket]) {
      if (isHeld) each.ref();
      else each.unref();
    }
  }

  /** Ends it and its ranks, as far as that can be done at once. */
  killNow(): void {
    if (this.#isRunning) this.#child.kill('SIGKILL');
    for (const pid of processesOf(this.#token)) tryKill(pid);
  }

  get #isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  #heard(text: string): void {
    this.#said = (this.#said + text).slice(-KEPT);
    if (!this.#hushed) process.stderr.write(text);
  }
}

/** Arguments of mpiexec that start ranks on hosts. @param variables that ranks need */
export function onHosts(
  { hosts, shell }: RemoteHosts,
  { mpiexec }: MpiInstallation,
  variables: readonly string[],
): string[] {
  return [
    ...['--host', hosts.map(({ name, slots }) => `${name}:${slots}`).join(',')],
    // Where hosts have one more way to the others than they need, TCP is what all have. Who waits for a message of another host lets others work.
    ...['--mca', 'pml', 'ob1', '--mca', 'btl', 'self,sm,tcp', '--mca', 'mpi_yield_when_idle', '1'],
    ...(shell === undefined ? [] : ['--prtemca', 'plm_ssh_agent', shell]),
    ...['--prefix', dirname(dirname(mpiexec))],
    // MPI hands on those of its own, as far as arguments do not say something else.
    ...variables.filter((name) => !name.startsWith('OMPI_')).flatMap((name) => ['-x', name]),
  ];
}

/** Processes on this machine that have the token of a launch in their environment. */
export function processesOf(token: string): number[] {
  return environmentsOf(token).map(({ pid }) => pid);
}

/** Ranks of a launch on this machine; undefined where that is not known. */
export function ranksOf(token: string): number | undefined {
  if (!existsSync('/proc/self/environ')) return undefined;
  const ranks = environmentsOf(token).map(
    ({ environment }) => /(?:^|\0)OMPI_COMM_WORLD_RANK=(\d+)/.exec(environment)?.[1],
  );
  return new Set(ranks.filter((rank) => rank !== undefined)).size;
}

function environmentsOf(token: string): { pid: number; environment: string }[] {
  if (!existsSync('/proc')) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids
    .map((pid) => ({ pid: Number(pid), environment: environmentOf(pid) }))
    .filter(({ environment }) => environment.includes(`${VARIABLES.token}=${token}`));
}

/** Of one that has ended meanwhile, or is another user's, nothing. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
