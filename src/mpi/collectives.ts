import { checkArray } from './arrays.ts';
import { gathering, gatheringAll, reduction, scattering } from './collective-arrays.ts';
import type { Reducible, Widened } from './collective-arrays.ts';
import { Messages } from './messages.ts';
import type { MpiArray } from './native.ts';
import { SUM } from './operations.ts';
import type { Operation } from './operations.ts';
import type { Runtime } from './runtime.ts';
import { ValueCollectives } from './value-collectives.ts';

/** What all ranks of a communicator do together. */
export class Collectives extends Messages {
  readonly #values: ValueCollectives;

  /** @internal */
  constructor(runtime: Runtime, handle: number) {
    super(runtime, handle);
    this.#values = new ValueCollectives(this.rank, this.size, {
      promised: (kind, from, into, counts, root) => this.start(kind, from, into, counts, root),
      blocking: (kind, from, into, counts, root) => this.wait(kind, from, into, counts, root),
    });
  }

  /** Resolves when all ranks have come here. */
  async barrier(): Promise<void> {
    await this.inTurn(() => this.start('barrier', null, null, null, 0));
  }

  barrierSync(): void {
    this.wait('barrier', null, null, null, 0);
  }

  /** Gives the root's value to all; what others pass does not count. */
  async bcast<T>(value: T, root = 0): Promise<T> {
    this.checkRank('bcast', 'root', root);
    return this.inTurn(() => this.#values.bcast(value, root));
  }

  bcastSync<T>(value: T, root = 0): T {
    this.checkRank('bcast', 'root', root);
    return this.#values.bcastSync(value, root);
  }

  /** Fills the arrays of all with the root's. */
  async bcastInto<A extends MpiArray>(array: A, root = 0): Promise<A> {
    this.checkRank('bcastInto', 'root', root);
    checkArray('bcastInto', array);
    await this.inTurn(() => this.start('bcast', null, array, null, root));
    return array;
  }

  bcastIntoSync<A extends MpiArray>(array: A, root = 0): A {
    this.checkRank('bcastInto', 'root', root);
    checkArray('bcastInto', array);
    this.wait('bcast', null, array, null, root);
    return array;
  }

  /** Makes the values of all one, element by element. @returns it at the root, undefined elsewhere */
  async reduce<T extends Reducible>(value: T, operation: Operation = SUM, root = 0): Promise<Widened<T> | undefined> {
    this.checkRank('reduce', 'root', root);
    const { from, into, result } = reduction('reduce', value, operation);
    const atRoot = this.rank === root;
    await this.inTurn(() => this.start('reduce', from, atRoot ? into : null, null, root, operation));
    return atRoot ? result() : undefined;
  }

  reduceSync<T extends Reducible>(value: T, operation: Operation = SUM, root = 0): Widened<T> | undefined {
    this.checkRank('reduce', 'root', root);
    const { from, into, result } = reduction('reduce', value, operation);
    const atRoot = this.rank === root;
    this.wait('reduce', from, atRoot ? into : null, null, root, operation);
    return atRoot ? result() : undefined;
  }

  /** Makes the values of all one, element by element, and gives it to all. */
  async allreduce<T extends Reducible>(value: T, operation: Operation = SUM): Promise<Widened<T>> {
    const { from, into, result } = reduction('allreduce', value, operation);
    await this.inTurn(() => this.start('allreduce', from, into, null, 0, operation));
    return result();
  }

  allreduceSync<T extends Reducible>(value: T, operation: Operation = SUM): Widened<T> {
    const { from, into, result } = reduction('allreduce', value, operation);
    this.wait('allreduce', from, into, null, 0, operation);
    return result();
  }

  /** Gives each rank its value of the root's list, which has one for each; what others pass does not count. */
  async scatter<T>(values: readonly T[] | undefined, root = 0): Promise<T> {
    this.checkRank('scatter', 'root', root);
    return this.inTurn(() => this.#values.scatter(values, root));
  }

  scatterSync<T>(values: readonly T[] | undefined, root = 0): T {
    this.checkRank('scatter', 'root', root);
    return this.#values.scatterSync(values, root);
  }

  /** Gives each rank its part of the root's array: as many elements as the rank's own array has, or as `counts` says. */
  async scatterInto<A extends MpiArray>(
    from: A | undefined,
    into: A,
    root = 0,
    { counts }: { counts?: readonly number[] } = {},
  ): Promise<A> {
    this.checkRank('scatterInto', 'root', root);
    const call = scattering(this, from, into, root, counts);
    await this.inTurn(() => this.start(...call));
    return into;
  }

  scatterIntoSync<A extends MpiArray>(
    from: A | undefined,
    into: A,
    root = 0,
    { counts }: { counts?: readonly number[] } = {},
  ): A {
    this.checkRank('scatterInto', 'root', root);
    this.wait(...scattering(this, from, into, root, counts));
    return into;
  }

  /** Collects the values of all, in the order of ranks. @returns them at the root, undefined elsewhere */
  async gather<T>(value: T, root = 0): Promise<T[] | undefined> {
    this.checkRank('gather', 'root', root);
    return this.inTurn(() => this.#values.gather(value, root));
  }

  gatherSync<T>(value: T, root = 0): T[] | undefined {
    this.checkRank('gather', 'root', root);
    return this.#values.gatherSync(value, root);
  }

  /** Lays the arrays of all one after the other into the root's: equally long ones, or as long as `counts` says. */
  async gatherInto<A extends MpiArray>(
    from: A,
    into: A | undefined,
    root = 0,
    { counts }: { counts?: readonly number[] } = {},
  ): Promise<A | undefined> {
    this.checkRank('gatherInto', 'root', root);
    const call = gathering(this, from, into, root, counts);
    await this.inTurn(() => this.start(...call));
    return this.rank === root ? into : undefined;
  }

  gatherIntoSync<A extends MpiArray>(
    from: A,
    into: A | undefined,
    root = 0,
    { counts }: { counts?: readonly number[] } = {},
  ): A | undefined {
    this.checkRank('gatherInto', 'root', root);
    this.wait(...gathering(this, from, into, root, counts));
    return this.rank === root ? into : undefined;
  }

  /** Collects the values of all, in the order of ranks, at all. */
  async allgather<T>(value: T): Promise<T[]> {
    return this.inTurn(() => this.#values.allgather(value));
  }

  allgatherSync<T>(value: T): T[] {
    return this.#values.allgatherSync(value);
  }

  /** Lays the arrays of all one after the other into those of all: equally long ones, or as long as `counts` says. */
  async allgatherInto<A extends MpiArray>(
    from: A,
    into: A,
    { counts }: { counts?: readonly number[] } = {},
  ): Promise<A> {
    const call = gatheringAll(this, from, into, counts);
    await this.inTurn(() => this.start(...call));
    return into;
  }

  allgatherIntoSync<A extends MpiArray>(from: A, into: A, { counts }: { counts?: readonly number[] } = {}): A {
    this.wait(...gatheringAll(this, from, into, counts));
    return into;
  }
}
