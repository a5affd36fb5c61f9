import type { Lack, Spawn } from './messages.ts';

/** Tasks of `split` in a row: a part of one chunk. */
export interface Piece {
  /** What their chunk is known by: the id of its first task. */
  first: number;
  /** Which of its tasks they are. */
  from: number;
  to: number;
}

/** Tasks that one host gets. */
export interface Portion {
  pieces: Piece[];
  spawned: Spawn[];
}

/** What is to be done next: a host gets tasks, or is asked to give some back. */
export type Move = { grant: Portion; host: number } | { ask: number };

/** Tasks of one grant where there is one host, which gets all of them: it begins with the first while others are on their way. */
const AT_ONCE = 8_192;

/** Tasks that a host keeps in reserve for each of its ranks. */
export const RESERVE = 2;

/**
 * Which host is to have which tasks. What nobody has is handed out in ever smaller portions, as in guided self-scheduling (Polychronopoulos and
 * Kuck, "Guided Self-Scheduling", IEEE Trans. Computers 36, 1987), each time a host runs low; where nothing is left to be handed out, hosts that have much give back.
 * Hosts are numbered from 0.
 */
export class Allotment {
  readonly #ranks: readonly number[];
  readonly #pieces: Piece[] = [];
  readonly #spawned: Spawn[] = [];
  #pooled = 0;
  /** What hosts lack, the first that said so first. */
  readonly #hungry = new Map<number, Lack>();
  /** Hosts that had nothing to give when they were asked last. */
  readonly #dry = new Set<number>();
  /** Hosts that cannot be told anything now. */
  readonly #blocked = new Set<number>();
  readonly #outstanding: number[];
  #asked: number | undefined;

  /** @param ranks of each host */
  constructor(ranks: readonly number[]) {
    this.#ranks = ranks;
    this.#outstanding = ranks.map(() => 0);
    for (const host of ranks.keys()) this.#hungry.set(host, 'tasks');
  }

  /** Tasks that no host has. */
  add({ pieces, spawned }: Portion): void {
    for (const piece of pieces) this.#pieces.push(piece);
    for (const spawn of spawned) this.#spawned.push(spawn);
    this.#pooled += sizeOf({ pieces, spawned });
  }

  lacks(host: number, what: Lack): void {
    this.#hungry.set(host, what);
  }

  /** Tasks of a host have ended, or, if less than none, were spawned there. */
  ended(host: number, tasks: number): void {
    this.#outstanding[host]! -= tasks;
    if (tasks < 0) this.#dry.delete(host);
  }

  /** What a host gives back when it is asked: some of what it has and nobody runs. */
  gave(host: number, portion: Portion): void {
    if (this.#asked === host) this.#asked = undefined;
    this.add(portion);
    const given = sizeOf(portion);
    this.#outstanding[host]! -= given;
    if (given === 0) this.#dry.add(host);
    else this.#hungry.delete(host);
  }

  /** A host cannot be told anything, until it can. */
  block(host: number): void {
    this.#blocked.add(host);
    if (this.#asked === host) this.#asked = undefined;
  }

  unblock(host: number): void {
    this.#blocked.delete(host);
    this.#dry.delete(host);
  }

  /** Whether a host could get something from others that had nothing to give when they were asked last. */
  get waits(): boolean {
    return this.#dry.size > 0 && this.#hungriest() !== undefined;
  }

  /** Hosts that had nothing to give may have something by now. */
  askAgain(): void {
    this.#dry.clear();
  }

  /** What is to be done now, if anything. */
  next(): Move | undefined {
    const host = this.#hungriest();
    if (host === undefined) return undefined;
    if (this.#pooled > 0) {
      const grant = this.#take(this.#portionOf(host));
      if (!this.#isAlone || this.#pooled === 0) this.#hungry.delete(host);
      this.#outstanding[host]! += sizeOf(grant);
      this.#dry.delete(host);
      return { grant, host };
    }
    if (this.#asked !== undefined) return undefined;
    const richest = this.#richest(host);
    if (richest === undefined) return undefined;
    this.#asked = richest;
    return { ask: richest };
  }

  #hungriest(): number | undefined {
    const reachable = [...this.#hungry].filter(([host]) => !this.#blocked.has(host));
    const [host] = reachable.find(([, what]) => what === 'tasks') ?? reachable[0] ?? [];
    return host;
  }

  get #isAlone(): boolean {
    return this.#ranks.length === 1;
  }

  /** Half of what would be its even share, until that is little. */
  #portionOf(host: number): number {
    if (this.#isAlone) return Math.min(this.#pooled, AT_ONCE);
    const all = this.#ranks.reduce((sum, ranks) => sum + ranks, 0);
    const ranks = this.#ranks[host]!;
    return Math.max(RESERVE * ranks, Math.ceil((this.#pooled * ranks) / (2 * all)));
  }

  #take(tasks: number): Portion {
    const portion: Portion = { pieces: [], spawned: [] };
    let left = Math.min(tasks, this.#pooled);
    this.#pooled -= left;
    while (left > 0 && this.#pieces.length > 0) {
      const piece = this.#pieces[0]!;
      const count = Math.min(left, piece.to - piece.from);
      portion.pieces.push({ ...piece, to: piece.from + count });
      if (piece.from + count === piece.to) this.#pieces.shift();
      else this.#pieces[0] = { ...piece, from: piece.from + count };
      left -= count;
    }
    portion.spawned.push(...this.#spawned.splice(0, left));
    return portion;
  }

  /** Of hosts that may have something to give, the one with most. What others have in reserve goes to ranks that have nothing to do alone. */
  #richest(hungry: number): number | undefined {
    const isIdle = this.#hungry.get(hungry) === 'tasks';
    let richest: number | undefined;
    for (const [host, tasks] of this.#outstanding.entries()) {
      if (host === hungry || tasks <= 0 || this.#dry.has(host) || this.#blocked.has(host)) continue;
      if (!isIdle && this.#hungry.has(host)) continue;
      if (richest === undefined || tasks > this.#outstanding[richest]!) richest = host;
    }
    return richest;
  }
}

/** @returns how many tasks there are in it */
export function sizeOf({ pieces, spawned }: Portion): number {
  return pieces.reduce((sum, { from, to }) => sum + to - from, spawned.length);
}
