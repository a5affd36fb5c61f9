import { availableParallelism } from 'node:os';
import { readSetting } from '../../config/read-setting.ts';
import { checkJob, encodedInput, whole } from '../../jobs/checked.ts';
import type { Job } from '../../jobs/job.ts';
import { watched } from '../../jobs/progress.ts';
import type { JobOutcome, JobProgress } from '../../jobs/progress.ts';
import type { JobRunner, RunOptions } from '../../jobs/runner.ts';
import { buildAddon } from '../build.ts';
import { findMpi } from '../find-mpi.ts';
import type { MpiInstallation } from '../find-mpi.ts';
import { ranksOn, remoteHosts } from './hosts.ts';
import type { HostSlots, RemoteHosts } from './hosts.ts';
import { Launch } from './launch.ts';
import type { MpiMetrics } from './rank-figures.ts';
import { endResting } from './standing.ts';

export interface ProcessorOptions {
  /** Processes that run tasks: 1 to 256. @default one for each slot of the hosts; without hosts one for each core of this machine */
  ranks?: number;
  /** Hosts that they run on, or what names them: `a:2,b:2`, or a hostfile. @default the setting `mpiHosts` where `ranks` is not given; else this machine */
  hosts?: readonly HostSlots[] | string;
  /** Starts a command on a host, as `ssh` does. @default the setting `mpiShell`, else ssh */
  shell?: string;
  /** Address of this machine that the hosts reach. @default the setting `mpiAddress`, else each that it has */
  address?: string;
  /** Asynchronous tasks that a rank has begun and not ended, at most; while they wait, it runs others. @default 16 */
  interleaved?: number;
  /** Milliseconds that tasks have to end when their job is cancelled; then their ranks are ended. @default 1_000 */
  grace?: number;
  /** Seconds without a sign of life after which a rank is given up. A task that takes long is no reason. @default 30 */
  stallSeconds?: number;
  /** Of the random choice of whom to steal from. @default 1 */
  seed?: number;
  /** Told what is downloaded and built, the first time; and which hosts are left out as they are gone. @default nobody */
  log?: (line: string) => void;
}

export interface ProcessorRunOptions extends RunOptions<MpiMetrics> {
  /**
   * What the job is known by in the store, where its journal is kept: who runs it again, as a retried activity does, goes on with
   * what is not finished. @default no journal is kept
   */
  id?: string;
}

export type MpiProgress = JobProgress<MpiMetrics>;
export type MpiOutcome<Output> = JobOutcome<Output, MpiMetrics>;

const MOST_RANKS = 256;

/**
 * Runs jobs on MPI ranks: of this machine, or of several hosts. Where ranks are lost, others are started.
 *
 * @example
 * ```ts
 * const processor = new MpiDistributedProcessor({ ranks: 4 });
 * const { output, metrics } = await processor.run(squares, 100);
 * await processor.shutdown();
 * ```
 */
export class MpiDistributedProcessor implements JobRunner {
  readonly #options: Required<Omit<ProcessorOptions, 'hosts' | 'shell' | 'address'>>;
  readonly #remote: RemoteHosts | undefined;
  #installation: Promise<MpiInstallation> | undefined;

  /** @throws {RangeError} for an option that cannot be right */
  constructor({
    ranks,
    hosts = ranks === undefined ? readSetting('mpiHosts') : undefined,
    shell = readSetting('mpiShell'),
    address = readSetting('mpiAddress'),
    interleaved = 16,
    grace = 1_000,
    stallSeconds = 30,
    seed = 1,
    log = () => undefined,
  }: ProcessorOptions = {}) {
    if (ranks !== undefined && hosts !== undefined) {
      throw new RangeError('Both ranks and hosts are given: give one. Hosts run as many ranks as they have slots.');
    }
    this.#remote = hosts === undefined ? undefined : remoteHosts(hosts, { shell, address });
    const slots = this.#remote && ranksOn(this.#remote.hosts);
    this.#options = {
      ranks: whole('ranks', ranks ?? slots ?? availableParallelism(), 1, MOST_RANKS),
      interleaved: whole('interleaved', interleaved, 1, 100_000),
      grace: whole('grace', grace, 0, 2 ** 31 - 1),
      stallSeconds: whole('stallSeconds', stallSeconds, 1, 86_400),
      seed: whole('seed', seed, 0, 2 ** 32 - 1),
      log,
    };
  }

  /**
   * Runs a job to its end. Its functions are loaded and called on ranks, and `split` and `reduce` on a thread.
   *
   * @throws {MpiUnavailable} where there is no MPI, and none can be had
   * @throws {InvalidJob} when `job` did not come from `defineJob`
   * @throws {JobModuleError} when its module cannot be loaded, or lacks a function
   * @throws {JobStepFailed} when `split`, `reduce` or `main` throws
   * @throws {JobFailed} when tasks failed, once all others have ended
   * @throws {JobCancelled} when `signal` was aborted; nothing is left then
   * @throws {CannotTravel} when the input cannot be copied
   * @throws {RanksLost} when ranks cannot be started, or die again and again
   */
  async run<Input, Output>(
    job: Job<Input, Output>,
    input: Input,
    { signal, artifacts, id, onProgress }: ProcessorRunOptions = {},
  ): Promise<MpiOutcome<Output>> {
    checkJob(job);
    const { stallSeconds, log, ...options } = this.#options;
    const launch = new Launch({
      ...options,
      log,
      remote: this.#remote,
      input: encodedInput(job.name, input),
      installation: await this.#find(log),
      job: { name: job.name, module: job.module },
      stall: stallSeconds * 1_000,
      artifacts,
      id,
      signal,
    });
    const output = (await watched(launch, onProgress)) as Output;
    return { output, metrics: launch.metrics };
  }

  /** Processes that run tasks, as long as no host is gone. */
  get ranks(): number {
    return this.#options.ranks;
  }

  /**
   * Finds MPI and builds the binding, as the first job does otherwise.
   *
   * @throws {MpiUnavailable} where there is no MPI, and none can be had
   */
  async prepare(): Promise<void> {
    await this.#find(this.#options.log);
  }

  /** Ends ranks that wait for the next job, for which they stay ten seconds. Resolves when nothing is left of them. */
  async shutdown(): Promise<void> {
    await endResting();
  }

  /** The binding is built before ranks need it, all at once. */
  #find(log: (line: string) => void): Promise<MpiInstallation> {
    this.#installation ??= (async () => {
      const installation = await findMpi({ log });
      await buildAddon(installation, { log });
      return installation;
    })().catch((error: unknown) => {
      this.#installation = undefined;
      throw error;
    });
    return this.#installation;
  }
}
