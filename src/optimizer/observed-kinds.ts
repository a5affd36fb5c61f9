import { LRUCache } from 'lru-cache';

/** Operations that are remembered. */
const OPERATIONS = 10_000;
/** How much the newest run counts. */
const NEWEST = 0.3;
/** Share of its time in which its thread did not wait, from which on an operation is one of the processor. */
const CPU_SHARE = 0.5;
/** Milliseconds below which a thread is not worth the way to it. */
const WORTH_A_THREAD = 5;
/** Share below which no operation can have kept the thread busy, whoever else was there. */
const IDLE = 0.25;

/** How long a run kept its thread busy. Milliseconds. */
export interface Busyness {
  /** The thread did not wait: it worked, or wanted to. */
  busy: number;
  time: number;
  /** Whether nobody else can have been what kept it busy. */
  alone: boolean;
}

/** What operations turned out to be when they ran. */
export class ObservedKinds {
  readonly #seen = new LRUCache<string, { busy: number; time: number }>({ max: OPERATIONS });

  /** @returns what it is, as far as is known by now */
  learn(operation: string, run: Busyness | undefined): 'io' | 'cpu' | undefined {
    // Where others ran beside it, only what it cannot have been is known.
    if (run !== undefined && (run.alone || run.busy < IDLE * run.time)) {
      const before = this.#seen.get(operation) ?? run;
      this.#seen.set(operation, { busy: mix(before.busy, run.busy), time: mix(before.time, run.time) });
    }
    return this.of(operation)?.kind;
  }

  /** @returns undefined for one that has not run */
  of(operation: string): { kind: 'io' | 'cpu'; share: number } | undefined {
    const seen = this.#seen.get(operation);
    if (seen === undefined) return undefined;
    const share = seen.time === 0 ? 0 : Math.min(1, seen.busy / seen.time);
    return { kind: share >= CPU_SHARE && seen.busy >= WORTH_A_THREAD ? 'cpu' : 'io', share };
  }
}

function mix(before: number, newest: number): number {
  return before + NEWEST * (newest - before);
}
