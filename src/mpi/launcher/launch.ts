import type { ArtifactStore } from '../../artifacts/artifact-store.ts';
import { decode } from '../../jobs/codec.ts';
import { JobCancelled, JobFailed } from '../../jobs/errors.ts';
import type { TaskPath } from '../../jobs/errors.ts';
import { receivedError } from '../../jobs/messages.ts';
import type { JobProblem, SentJob } from '../../jobs/messages.ts';
import { comparePaths } from '../../jobs/paths.ts';
import type { MpiInstallation } from '../find-mpi.ts';
import { Casualties } from './casualties.ts';
import { Distribution, handlesOf } from './distribution.ts';
import { RanksLost } from './errors.ts';
import { Generation } from './generation.ts';
import { HostsLeft } from './hosts-left.ts';
import type { RemoteHosts } from './hosts.ts';
import { Journal } from './journal.ts';
import type { Member } from './members.ts';
import type { Inherited, RankMessage, SplitChunk, Spawn } from './messages.ts';
import { problemOf } from '../../jobs/problem.ts';
import { RankFigures } from './rank-figures.ts';
import type { MpiMetrics } from './rank-figures.ts';
import { rest, restSteps, takeResting, takeSteps } from './standing.ts';
import type { Steps } from './steps.ts';
import { StoredJournal } from './stored-journal.ts';

export interface LaunchOptions {
  installation: MpiInstallation;
  job: SentJob;
  input: Uint8Array;
  ranks: number;
  /** Where they run, if not all on this machine: so many slots as there are ranks. */
  remote: RemoteHosts | undefined;
  seed: number;
  interleaved: number;
  grace: number;
  /** Milliseconds. */
  stall: number;
  artifacts: ArtifactStore | undefined;
  /** What the job's journal is known by in the store, from one attempt to the next. */
  id: string | undefined;
  signal: AbortSignal | undefined;
  /** Told which hosts are left out. */
  log: (line: string) => void;
}

/** Bytes of memory that ranks share beside the tasks of `split`: for those that are spawned, and for each rank. */
const SPAWNED_BYTES = 2 ** 26;
const RANK_BYTES = 2 ** 21;
/** Launches in a row in which nothing more was finished, after which a job is given up. */
const FRUITLESS = 3;
/** Milliseconds that survivors have to tell what a dead rank was at, and connections to close. */
const TELLING = 1_000;
/** Milliseconds that ranks have to end MPI together. */
const PATIENCE = 5_000;
/** Milliseconds that ranks have to start, at least. */
const LEAST_START = 60_000;

/** One job under way on ranks: it is launched until all its tasks have ended, each time with those that have not. */
export class Launch {
  readonly #options: LaunchOptions;
  readonly #journal: Journal;
  readonly #steps: Steps;
  readonly #figures: RankFigures;
  readonly #said = new Map<number, number | string>();
  readonly #casualties: Casualties;
  readonly #stuck = new Set<number>();
  #generation: Generation | undefined;
  readonly #hosts: HostsLeft;
  #stored: StoredJournal | undefined;
  /** Whether the generation under way came to the end of the job. */
  #over = Promise.withResolvers<boolean>();
  #split = false;
  #collective = false;
  #output: unknown;
  #cancelled = false;
  #fruitless = 0;
  #why = '';
  #begun = false;

  // Of the generation under way.
  #distribution: Distribution | undefined;
  /** Tasks that ended on each rank, as pairs of handle and id. */
  readonly #finished = new Map<number, Int32Array[]>();
  readonly #running = new Map<number, number | undefined>();
  readonly #ended = new Set<number>();

  constructor(options: LaunchOptions) {
    this.#options = options;
    this.#hosts = new HostsLeft(options);
    this.#figures = new RankFigures(options.ranks);
    this.#steps = takeSteps(options.job);
    // A journal that is stored needs their bytes as well.
    this.#journal = new Journal((results) => this.#steps.keep(results, options.id === undefined));
    this.#casualties = new Casualties(this.#journal);
  }

  get metrics(): MpiMetrics {
    return this.#figures.metrics(this.#journal);
  }

  get finished(): number {
    return this.#journal.ended;
  }

  get known(): number {
    return this.#journal.known;
  }

  /** What running tasks said last. */
  get said(): { path: TaskPath; said: number | string }[] {
    return [...this.#said].map(([id, said]) => ({ path: this.#journal.pathOf(id), said }));
  }

  /** @returns the output */
  async run(): Promise<unknown> {
    const { signal } = this.#options;
    const cancel = (): void => this.#cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    const split = this.#splitOnce();
    split.catch(() => undefined);
    let finishing: Promise<void> | undefined;
    let isDone = false;
    try {
      if (signal?.aborted) throw this.#cancellation();
      for (let done = false; !done;) {
        done = await this.#launch(split);
        if (!done) this.#throwIfFruitless();
      }
      this.#figures.end();
      await this.#stored?.flush();
      finishing = this.#endGeneration();
      finishing.catch(() => undefined);
      const output = this.#collective ? this.#output : await this.#reduce();
      isDone = true;
      return output;
    } finally {
      this.#distribution?.close();
      await finishing;
      await this.#generation?.close();
      await this.#stored?.flush();
      await (isDone ? restSteps(this.#steps) : this.#steps.close());
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Ranks that have lost nobody stay for the next job, but after a program of their own, which may have left anything in MPI. */
  async #endGeneration(): Promise<void> {
    const generation = this.#generation;
    this.#distribution?.close();
    if (generation === undefined || !this.#begun) return;
    const isAsGood = generation.isWhole && !this.#casualties.careful && this.#hosts.areAll;
    if (this.#collective || !isAsGood) {
      await generation.finish(PATIENCE);
    } else if (await generation.rest(PATIENCE)) {
      this.#generation = undefined;
      await rest(this.#kind, generation);
    }
  }

  /** What ranks are alike by. */
  get #kind(): string {
    return JSON.stringify([this.#options.installation.mpiexec, this.#hosts.ranks, this.#hosts.remote]);
  }

  /** What an attempt before has split is not split again. */
  async #splitOnce(): Promise<void> {
    const { artifacts: store, id, job, input } = this.#options;
    const chunks: SplitChunk[] = [];
    if (store !== undefined && id !== undefined) {
      const onError = (error: unknown): void => this.#over.reject(error);
      const stored = await StoredJournal.open({ store, id, job: job.name, input, journal: this.#journal, onError });
      this.#stored = stored;
      this.#split = stored.hasTasks;
    }
    if (this.#split) return;
    const hasTasks = await this.#steps.split(input, (chunk) => {
      chunks.push(chunk);
      this.#journal.addChunk(chunk);
    });
    if (hasTasks) await this.#stored?.keepTasks(chunks);
    this.#collective = !hasTasks;
    this.#split = true;
  }

  /** @returns whether all is done; the generation is left to be ended then */
  async #launch(split: Promise<void>): Promise<boolean> {
    const { installation, artifacts, stall } = this.#options;
    this.#forget();
    const over = (this.#over = Promise.withResolvers<boolean>());
    over.promise.catch(() => undefined);
    const endedBefore = this.#journal.ended;
    this.#figures.launch();
    const generation =
      (await takeResting(this.#kind)) ??
      (await Generation.start({ installation, ranks: this.#hosts.ranks, remote: this.#hosts.remote }));
    generation.serve({
      artifacts,
      careful: this.#casualties.careful,
      onMessage: (member, message) => this.#heard(member, message),
      onDead: (member) => this.#died(member),
      onLost: (why) => this.#again(why),
    });
    this.#generation = generation;
    if (this.#cancelled) throw this.#cancellation();
    generation.watch(stall);
    const slow = setTimeout(() => this.#again('did not start in time'), Math.max(LEAST_START, 2 * stall));
    this.#begin(generation, split).then(() => clearTimeout(slow), over.reject);
    try {
      if (await over.promise) return true;
    } finally {
      clearTimeout(slow);
    }
    const dead = generation.dead.map(({ rank }) => rank);
    const isEmpty = generation.members.size === 0;
    const [gone] = await Promise.all([
      this.#hosts.leaveOut(generation.silentHosts, this.#options.job.name),
      generation.close(),
    ]);
    if (this.#hosts.ranks === 0) this.#why = 'have no host left';
    this.#casualties.blame(generation, { dead, isEmpty, gone });
    this.#fruitless = this.#journal.ended > endedBefore ? 0 : this.#fruitless + 1;
    this.#journal.settle();
    this.#stored?.settle();
    return false;
  }

  async #begin(generation: Generation, split: Promise<void>): Promise<void> {
    await split;
    if (!this.#collective && this.#journal.ended === this.#journal.known) {
      this.#over.resolve(true);
      return;
    }
    const { job, seed, interleaved, artifacts, input, stall } = this.#options;
    const bytes = Math.ceil(2 * this.#journal.bytes + this.#hosts.ranks * RANK_BYTES + SPAWNED_BYTES);
    const silence = this.#hosts.remote === undefined ? {} : { silence: stall };
    try {
      await generation.open({ bytes: bytes - (bytes % 4), job, ...silence });
    } catch {
      // It was lost, which has been told.
      return;
    }
    this.#figures.begin();
    generation.go({
      seed,
      interleaved: this.#casualties.careful ? 1 : interleaved,
      artifacts: artifacts !== undefined,
      next: this.#journal.next,
      ...(this.#collective ? { input } : {}),
    });
    this.#begun = true;
    if (this.#collective) return;
    const { hosts, members } = generation;
    this.#distribution = new Distribution({ hosts, members, journal: this.#journal });
    this.#distribution.begin();
  }

  #forget(): void {
    this.#begun = false;
    this.#distribution?.close();
    this.#distribution = undefined;
    this.#casualties.forget();
    for (const state of [this.#finished, this.#running, this.#ended]) state.clear();
    this.#said.clear();
  }

  #heard(member: Member, message: RankMessage): void {
    const { rank } = member;
    switch (message.kind) {
      case 'results':
        this.#take(rank, message);
        break;
      case 'spawns': {
        this.#spawned(rank, message.spawns);
        break;
      }
      case 'loaded':
        this.#distribution?.loaded(rank);
        return;
      case 'lacks':
        this.#distribution?.lacks(rank, message.what);
        return;
      case 'gave':
        // Their rank may not have told of them yet.
        this.#spawned(rank, message.given.spawned);
        this.#distribution?.gave(rank, message.given);
        return;
      case 'figures':
        // Those after the last are of no job.
        if (this.#ended.has(rank)) return;
        this.#figures.set(rank, message.figures);
        this.#running.set(rank, message.running);
        return;
      case 'progress':
        if (!this.#journal.hasEnded(message.id)) this.#said.set(message.id, message.said);
        return;
      case 'artifact':
        void member.answer(message);
        return;
      case 'broken':
        // What a program on all ranks throws where another has died is no error of its own.
        if (isOfDeath(message.problem)) this.#againSoon('died');
        else this.#over.reject(problemOf(this.#options.job, message.problem));
        return;
      case 'inherited':
        this.#inherited(rank, message);
        this.#endIfDone();
        if (this.#areFew) this.#again('died, most of them');
        return;
      case 'output':
        this.#output = decode(message.output);
        return;
      case 'ended':
        this.#figures.set(rank, message.figures);
        this.#running.delete(rank);
        this.#ended.add(rank);
        break;
      case 'hello':
      case 'ready':
      case 'began':
      case 'rested':
      case 'dying':
        return;
    }
    this.#endIfDone();
  }

  #spawned(rank: number, spawns: readonly Spawn[]): void {
    const fresh = spawns.filter((spawn) => this.#journal.addSpawn(spawn));
    this.#stored?.spawned(fresh);
    this.#distribution?.spawned(rank, fresh.length);
  }

  #take(rank: number, { batch, failures, spawned }: Extract<RankMessage, { kind: 'results' }>): void {
    const { tasks } = batch;
    const finished = this.#finished.get(rank) ?? [];
    this.#finished.set(rank, finished);
    finished.push(tasks);
    if (failures.length > 0) finished.push(Int32Array.from(failures.flatMap(({ handle, id }) => [handle, id])));
    if (this.#said.size > 0) for (let at = 1; at < tasks.length; at += 2) this.#said.delete(tasks[at]!);
    for (const { id, error } of failures) {
      this.#said.delete(id);
      this.#journal.addFailure({ id, error: () => receivedError(error) });
    }
    this.#distribution?.ended(rank, tasks.length / 2 + failures.length);
    this.#journal.addSpawnCounts(spawned);
    if (this.#journal.addResults(batch) > 0) this.#stored?.finished(batch, spawned);
  }

  /**
   * A spawned task is told before the result of the one that spawned it, and one of a rank that died before those who take over from it
   * say so: what is known and not ended is there, or there is nothing more.
   */
  #endIfDone(): void {
    if (this.#cancelled) {
      if (this.#ended.size === this.#generation?.members.size) this.#over.reject(this.#cancellation());
      return;
    }
    if (!this.#split || this.#casualties.isSettling) return;
    const all = this.#collective ? this.#ended.size === this.#hosts.ranks : this.#journal.ended === this.#journal.known;
    if (all) this.#over.resolve(true);
  }

  #died({ rank }: Member): void {
    const generation = this.#generation!;
    this.#figures.died();
    this.#running.delete(rank);
    if (this.#cancelled) {
      this.#endIfDone();
      return;
    }
    this.#casualties.died(rank);
    // Who was to take over may be the one that died.
    const heirs =
      this.#distribution?.isSure(rank) && !this.#casualties.isSettling ? this.#distribution.died(rank) : undefined;
    if (heirs === undefined) {
      this.#again('died');
      return;
    }
    const { worker, door, away, survivors } = heirs;
    const inheritance = {
      ...{ worker, door, finished: handlesOf(this.#finished.get(rank) ?? [], away) },
      ...this.#casualties.bequeath(rank),
    };
    for (const one of survivors) generation.members.get(one)?.tell({ kind: 'inherit', inheritance });
    // Too few are left; but they may be in time to tell which task it was.
    if (this.#areFew) this.#againSoon('died, most of them');
  }

  get #areFew(): boolean {
    return this.#generation!.members.size < this.#hosts.ranks / 2;
  }

  #inherited(rank: number, told: Inherited): void {
    const dead = this.#distribution!.rankOf(rank, told.worker);
    this.#casualties.inherited(dead, rank, told, this.#generation!);
    this.#distribution!.inherited(rank);
  }

  /** Whoever died is heard of first, if that is soon. */
  #againSoon(why: string): void {
    this.#why = why;
    setTimeout(this.#over.resolve, TELLING, false).unref();
  }

  #again(why: string): void {
    this.#why = why;
    this.#over.resolve(false);
  }

  #throwIfFruitless(): void {
    if (this.#fruitless < FRUITLESS && this.#hosts.ranks > 0) return;
    throw new RanksLost({ job: this.#options.job.name, why: this.#why, said: this.#generation?.said ?? '' });
  }

  #cancel(): void {
    if (this.#figures.hasEnded) return;
    this.#cancelled = true;
    this.#generation?.members.tellAll({ kind: 'cancelled' });
    if (!this.#begun) {
      this.#over.reject(this.#cancellation());
      return;
    }
    setTimeout(() => {
      for (const [rank, id] of this.#running) if (id !== undefined && !this.#ended.has(rank)) this.#stuck.add(id);
      this.#over.reject(this.#cancellation());
    }, this.#options.grace).unref();
  }

  #cancellation(): JobCancelled {
    const { job, signal, grace } = this.#options;
    const ended = [...this.#stuck].map((id) => this.#journal.pathOf(id)).sort(comparePaths);
    return new JobCancelled({ job: job.name, reason: signal?.reason, ended, grace, on: 'ranks' });
  }

  async #reduce(): Promise<unknown> {
    const { job, signal } = this.#options;
    const { failures } = this.#journal;
    const collect = failures.length > 0;
    const cancelled = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(this.#cancellation()), { once: true });
    });
    const began = performance.now();
    const call = { count: this.#journal.known, places: this.#journal.takePlaces(), collect };
    const output = await Promise.race([this.#steps.reduce(call), cancelled]);
    this.#figures.reduced(performance.now() - began);
    if (!collect) return output;
    throw new JobFailed(job.name, failures, output as unknown[]);
  }
}

function isOfDeath({ step, error }: JobProblem): boolean {
  return step === 'main' && error?.name === 'MpiError' && /MPI_ERR_(PROC_FAILED|REVOKED)/.test(error.message);
}
