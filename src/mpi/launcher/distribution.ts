import { Allotment } from './allotment.ts';
import type { Portion } from './allotment.ts';
import type { RanksOfHost } from './generation.ts';
import type { Journal } from './journal.ts';
import type { Members } from './members.ts';
import type { Given, Grant, Lack } from './messages.ts';

/** A host, as who gives it tasks knows it. */
interface Host {
  ranks: RanksOfHost;
  /** The rank that is told what the host gets and gives. */
  door: number;
  /** Chunks that the door has, by their first ids. */
  known: Set<number>;
  /** Grants that are on their way. */
  loading: number;
  /** Handles of tasks that it gave back, by their ids. */
  away: Map<number, number>;
}

/** Milliseconds until hosts that had nothing to give are asked again: ever longer, as long as they have nothing. */
const LEAST_PAUSE = 2;
const MOST_PAUSE = 100;

/** Which hosts run which tasks of a launch. */
export class Distribution {
  readonly #journal: Journal;
  readonly #members: Members;
  readonly #hosts: readonly Host[];
  readonly #allotment: Allotment;
  readonly #hostOf = new Map<number, number>();

  constructor({ hosts, journal, members }: { hosts: readonly RanksOfHost[]; journal: Journal; members: Members }) {
    this.#journal = journal;
    this.#members = members;
    this.#hosts = hosts.map((ranks) => ({
      ...{ ranks, door: ranks.ranks[0]!, known: new Set<number>(), loading: 0, away: new Map<number, number>() },
    }));
    this.#allotment = new Allotment(hosts.map(({ ranks }) => ranks.length));
    hosts.forEach(({ ranks }, host) => ranks.forEach((rank) => this.#hostOf.set(rank, host)));
  }

  /** Hands out what is not finished. */
  begin(): void {
    this.#allotment.add(this.#journal.open());
    this.#move();
  }

  /** A rank says what its host has too little of. */
  lacks(rank: number, what: Lack): void {
    this.#allotment.lacks(this.#hostOf.get(rank)!, what);
    this.#move();
  }

  /** What a host was granted is there. */
  loaded(rank: number): void {
    this.#of(rank).loading -= 1;
  }

  gave(rank: number, { tasks, spawned }: Given): void {
    const host = this.#of(rank);
    const ids: number[] = [];
    for (let at = 0; at < tasks.length; at += 2) {
      host.away.set(tasks[at + 1]!, tasks[at]!);
      ids.push(tasks[at + 1]!);
    }
    this.#allotment.gave(this.#hostOf.get(rank)!, { pieces: this.#journal.piecesOf(ids), spawned });
    this.#move();
  }

  /** Tasks ended on a rank. */
  ended(rank: number, tasks: number): void {
    this.#allotment.ended(this.#hostOf.get(rank)!, tasks);
  }

  /** A rank has spawned tasks. */
  spawned(rank: number, tasks: number): void {
    if (tasks === 0) return;
    this.#allotment.ended(this.#hostOf.get(rank)!, -tasks);
    this.#move();
  }

  /** Whether it is known what a rank that died leaves: not where it was at its host's door, and tasks were on their way. */
  isSure(rank: number): boolean {
    const { door, loading } = this.#of(rank);
    return door !== rank || loading === 0;
  }

  /**
   * A rank has died. Its host gets and gives nothing until another has taken over.
   *
   * @returns what those who survive on its host need to know; undefined where nobody does
   */
  died(rank: number): { worker: number; door: boolean; away: number[]; survivors: number[] } | undefined {
    const host = this.#of(rank);
    const survivors = host.ranks.ranks.filter((one) => one !== rank && this.#members.get(one) !== undefined);
    if (survivors.length === 0) return undefined;
    this.#allotment.block(this.#hostOf.get(rank)!);
    const door = host.door === rank;
    const away = door ? [...host.away.values()] : [];
    if (door) {
      host.door = survivors[0]!;
      host.known.clear();
      host.away.clear();
    }
    return { worker: host.ranks.ranks.indexOf(rank), door, away, survivors };
  }

  /** The rank of a number on the host of another. */
  rankOf(rank: number, worker: number): number {
    return this.#of(rank).ranks.ranks[worker]!;
  }

  /** What a dead rank left was taken over by another of its host. */
  inherited(rank: number): void {
    this.#allotment.unblock(this.#hostOf.get(rank)!);
    this.#move();
  }

  #of(rank: number): Host {
    return this.#hosts[this.#hostOf.get(rank)!]!;
  }

  /** Tells hosts nothing more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#closed = true;
  }

  #timer: NodeJS.Timeout | undefined;
  #pause = LEAST_PAUSE;
  #closed = false;

  /** Who has nothing to give may have something soon: a task tells of those that it spawns when it has ended. */
  #askLater(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pause = Math.min(2 * this.#pause, MOST_PAUSE);
      this.#allotment.askAgain();
      this.#move();
    }, this.#pause);
  }

  #move(): void {
    if (this.#closed) return;
    for (let move = this.#allotment.next(); move !== undefined; move = this.#allotment.next()) {
      if ('ask' in move) {
        this.#tell(this.#hosts[move.ask]!, { kind: 'give' });
      } else {
        const host = this.#hosts[move.host]!;
        host.loading += 1;
        this.#tell(host, { kind: 'grant', grant: this.#grantOf(host, move.grant) });
        this.#pause = LEAST_PAUSE;
      }
    }
    if (this.#allotment.waits) this.#askLater();
  }

  #tell({ door }: Host, message: { kind: 'give' } | { kind: 'grant'; grant: Grant }): void {
    this.#members.get(door)?.tell(message);
  }

  #grantOf(host: Host, { pieces, spawned }: Portion): Grant {
    const chunks = new Map<number, Grant['chunks'][number]>();
    const counts: number[] = [];
    const count = (id: number): void => {
      const spawns = this.#journal.spawnsOf(id);
      if (spawns > 0) counts.push(id, spawns);
    };
    for (const { first, from, to } of pieces) {
      const chunk = chunks.get(first) ?? this.#chunkFor(host, first);
      chunks.set(first, chunk);
      chunk.parts.push(from, to);
      if (host.away.size === 0 && this.#journal.spawned === 0) continue;
      for (let id = first + from; id < first + to; id += 1) {
        // It has its own place there, and may be run.
        host.away.delete(id);
        count(id);
      }
    }
    for (const { id } of spawned) count(id);
    return { chunks: [...chunks.values()], spawned, counts };
  }

  #chunkFor(host: Host, first: number): Grant['chunks'][number] {
    const { count, payload } = this.#journal.chunkAt(first);
    const known = host.known.has(first);
    host.known.add(first);
    return { first, count, ...(known ? {} : { payload }), parts: [] };
  }
}

/** @returns handles of tasks that ended, which come in pairs with their ids, and of those that were given back, as one array */
export function handlesOf(ended: readonly Int32Array[], away: readonly number[]): Int32Array {
  const handles = new Int32Array(ended.reduce((sum, { length }) => sum + length / 2, away.length));
  let next = 0;
  for (const pairs of ended) for (let at = 0; at < pairs.length; at += 2) handles[next++] = pairs[at]!;
  handles.set(away, next);
  return handles;
}
