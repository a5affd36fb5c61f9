import { isMainThread } from 'node:worker_threads';
import { buildAddon } from './build.ts';
import { Comm } from './comm.ts';
import { findMpi } from './find-mpi.ts';
import { loadNative, THREAD_LEVELS } from './native.ts';
import { Runtime, shown, usage } from './runtime.ts';

/** How threads of a process may call MPI. */
export type ThreadLevel = (typeof THREAD_LEVELS)[number];

export interface InitializeOptions {
  /** The thread level that is asked for. @default 'funneled': one thread calls MPI */
  threads?: ThreadLevel;
  /** Told what is found and built. @default lines on stderr */
  log?: (line: string) => void;
}

/** MPI in this process. */
export interface Mpi {
  /** All ranks. */
  readonly world: Comm;
  /** This rank alone. */
  readonly self: Comm;
  readonly threadLevel: { readonly requested: ThreadLevel; readonly provided: ThreadLevel };
  /** The machine, as MPI calls it. */
  readonly processorName: string;
  /** Of the standard, such as [3, 1]. */
  readonly version: readonly [number, number];
  /** The MPI and its version. */
  readonly library: string;
  /** Whether survivors go on when a rank dies: `mpiexec --with-ft ulfm`. */
  readonly faultTolerant: boolean;
  readonly isFinalized: boolean;
  /** Seconds since some moment in the past. */
  wtime(): number;
  /** Ends all ranks at once; mpiexec exits with the code. */
  abort(code?: number): void;
  /** Ends MPI in this process, and waits for the other ranks. It happens by itself when the process exits. */
  finalize(): void;
}

let started: Promise<Mpi> | undefined;

/**
 * Starts MPI in a process that mpiexec started. The first time on a machine the binding is built, which takes seconds.
 * Called again, it gives the same.
 *
 * @throws {MpiUnavailable} when the binding cannot be built
 * @throws {MpiError} outside of mpiexec, in a second thread, or after `finalize`
 */
export function initialize(options: InitializeOptions = {}): Promise<Mpi> {
  started ??= start(options).catch((error: unknown) => {
    started = undefined;
    throw error;
  });
  return started;
}

async function start({ threads = 'funneled', log = toStderr }: InitializeOptions): Promise<Mpi> {
  if (!THREAD_LEVELS.includes(threads)) {
    throw usage('initialize', 'MPI_ERR_ARG', `threads is ${shown(threads)}: give one of ${THREAD_LEVELS.join(', ')}.`);
  }
  if (process.env['PMIX_RANK'] === undefined) {
    const text = 'This process was not started by mpiexec: run mpiexec -n 2 node program.ts.';
    throw usage('initialize', 'MPI_ERR_OTHER', text);
  }
  const native = loadNative(await buildAddon(await findMpi({ log }), { log }));
  const facts = native.initialize(THREAD_LEVELS.indexOf(threads));
  const runtime = new Runtime(native, facts);
  let isFinalized = false;
  const finalize = (): void => {
    if (isFinalized) return;
    isFinalized = true;
    runtime.progress.close((operation) =>
      usage(operation, 'MPI_ERR_OTHER', 'MPI was finalized before this had ended.'),
    );
    native.finalize();
  };
  endWithProcess(finalize, () => {
    if (isFinalized) return;
    isFinalized = true;
    native.fail(facts.faultTolerant);
  });
  return {
    world: new Comm(runtime, facts.world),
    self: new Comm(runtime, facts.self),
    threadLevel: { requested: threads, provided: THREAD_LEVELS[facts.provided]! },
    processorName: facts.processor,
    version: facts.version,
    library: facts.library,
    faultTolerant: facts.faultTolerant,
    get isFinalized() {
      return isFinalized;
    },
    wtime: () => native.wtime(),
    abort: (code = 1) => native.abort(code),
    finalize,
  };
}

/**
 * A process that ends well finalizes. One that fails does not: the others would never meet it there. It takes them with it,
 * or leaves them to go on where they can.
 */
function endWithProcess(finalize: () => void, fail: () => void): void {
  let failed = false;
  process.on('uncaughtExceptionMonitor', () => {
    failed = process.listenerCount('uncaughtException') === 0;
  });
  process.on('exit', () => {
    if (failed && isMainThread) fail();
    else finalize();
  });
}

function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
