import { Arena } from '../../jobs/arena.ts';
import { headWords, Shared } from '../../jobs/layout.ts';
import type { Control } from './control.ts';

/** Milliseconds of the first look of one who waits, and of the longest. */
const FIRST = 0.05;
const MOST = 1;
/** The longest where nothing has come for a second. */
const MOST_LATER = 5;
const LATER = 1_000;
/** Milliseconds after which a sleeper lets its loop turn. */
const TURN_AFTER = 20;

/**
 * The memory of a shared window. JavaScript does not know that it is shared, so that nobody can sleep on its words: who waits
 * looks again and again, more rarely the longer it takes.
 */
export class WindowArena extends Arena {
  readonly #control: Control;
  #idleSince: number | undefined;
  #closed = false;

  constructor(memory: ArrayBuffer, control: Control) {
    // The operations of Atomics do the same to memory of either kind.
    super(memory as unknown as SharedArrayBuffer);
    this.#control = control;
  }

  /** To be called before the memory is freed: who still waits for a word waits for ever. */
  close(): void {
    this.#closed = true;
  }

  override wait(index: number, expected: number): void {
    const began = performance.now();
    this.#idleSince ??= began;
    const most = began - this.#idleSince > LATER ? MOST_LATER : MOST;
    const { rings } = this.#control;
    for (let pause = FIRST; ; pause = Math.min(most, 2 * pause)) {
      if (this.load(index) !== expected) break;
      if (this.#control.sleep(rings, pause)) return;
      if (performance.now() - began > TURN_AFTER) return;
    }
    this.#idleSince = undefined;
  }

  /** Nobody waits so that it could be told. */
  override notify(): void {}

  override waitAsync(index: number, expected: number): Promise<unknown> | undefined {
    if (this.load(index) !== expected) return undefined;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const look = (): void => {
      if (this.#closed) return;
      if (this.load(index) === expected) setTimeout(look, MOST);
      else resolve(undefined);
    };
    look();
    return promise;
  }
}

/** Which spawned tasks are a host's: numbers from `next` on, each of so many hosts in turn. */
export interface HostNumbers {
  next: number;
  host: number;
  hosts: number;
}

/** The places of a job's shared memory in a window: those of ranks, then that of their host's door. */
export class WindowShared extends Shared {
  readonly #control: Control;
  /** The number of the door among the workers. */
  readonly door: number;
  #numbers: HostNumbers = { next: 0, host: 0, hosts: 1 };

  constructor(arena: WindowArena, ranks: number, control: Control) {
    super(arena, ranks + 1);
    this.#control = control;
    this.door = ranks;
  }

  /** @returns words with fixed places that so many ranks of a host take */
  static headWords(ranks: number): number {
    return headWords(ranks + 1);
  }

  set numbers(numbers: HostNumbers) {
    this.#numbers = numbers;
  }

  override nextSpawned(): number {
    const { next, host, hosts } = this.#numbers;
    return next + hosts * super.nextSpawned() + host;
  }

  override get stopped(): boolean {
    return this.#control.stopped;
  }

  /** The link tells which task a rank is in. */
  override setCurrent(): void {}

  override runsLow(): void {
    if (this.#numbers.hosts > 1) this.#control.runsLow();
  }
}
