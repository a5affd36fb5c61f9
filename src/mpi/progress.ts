import { MpiError } from './errors.ts';
import type { Native } from './native.ts';

/** Members of a completion, as native/mpi/requests.cc writes them. */
const COMPLETION = { slot: 0, code: 1, source: 2, tag: 3, bytes: 4, flag: 5, length: 6 } as const;
/** Completions that the addon tells at once. */
const AT_ONCE = 256;

/** After something began or ended, how long the loop looks at every turn whether more comes, in milliseconds. */
const BUSY = 0.2;
/**
 * How long it sleeps for moments between looks after that, in milliseconds. It is longer than two naps: when one rank wakes
 * from a nap, the one that it answers must not have fallen asleep, or both would nap before every message.
 */
const DOZE = 4;
/** Such a moment, in microseconds: other work of the loop waits no longer. */
const MOMENT = 50;
/** After that it leaves the loop alone between looks, in milliseconds: longer the longer nothing came. */
const SHORTEST_NAP = 1;
const LONGEST_NAP = 4;
/** Quiet milliseconds that make a nap one longer. */
const QUIET_OF_A_NAP = 250;

/** A start looks for an end at most so long before it leaves that to the loop, in microseconds. */
const LONGEST_LOOK = 50;

/** How an operation ended. */
export interface Ended {
  slot: number;
  source: number;
  tag: number;
  bytes: number;
  flag: number;
}

interface Pending {
  operation: string;
  /** Memory in use: it must not be collected before the operation has ended. */
  memory: readonly unknown[];
  /** Whether the slot holds what the operation brought, and is released by whoever takes it. */
  brings: boolean;
  began: number;
  resolve: (ended: Ended) => void;
  reject: (error: unknown) => void;
}

/**
 * Brings promised operations to their ends from Node's loop. While something moves it looks at every turn of the loop;
 * when nothing does it sleeps between looks, so that waiting costs next to nothing. It keeps the process alive as long as
 * something is under way.
 */
export class Progress {
  readonly #native: Native;
  readonly #completions: Float64Array;
  readonly #pending = new Map<number, Pending>();
  /** When something began or ended last. */
  #moved = 0;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #look = LONGEST_LOOK;

  constructor(native: Native) {
    this.#native = native;
    this.#completions = new Float64Array(native.completions);
  }

  /** Microseconds that the start of an operation may look for its end: none while others wait. */
  get look(): number {
    return this.#pending.size === 0 ? this.#look : 0;
  }

  /** Operations under way. */
  get size(): number {
    return this.#pending.size;
  }

  /** Tells that an operation ended as it began: looking was worth it. */
  endedAtOnce(): void {
    if (this.#look < LONGEST_LOOK) this.#look = Math.min(LONGEST_LOOK, this.#look * 2);
  }

  /** Resolves when the operation of a slot has ended. */
  ended(
    slot: number,
    operation: string,
    { memory = [], brings = false, signal }: { memory?: readonly unknown[]; brings?: boolean; signal?: AbortSignal },
  ): Promise<Ended> {
    const began = performance.now();
    this.#look = this.#look < 1 ? 0 : this.#look / 2;
    this.#moved = began;
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#immediate ??= setImmediate(this.#turn);
    return new Promise<Ended>((resolve, reject) => {
      const pending: Pending = { operation, memory, brings, began, resolve, reject };
      this.#pending.set(slot, pending);
      if (signal !== undefined) this.#cancelOn(signal, slot, pending);
    });
  }

  /** Gives up all that is under way. */
  close(reason: (operation: string) => unknown): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const { operation, reject } of all) reject(reason(operation));
  }

  #cancelOn(signal: AbortSignal, slot: number, pending: Pending): void {
    const { resolve, reject } = pending;
    const abort = (): void => {
      if (!this.#native.cancel(slot)) return;
      this.#pending.delete(slot);
      reject(signal.reason);
    };
    pending.resolve = (ended) => {
      signal.removeEventListener('abort', abort);
      resolve(ended);
    };
    pending.reject = (error) => {
      signal.removeEventListener('abort', abort);
      reject(error);
    };
    signal.addEventListener('abort', abort, { once: true });
  }

  readonly #turn = (): void => {
    this.#immediate = undefined;
    this.#timer = undefined;
    if (this.#pending.size === 0) return;
    const quiet = performance.now() - this.#moved;
    const count = this.#native.progress(quiet < BUSY || quiet > DOZE ? 0 : MOMENT);
    if (count > 0) {
      this.#moved = performance.now();
      this.#settle(count, this.#moved);
    }
    if (this.#pending.size === 0 || this.#immediate !== undefined) return;
    if (count > 0 || quiet < DOZE) this.#immediate = setImmediate(this.#turn);
    else this.#timer = setTimeout(this.#turn, Math.min(LONGEST_NAP, SHORTEST_NAP + quiet / QUIET_OF_A_NAP));
  };

  #settle(count: number, now: number): void {
    // Copied first: what is settled may make the addon tell anew.
    const told = this.#completions.slice(0, Math.min(count, AT_ONCE) * COMPLETION.length);
    for (let at = 0; at < told.length; at += COMPLETION.length) {
      const slot = told[at + COMPLETION.slot]!;
      const code = told[at + COMPLETION.code]!;
      const pending = this.#pending.get(slot);
      if (pending === undefined) continue;
      this.#pending.delete(slot);
      // It came so soon, with a turn of the loop in between, that to look would have been enough.
      if (now - pending.began < (2 * LONGEST_LOOK) / 1_000) this.#look = LONGEST_LOOK;
      if (code !== 0 || !pending.brings) this.#native.release(slot);
      if (code !== 0) {
        pending.reject(new MpiError({ operation: pending.operation, ...this.#native.describeCode(code) }));
        continue;
      }
      pending.resolve({
        slot,
        source: told[at + COMPLETION.source]!,
        tag: told[at + COMPLETION.tag]!,
        bytes: told[at + COMPLETION.bytes]!,
        flag: told[at + COMPLETION.flag]!,
      });
    }
  }
}
