import type { WorkerMetrics } from './metrics.ts';

/** What is counted of a worker, in this order. */
const FIELDS = ['tasks', 'stealsTried', 'steals', 'busy', 'idle', 'waiting'] as const satisfies (keyof WorkerMetrics)[];
type Field = (typeof FIELDS)[number];
const PLACES = Object.fromEntries(FIELDS.map((field, place) => [field, place])) as Record<Field, number>;
/** Places of a worker's figures, so that no two workers share a cache line. */
const STRIDE = 16;

/** The workers' figures in shared memory: each adds to its own, and anyone reads them while they work. */
export class Figures {
  readonly buffer: SharedArrayBuffer;
  readonly #values: Float64Array;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#values = new Float64Array(buffer);
  }

  static create(workers: number): Figures {
    return new Figures(new SharedArrayBuffer(workers * STRIDE * 8));
  }

  add(worker: number, field: Field, amount: number): void {
    const place = worker * STRIDE + PLACES[field];
    this.#values[place] = this.#values[place]! + amount;
  }

  reset(): void {
    this.#values.fill(0);
  }

  get workers(): WorkerMetrics[] {
    return Array.from({ length: this.#values.length / STRIDE }, (_, worker) => {
      const value = (field: Field): number => this.#values[worker * STRIDE + PLACES[field]]!;
      return Object.fromEntries(FIELDS.map((field) => [field, value(field)])) as unknown as WorkerMetrics;
    });
  }
}
