import { COLLECTIVES } from './native.ts';
import type { MpiArray, Native } from './native.ts';
import { ANY_SOURCE, ANY_TAG, numberOf } from './operations.ts';
import type { Operation } from './operations.ts';
import { shown, usage } from './runtime.ts';
import type { Runtime } from './runtime.ts';

/** What messages and collectives of a communicator rest on: its handle, the order of its collectives, and checks. */
export class Endpoint {
  /** @internal */
  protected readonly runtime: Runtime;
  /** @internal */
  protected readonly native: Native;
  /** @internal -1 once it is freed */
  protected handle: number;
  /** This rank's number in the communicator. */
  readonly rank: number;
  /** Ranks in it. */
  readonly size: number;
  /** The collective that the next one has to wait for: all ranks must begin them in one order. */
  #last: Promise<unknown> | undefined;

  /** @internal */
  constructor(runtime: Runtime, handle: number) {
    this.runtime = runtime;
    this.native = runtime.native;
    this.handle = handle;
    this.rank = this.native.rank(handle);
    this.size = this.native.size(handle);
  }

  /** @internal Runs a collective after those that were called before it. */
  protected inTurn<T>(run: () => Promise<T>): Promise<T> {
    const own = this.#last === undefined ? run() : this.#last.then(run);
    const settled = own.then(ignore, ignore).then(() => {
      if (this.#last === settled) this.#last = undefined;
    });
    this.#last = settled;
    return own;
  }

  /** @internal */
  protected async start(
    kind: keyof typeof COLLECTIVES,
    from: MpiArray | null,
    into: MpiArray | null,
    counts: Int32Array | null,
    root: number,
    operation?: Operation,
  ): Promise<void> {
    const { progress } = this.runtime;
    const op = operation === undefined ? -1 : numberOf(operation);
    const number = COLLECTIVES[kind];
    const slot = this.native.collective(this.handle, number, from, into, counts, root, op, false, progress.look)!;
    if (slot >= 0) await progress.ended(slot, kind, { memory: [from, into] });
    else progress.endedAtOnce();
  }

  /** @internal */
  protected wait(
    kind: keyof typeof COLLECTIVES,
    from: MpiArray | null,
    into: MpiArray | null,
    counts: Int32Array | null,
    root: number,
    operation?: Operation,
  ): void {
    this.checkIdle(kind);
    const op = operation === undefined ? -1 : numberOf(operation);
    this.native.collective(this.handle, COLLECTIVES[kind], from, into, counts, root, op, true, 0);
  }

  /** @internal */
  protected checkIdle(operation: string): void {
    if (this.#last === undefined) return;
    const text = 'A promised collective is under way on this communicator: await it before one that blocks.';
    throw usage(operation, 'MPI_ERR_PENDING', text);
  }

  /** @internal */
  protected checkMessage(operation: string, name: string, rank: number, tag: number): void {
    this.checkRank(operation, name, rank);
    if (Number.isInteger(tag) && tag >= 0 && tag <= this.runtime.facts.tagUpperBound) return;
    const text = `tag is ${shown(tag)}: give a whole number from 0 to ${this.runtime.facts.tagUpperBound}.`;
    throw usage(operation, 'MPI_ERR_TAG', text);
  }

  /** @internal */
  protected checkSource(operation: string, source: number, tag: number): void {
    this.checkMessage(operation, 'source', source === ANY_SOURCE ? 0 : source, tag === ANY_TAG ? 0 : tag);
  }

  /** @internal */
  protected checkRank(operation: string, name: string, rank: number): void {
    if (Number.isInteger(rank) && rank >= 0 && rank < this.size) return;
    throw usage(
      operation,
      name === 'root' ? 'MPI_ERR_ROOT' : 'MPI_ERR_RANK',
      `${name} is ${shown(rank)}: give a rank from 0 to ${this.size - 1}.`,
    );
  }
}

export function ignore(): void {
  // Whoever called it is told.
}
