import { join } from 'node:path';
import type { ArtifactStore } from '../../artifacts/artifact-store.ts';
import type { SentJob } from '../../jobs/messages.ts';
import type { MpiInstallation } from '../find-mpi.ts';
import { makeFolders, removeFolders, removeFoldersNow } from './folders.ts';
import type { Folders } from './folders.ts';
import { Members } from './members.ts';
import type { Member } from './members.ts';
import type { Go, LauncherMessage, RankMessage } from './messages.ts';
import { nameOfHost } from './hosts.ts';
import type { RemoteHosts } from './hosts.ts';
import { Mpiexec, ranksOf } from './mpiexec.ts';

export interface GenerationOptions {
  installation: MpiInstallation;
  ranks: number;
  /** Where they run, if not all on this machine. */
  remote: RemoteHosts | undefined;
}

/** What ranks are told for one job, and who hears of them. */
export interface JobOfRanks {
  artifacts: ArtifactStore | undefined;
  /** Whether ranks tell of each task that they begin. */
  careful: boolean;
  onMessage: (member: Member, message: RankMessage) => void;
  /** A rank has died. */
  onDead: (member: Member, why: unknown) => void;
  /** All ranks are lost. */
  onLost: (why: string) => void;
}

/** Milliseconds from one look at silent ranks to the next. */
const LOOK_EVERY = 250;

/** The ranks of one host, by their numbers there. */
export interface RanksOfHost {
  name: string;
  ranks: number[];
}

/** One start of mpiexec, with its ranks, until none is left. */
export class Generation {
  readonly members: Members;
  readonly #options: GenerationOptions;
  #job: JobOfRanks | undefined;
  readonly #folders: Folders;
  readonly #ready = new Map<number, { host: string; hostRank: number; first: number }>();
  readonly #begun = new Map<number, number | undefined>();
  readonly #silent = new Set<string>();
  #allReady = Promise.withResolvers<undefined>();
  #rested = new Set<number>();
  #allRested = Promise.withResolvers<boolean>();
  readonly #lastWords = new Map<number, unknown>();
  readonly #dead: Member[] = [];
  #mpiexec: Mpiexec | undefined;
  #closing = false;
  #lostAs: string | undefined;

  private constructor(options: GenerationOptions, folders: Folders) {
    this.#options = options;
    this.#folders = folders;
    this.members = new Members({
      at: options.remote ?? { path: join(folders.files, 'launcher') },
      token: folders.token,
      onMessage: (member, message) => this.#heard(member, message),
      onClosed: (member) => this.#died(member),
    });
  }

  static async start(options: GenerationOptions): Promise<Generation> {
    const generation = new Generation(options, await makeFolders());
    try {
      await generation.members.listen();
      generation.#launch();
      return generation;
    } catch (error) {
      await generation.close();
      throw error;
    }
  }

  /** Begins a job. */
  serve(job: JobOfRanks): void {
    this.#job = job;
    this.#ready.clear();
    this.#begun.clear();
    this.#allReady = Promise.withResolvers();
    this.#allReady.promise.catch(() => undefined);
    this.members.serve(job.artifacts);
    if (this.#lostAs !== undefined) job.onLost(this.#lostAs);
  }

  /** Ends a job, after which the ranks are there for another. @returns whether they are, in so many milliseconds */
  async rest(patience: number): Promise<boolean> {
    this.#rested = new Set();
    this.#allRested = Promise.withResolvers();
    this.members.tellAll({ kind: 'rest' });
    const timer = setTimeout(this.#allRested.resolve, patience, false);
    const rested = await this.#allRested.promise;
    clearTimeout(timer);
    this.#open = undefined;
    this.#job = undefined;
    return rested;
  }

  /** Whether all ranks are there. */
  get isWhole(): boolean {
    return !this.#closing && this.#dead.length === 0 && this.members.size === this.#options.ranks;
  }

  /** Whether this process is to go on for it. */
  hold(isHeld: boolean): void {
    this.#mpiexec?.hold(isHeld);
    this.members.hold(isHeld);
    if (isHeld) this.#timer?.ref();
    else this.#timer?.unref();
  }

  /** Ends all of it while this process ends. */
  abandon(): void {
    this.#mpiexec?.killNow();
    removeFoldersNow(this.#folders);
  }

  /** What mpiexec said last. */
  get said(): string {
    return this.#mpiexec?.said ?? '';
  }

  /** Ranks that died. */
  get dead(): readonly Member[] {
    return this.#dead;
  }

  /** The hosts that there are, when all ranks are there. */
  get hosts(): RanksOfHost[] {
    const hosts = new Map<number, RanksOfHost>();
    for (const [rank, { host: name, hostRank, first }] of this.#ready) {
      const host = hosts.get(first) ?? { name, ranks: [] };
      host.ranks[hostRank] = rank;
      hosts.set(first, host);
    }
    return [...hosts].sort(([a], [b]) => a - b).map(([, host]) => host);
  }

  #nameOf(host: string): string {
    const { remote } = this.#options;
    return remote === undefined ? host : nameOfHost(remote, host);
  }

  hostOf(rank: number): string | undefined {
    return this.#ready.get(rank)?.host;
  }

  /** Hosts of which a rank fell silent, and none is left. */
  get silentHosts(): string[] {
    const living = new Set([...this.members].map(({ rank }) => this.hostOf(rank)));
    return [...this.#silent].filter((host) => !living.has(host));
  }

  /** Tells the ranks how much memory they need. Resolves when all share it. @throws when they are lost before */
  async open(call: { bytes: number; job: SentJob; silence?: number }): Promise<void> {
    this.#open = { kind: 'open', ...call };
    this.members.tellAll(this.#open);
    await this.#allReady.promise;
  }

  #open: LauncherMessage | undefined;

  go(call: Omit<Go, 'host' | 'hosts' | 'careful'>): void {
    const { hosts } = this;
    const { careful } = this.#job!;
    hosts.forEach(({ ranks }, host) => {
      for (const rank of ranks) {
        this.members.get(rank)?.tell({ kind: 'go', call: { ...call, host, hosts: hosts.length, careful } });
      }
    });
  }

  /** The task that a dead rank was in, where it was to tell that. */
  begunBy(rank: number): number | undefined {
    return this.#begun.get(rank);
  }

  /** Gives up ranks of which nothing was heard for so many milliseconds. */
  watch(stall: number): void {
    let before = performance.now();
    clearInterval(this.#timer);
    for (const member of this.members) member.heardAt = before;
    this.#timer = setInterval(() => {
      const now = performance.now();
      // Where this process itself stood still, ranks had no chance to be heard.
      const stood = now - before > 4 * LOOK_EVERY;
      before = now;
      if (this.#diedUnheard) {
        this.#lost('died while they started (one was killed)');
        return;
      }
      for (const member of this.members) {
        if (stood) member.heardAt = now;
        if (now - member.heardAt < stall) continue;
        this.#lastWords.set(member.rank, new Error(`nothing was heard of it for ${(stall / 1000).toFixed(1)} s`));
        const host = this.hostOf(member.rank);
        if (host !== undefined) this.#silent.add(host);
        this.members.drop(member);
        try {
          process.kill(member.pid, 'SIGKILL');
        } catch {
          // It is on another host, or has ended.
        }
        this.#died(member);
      }
    }, LOOK_EVERY);
  }

  #timer: NodeJS.Timeout | undefined;

  /** Whether a rank has died before it was connected: all are started at once, so that when one is heard the others are there. */
  get #diedUnheard(): boolean {
    const { ranks } = this.#options;
    if (this.#ready.size === ranks || this.members.size === 0 || this.members.size === ranks) return false;
    if (this.#options.remote !== undefined) return false;
    const there = ranksOf(this.#folders.token);
    return there !== undefined && there < ranks;
  }

  /** Lets the ranks that have ended end MPI, and ends what is left after so many milliseconds. */
  async finish(patience: number): Promise<void> {
    this.#closing = true;
    this.#mpiexec?.hush();
    this.members.tellAll({ kind: 'stop', whole: this.#dead.length === 0 });
    const timer = setTimeout(() => this.#mpiexec?.terminate(), patience);
    const late = new Promise((resolve) => setTimeout(resolve, patience + TERMINATES).unref());
    await Promise.race([this.#mpiexec?.exited, late]);
    clearTimeout(timer);
    await this.close();
  }

  /** Ends all that is left of it. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#timer);
    this.#allReady.reject(new Error('the launch was given up'));
    await this.#mpiexec?.kill();
    await this.members.close();
    await removeFolders(this.#folders);
  }

  #launch(): void {
    const { installation, ranks, remote } = this.#options;
    const { addresses } = this.members;
    this.#mpiexec = new Mpiexec({ installation, ranks, remote, folders: this.#folders, socket: addresses.join(',') });
    void this.#mpiexec.exited.then((why) => {
      // Who was late hears of its end before it hears of the rank that it ended for, and that says which task it was.
      setTimeout(() => this.#lost(`were lost: of mpiexec, ${why}`), this.members.size === 0 ? 0 : SETTLES);
    });
  }

  #heard(member: Member, message: RankMessage): void {
    switch (message.kind) {
      case 'hello':
        if (this.#open !== undefined) member.tell(this.#open);
        break;
      case 'ready':
        this.#ready.set(member.rank, { ...message, host: this.#nameOf(message.host) });
        if (this.#ready.size === this.#options.ranks) this.#allReady.resolve(undefined);
        break;
      case 'began':
        this.#begun.set(member.rank, message.id);
        break;
      case 'rested':
        this.#rested.add(member.rank);
        if (this.#rested.size === this.#options.ranks) this.#allRested.resolve(true);
        break;
      case 'dying':
        this.#lastWords.set(member.rank, message.error);
        break;
      default:
        this.#job?.onMessage(member, message);
    }
  }

  #died(member: Member): void {
    if (this.#closing) return;
    this.#mpiexec?.hush();
    this.#dead.push(member);
    this.#allRested.resolve(false);
    if (this.#ready.size < this.#options.ranks)
      this.#lost(`died while they started (${messageOf(this.lastWordsOf(member.rank))})`);
    else if (this.members.size === 0) this.#lost('died, all of them');
    else this.#job?.onDead(member, this.lastWordsOf(member.rank));
  }

  /** Why a rank died, as far as that is known. */
  lastWordsOf(rank: number): unknown {
    return this.#lastWords.get(rank) ?? new Error('it was killed');
  }

  #lost(why: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#allReady.reject(new Error(why));
    this.#allRested.resolve(false);
    this.#lostAs = why;
    this.#job?.onLost(why);
  }
}

/** Milliseconds after the end of mpiexec in which ranks that had ended before are heard of. */
const SETTLES = 100;
/** Milliseconds that mpiexec has to end its ranks when it is told to. */
const TERMINATES = 1_000;

function messageOf(why: unknown): string {
  return (why as { message?: string }).message ?? String(why);
}
