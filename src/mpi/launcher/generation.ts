import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArtifactStore } from '../../artifacts/artifact-store.ts';
import type { SentJob } from '../../jobs/messages.ts';
import type { MpiInstallation } from '../find-mpi.ts';
import { makeFolders, removeFolders } from './folders.ts';
import type { Folders } from './folders.ts';
import { Members } from './members.ts';
import type { Member } from './members.ts';
import type { Go, LauncherMessage, RankMessage } from './messages.ts';
import { Mpiexec, ranksOf } from './mpiexec.ts';
import { NO_TASK } from './rank-port.ts';

export interface GenerationOptions {
  installation: MpiInstallation;
  ranks: number;
  artifacts: ArtifactStore | undefined;
  /** Whether ranks note the task that they begin. */
  careful: boolean;
  onMessage: (member: Member, message: RankMessage) => void;
  /** A rank has died. */
  onDead: (member: Member, why: unknown) => void;
  /** All ranks are lost. */
  onLost: (why: string) => void;
}

/** Milliseconds from one look at silent ranks to the next. */
const LOOK_EVERY = 250;

/** One start of mpiexec, with its ranks, until none is left. */
export class Generation {
  readonly members: Members;
  readonly #options: GenerationOptions;
  readonly #folders: Folders;
  readonly #ready = new Map<number, { host: string; hostRank: number }>();
  readonly #allReady = Promise.withResolvers<undefined>();
  readonly #lastWords = new Map<number, unknown>();
  readonly #dead: Member[] = [];
  #mpiexec: Mpiexec | undefined;
  #closing = false;

  private constructor(options: GenerationOptions, folders: Folders) {
    this.#options = options;
    this.#folders = folders;
    this.#allReady.promise.catch(() => undefined);
    this.members = new Members({
      path: join(folders.files, 'launcher'),
      token: folders.token,
      artifacts: options.artifacts,
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

  /** What mpiexec said last. */
  get said(): string {
    return this.#mpiexec?.said ?? '';
  }

  /** Ranks that died. */
  get dead(): readonly Member[] {
    return this.#dead;
  }

  /** Tells the ranks how much memory they need. Resolves when all share it. @throws when they are lost before */
  async open(call: { bytes: number; job: SentJob }): Promise<void> {
    this.#open = { kind: 'open', ...call };
    this.members.tellAll(this.#open);
    await this.#allReady.promise;
  }

  #open: LauncherMessage | undefined;

  go(call: Go): void {
    for (const member of this.members) {
      const { load, ...others } = call;
      const notes = this.#options.careful ? { notes: this.#notesOf(member.rank) } : {};
      const isFirst = this.#ready.get(member.rank)!.hostRank === 0;
      member.tell({ kind: 'go', call: { ...others, ...notes, ...(isFirst && load !== undefined ? { load } : {}) } });
    }
  }

  /** The task that a dead rank began last, where it was to note that. */
  noteOf(rank: number): number | undefined {
    try {
      const note = readFileSync(this.#notesOf(rank));
      const id = note.length === 4 ? note.readInt32LE() : NO_TASK;
      return id === NO_TASK ? undefined : id;
    } catch {
      return undefined;
    }
  }

  /** Gives up ranks of which nothing was heard for so many milliseconds. */
  watch(stall: number): void {
    let before = performance.now();
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
    const { installation, ranks } = this.#options;
    const socket = join(this.#folders.files, 'launcher');
    this.#mpiexec = new Mpiexec({ installation, ranks, folders: this.#folders, socket });
    void this.#mpiexec.exited.then((why) => this.#lost(`were lost: of mpiexec, ${why}`));
  }

  #heard(member: Member, message: RankMessage): void {
    switch (message.kind) {
      case 'hello':
        if (this.#open !== undefined) member.tell(this.#open);
        break;
      case 'ready':
        this.#ready.set(member.rank, { host: message.host, hostRank: message.hostRank });
        if (this.#ready.size === this.#options.ranks) this.#allReady.resolve(undefined);
        break;
      case 'dying':
        this.#lastWords.set(member.rank, message.error);
        break;
      default:
        this.#options.onMessage(member, message);
    }
  }

  #died(member: Member): void {
    if (this.#closing) return;
    this.#mpiexec?.hush();
    this.#dead.push(member);
    if (this.#ready.size < this.#options.ranks)
      this.#lost(`died while they started (${messageOf(this.lastWordsOf(member.rank))})`);
    else if (this.members.size === 0) this.#lost('died, all of them');
    else this.#options.onDead(member, this.lastWordsOf(member.rank));
  }

  /** Why a rank died, as far as that is known. */
  lastWordsOf(rank: number): unknown {
    return this.#lastWords.get(rank) ?? new Error('it was killed');
  }

  #lost(why: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#allReady.reject(new Error(why));
    this.#options.onLost(why);
  }

  #notesOf(rank: number): string {
    return join(this.#folders.files, `begun-${rank}`);
  }
}

/** Milliseconds that mpiexec has to end its ranks when it is told to. */
const TERMINATES = 1_000;

function messageOf(why: unknown): string {
  return (why as { message?: string }).message ?? String(why);
}
