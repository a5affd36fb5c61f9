import { LRUCache } from 'lru-cache';

/** Operations that are remembered. */
const OPERATIONS = 10_000;
/** How much the newest run counts. */
const NEWEST = 0.3;
/** Share of its time from which on an operation is one of the processor. */
const CPU_SHARE = 0.5;
/** Milliseconds of processor time below which a thread is not worth the way to it. */
const WORTH_A_THREAD = 5;

/** Part of the processor time that others may have had beside an operation that counts as alone. */
const ALONE = 0.1;
/** Part of its time in which the thread was busy, below which no operation can have kept it busy. */
const IDLE = 0.25;

/** Processor time of one run. Milliseconds. */
export interface ProcessorUse {
  /** What it took, as far as that can be told. */
  cpu: number;
  /** What it can have taken at most. */
  most: number;
  time: number;
}

/** What operations turned out to be when they ran. */
export class ObservedKinds {
  readonly #seen = new LRUCache<string, { cpu: number; time: number }>({ max: OPERATIONS });

  /** @returns what it is, as far as is known by now */
  learn(operation: string, use: ProcessorUse | undefined): 'io' | 'cpu' | undefined {
    if (use !== undefined) {
      const { cpu, most, time } = use;
      // Where others ran beside it, only what it cannot have been is known.
      if (most - cpu <= most * ALONE || most < time * IDLE) this.#ran(operation, cpu, time);
    }
    return this.of(operation)?.kind;
  }

  #ran(operation: string, cpu: number, time: number): void {
    const before = this.#seen.get(operation) ?? { cpu, time };
    this.#seen.set(operation, { cpu: mix(before.cpu, cpu), time: mix(before.time, time) });
  }

  /** @returns undefined for one that has not run */
  of(operation: string): { kind: 'io' | 'cpu'; share: number } | undefined {
    const seen = this.#seen.get(operation);
    if (seen === undefined) return undefined;
    const share = seen.time === 0 ? 0 : Math.min(1, seen.cpu / seen.time);
    return { kind: share >= CPU_SHARE && seen.cpu >= WORTH_A_THREAD ? 'cpu' : 'io', share };
  }
}

function mix(before: number, newest: number): number {
  return before + NEWEST * (newest - before);
}
