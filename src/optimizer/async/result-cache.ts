import { LRUCache } from 'lru-cache';

/** A copy of a result, apart from what its receivers hold. */
export interface Kept {
  value: unknown;
}

/**
 * Results by key, for some time and in bounds. What is kept is a copy, as `structuredClone` makes it, and so is what is given: no
 * receiver can change another's.
 */
export class ResultCache {
  readonly #kept: LRUCache<string, Kept> | undefined;
  readonly #cleaning: NodeJS.Timeout | undefined;

  /**
   * @param seconds that a result is kept; 0 keeps none
   * @param entries results at most; the one not asked for the longest goes first
   */
  constructor(seconds: number, entries: number) {
    if (seconds === 0 || entries === 0) return;
    const ttl = seconds * 1_000;
    this.#kept = new LRUCache({ max: entries, ttl, perf: { now: () => performance.now() } });
    this.#cleaning = setInterval(() => this.#kept?.purgeStale(), Math.max(1_000, ttl)).unref();
  }

  get size(): number {
    return this.#kept?.size ?? 0;
  }

  /** @returns a copy of what is kept */
  get(key: string): Kept | undefined {
    const kept = this.#kept?.get(key);
    return kept === undefined ? undefined : { value: copyOf(kept.value) };
  }

  set(key: string, kept: Kept): void {
    this.#kept?.set(key, kept);
  }

  close(): void {
    clearInterval(this.#cleaning);
    this.#kept?.clear();
  }
}

/** @returns undefined for what cannot be copied, functions for instance */
export function copyIfPossible(value: unknown): Kept | undefined {
  try {
    return { value: copyOf(value) };
  } catch {
    return undefined;
  }
}

export function copyOf<T>(value: T): T {
  return (typeof value === 'object' && value !== null) || typeof value === 'function' ? structuredClone(value) : value;
}
