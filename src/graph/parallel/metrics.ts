import { metrics } from '@opentelemetry/api';
import type { GraphBackEnd } from '../../domain/run.ts';
import { Amounts } from '../../telemetry/amounts.ts';
import type { Operation } from './operation.ts';

/** What a back end's operations took, since the process began. Times in milliseconds. */
export interface GraphOperationMetrics {
  backEnd: GraphBackEnd;
  operations: number;
  failed: number;
  /** Waited for a slot, on average and at most. */
  queueWait: { mean: number; most: number };
  /** From a slot to the result, on average and at most. */
  execution: { mean: number; most: number };
  /** Changes a written batch had, on average and at most. */
  batchSize: { mean: number; most: number };
  /** Work ÷ (time × slots), over the time in which there was any work; 0 before the first. */
  parallelEfficiency: number;
  /** Reads that were answered without an operation: from the cache, or together with an equal one in flight. */
  cacheHits: number;
  /** Failures that are worth another attempt: deadlocks, new leaders, servers that were away. */
  retries: number;
}

/** Adds up what a back end's operations took, and hands it to OpenTelemetry, where the process exports metrics. */
export class GraphOperationMeter {
  readonly #backEnd: GraphBackEnd;
  readonly #slots: number;
  readonly #queueWait = new Amounts();
  readonly #execution = new Amounts();
  readonly #batchSize = new Amounts();
  readonly #instruments = instrumentsOf();
  #operations = 0;
  #failed = 0;
  #cacheHits = 0;
  #retries = 0;
  #active = 0;
  #since = 0;
  #busy = 0;

  /** @param slots operations at once, at most */
  constructor(backEnd: GraphBackEnd, slots: number) {
    this.#backEnd = backEnd;
    this.#slots = slots;
  }

  /**
   * An operation has its slot.
   *
   * @param queuedAt when it was asked for, by `performance.now()`
   * @returns what is to be called once when it has ended
   */
  began(operation: Operation, queuedAt: number): (how?: { failed: boolean }) => void {
    const started = performance.now();
    const attributes = { 'kgot.graph': this.#backEnd, ...operation };
    this.#operations += 1;
    this.#queueWait.add(started - queuedAt);
    this.#instruments.queueWait.record(started - queuedAt, attributes);
    if (this.#active === 0) this.#since = started;
    this.#active += 1;
    return ({ failed } = { failed: false }) => {
      const ended = performance.now();
      if (failed) this.#failed += 1;
      this.#execution.add(ended - started);
      this.#instruments.execution.record(ended - started, attributes);
      this.#active -= 1;
      if (this.#active === 0) this.#busy += ended - this.#since;
    };
  }

  batch(changes: number): void {
    this.#batchSize.add(changes);
    this.#instruments.batchSize.record(changes, { 'kgot.graph': this.#backEnd });
  }

  cacheHit(): void {
    this.#cacheHits += 1;
    this.#instruments.cacheHits.add(1, { 'kgot.graph': this.#backEnd });
  }

  retry(): void {
    this.#retries += 1;
    this.#instruments.retries.add(1, { 'kgot.graph': this.#backEnd });
  }

  get values(): GraphOperationMetrics {
    const time = this.#busy + (this.#active > 0 ? performance.now() - this.#since : 0);
    return {
      backEnd: this.#backEnd,
      operations: this.#operations,
      failed: this.#failed,
      queueWait: this.#queueWait.values,
      execution: this.#execution.values,
      batchSize: this.#batchSize.values,
      parallelEfficiency: time === 0 ? 0 : this.#execution.sum / (time * this.#slots),
      cacheHits: this.#cacheHits,
      retries: this.#retries,
    };
  }
}

function instrumentsOf() {
  const meter = metrics.getMeter('kgot');
  return {
    queueWait: meter.createHistogram('kgot.graph.queue_wait', { unit: 'ms' }),
    execution: meter.createHistogram('kgot.graph.execution', { unit: 'ms' }),
    batchSize: meter.createHistogram('kgot.graph.batch_size', { unit: '{change}' }),
    cacheHits: meter.createCounter('kgot.graph.cache_hits'),
    retries: meter.createCounter('kgot.graph.retries'),
  };
}
