import type { OperationCost } from '../cost/cost-optimizer.ts';
import { byTime, COUNTED, KEPT, observe } from './history.ts';
import type { Observed, PerformanceHistory, PerformanceRecord } from './history.ts';
import type { PerformanceMetrics } from './metrics.ts';

/** How one operation went: a record of the history, with what analytics draw beside. */
export interface OperationRecord extends PerformanceRecord {
  component?: PerformanceMetrics['component'];
  /** Milliseconds. */
  queueWait?: number;
  processing?: number;
  efficiency?: number;
  cost?: OperationCost;
  cached?: boolean;
  /** The name of the error that it failed with. */
  error?: string;
}

/** Milliseconds for which what other processes added is not looked at again. */
const FRESH = 10_000;

/** How operations of this process, and of others with the same history, went. */
export class Records {
  readonly #history: PerformanceHistory | undefined;
  readonly #byType = new Map<string, OperationRecord[]>();
  readonly #readAt = new Map<string, number>();
  /** What is still to be written, by task type. */
  readonly #unwritten = new Map<string, OperationRecord[]>();
  #writing: Promise<void> | undefined;
  #failure: string | undefined;

  constructor(history: PerformanceHistory | undefined) {
    this.#history = history;
  }

  /** Keeps a record, and writes it to the history in the background. */
  add(record: OperationRecord): void {
    push(this.#byType, record);
    if (this.#history === undefined) return;
    push(this.#unwritten, record);
    this.#writing ??= this.#write(this.#history).finally(() => (this.#writing = undefined));
  }

  /** What the newest records of a task type come to, over restarts. */
  async observe(taskType: string): Promise<Observed> {
    await this.#read(taskType);
    return observe((this.#byType.get(taskType) ?? []).slice(-COUNTED));
  }

  /** All that are kept, those of one task type in their order. */
  get all(): OperationRecord[] {
    return [...this.#byType.values()].flat();
  }

  /** What the history still lacks, and why the last record was not written. */
  get status(): { unwritten: number; failure?: string } {
    let unwritten = 0;
    for (const records of this.#unwritten.values()) unwritten += records.length;
    return { unwritten, ...(this.#failure === undefined ? {} : { failure: this.#failure }) };
  }

  /** Resolves when the history has all, or could not take it. */
  async flush(): Promise<void> {
    await this.#writing;
    // Once more, for what failed before.
    if (this.#history !== undefined && this.#unwritten.size > 0) await this.#write(this.#history);
  }

  async #read(taskType: string): Promise<void> {
    const readAt = this.#readAt.get(taskType) ?? -Infinity;
    if (this.#history === undefined || performance.now() - readAt < FRESH) return;
    this.#readAt.set(taskType, performance.now());
    try {
      const known = this.#byType.get(taskType) ?? [];
      const ids = new Set(known.map(({ id }) => id));
      const others = (await this.#history.records(taskType)).filter(({ id }) => !ids.has(id));
      const merged = [...others, ...(this.#byType.get(taskType) ?? [])];
      this.#byType.set(taskType, merged.sort(byTime).slice(-KEPT));
    } catch (error) {
      this.#failure = (error as Error).message;
    }
  }

  /** One after the other: the history keeps count of what it has. */
  async #write(history: PerformanceHistory): Promise<void> {
    for (;;) {
      const next = this.#unwritten.values().next().value;
      if (next === undefined) return;
      const [record] = next;
      try {
        await history.add(record!);
        this.#failure = undefined;
      } catch (error) {
        // It stays for the next time: what cannot be kept holds nobody up.
        this.#failure = (error as Error).message;
        return;
      }
      // It may have gone meanwhile, for newer ones.
      if (next[0] === record) next.shift();
      if (next.length === 0) this.#unwritten.delete(record!.taskType);
    }
  }
}

function push(records: Map<string, OperationRecord[]>, record: OperationRecord): void {
  const own = records.get(record.taskType);
  if (own === undefined) records.set(record.taskType, [record]);
  else {
    own.push(record);
    // Now and then, so that it costs little.
    if (own.length >= 2 * KEPT) own.splice(0, own.length - KEPT);
  }
}
