import { checkArray, numberOfType } from './arrays.ts';
import type { MpiArrayType } from './arrays.ts';
import type { Comm } from './comm.ts';
import { ACCESSES } from './native.ts';
import type { MpiArray, Native, WindowAddress } from './native.ts';
import { numberOf, SUM } from './operations.ts';
import type { Operation } from './operations.ts';
import { shown, usage } from './runtime.ts';
import type { Runtime } from './runtime.ts';

/** An element of a typed array. */
export type ElementOf<A extends MpiArray> = A extends BigInt64Array | BigUint64Array ? bigint : number;

/** Refuses what cannot be a window, before all ranks meet to make it. */
export function checkWindow(type: MpiArrayType, length: number): void {
  if (numberOfType(type.name) < 0) {
    throw usage('allocateWindow', 'MPI_ERR_TYPE', `type is ${type.name}: give a typed array, such as Float64Array.`);
  }
  if (!Number.isSafeInteger(length) || length < 0) {
    throw usage('allocateWindow', 'MPI_ERR_SIZE', `length is ${shown(length)}: give a whole number from 0.`);
  }
}

/**
 * Memory of each rank of a communicator that the others reach without its doing. Offsets count elements. Between `lock` or
 * `lockAll` and `unlock` or `unlockAll` it can be reached. Calls ending in `Sync` have ended at the target when they
 * return; promises resolve when one's own array is free again, and `flush` waits for the target.
 *
 * @example
 * ```ts
 * const counter = await world.allocateWindow(BigInt64Array, world.rank === 0 ? 1 : 0);
 * counter.lockAll();
 * const ticket = counter.fetchAndOpSync(1n, 0, 0);
 * ```
 */
export class Window<A extends MpiArray = MpiArray> {
  readonly #runtime: Runtime;
  readonly #native: Native;
  readonly #comm: Comm;
  /** Elements of each rank's part: MPI itself would write beyond them. */
  readonly #lengths: Float64Array;
  readonly #type: MpiArrayType<A>;
  readonly #typeNumber: number;
  readonly #value: A;
  readonly #compare: A;
  readonly #result: A;
  /** What may be reached now: MPI itself does not always check. */
  readonly #locked = new Set<number>();
  #lockedAll = false;
  #handle: number;
  /** This rank's own part. Others change it: call `sync` before reading what they wrote. Empty once the window is freed. */
  readonly memory: A;

  /** @internal `Comm.allocateWindow` makes windows. */
  constructor(
    runtime: Runtime,
    comm: Comm,
    {
      handle,
      memory,
      type,
      lengths,
    }: { handle: number; memory: ArrayBuffer; type: MpiArrayType<A>; lengths: Float64Array },
  ) {
    this.#runtime = runtime;
    this.#native = runtime.native;
    this.#comm = comm;
    this.#lengths = lengths;
    this.#handle = handle;
    this.#type = type;
    this.#typeNumber = numberOfType(type.name);
    const { scratch } = runtime.native;
    const view = (at: number): A =>
      new (type as unknown as new (buffer: ArrayBuffer, at: number, length: number) => A)(scratch, at, 1);
    this.#value = view(0);
    this.#compare = view(8);
    this.#result = view(16);
    this.memory = new type(memory);
  }

  /** The part of another rank, of a window that was allocated shared. */
  memoryOf(rank: number): A {
    this.#checkTarget('memoryOf', rank);
    return new this.#type(this.#native.sharedMemory(this.#handle, rank));
  }

  /** Where {@link memoryOf} lies in this process, for another thread of it. @internal */
  addressOf(rank: number): WindowAddress {
    this.#checkTarget('addressOf', rank);
    return this.#native.addressOf(this.#handle, rank);
  }

  /** Begins to reach one rank's part. */
  lock(target: number, { exclusive = false }: { exclusive?: boolean } = {}): void {
    this.#checkTarget('lock', target);
    this.#native.lock(this.#handle, target, exclusive);
    this.#locked.add(target);
  }

  /** Ends it: all that was done there has happened. */
  unlock(target: number): void {
    this.#checkTarget('unlock', target);
    if (!this.#locked.has(target)) this.#refuseUnlocked('unlock', target);
    this.#native.unlock(this.#handle, target);
    this.#locked.delete(target);
  }

  /** Begins to reach all parts, together with the others. */
  lockAll(): void {
    this.#native.lockAll(this.#handle);
    this.#lockedAll = true;
  }

  unlockAll(): void {
    if (!this.#lockedAll) this.#refuseUnlocked('unlockAll', 0);
    this.#native.unlockAll(this.#handle);
    this.#lockedAll = false;
  }

  /** Waits until all that was done at a rank has happened there. */
  flush(target: number): void {
    this.#checkReach('flush', target);
    this.#native.flush(this.#handle, target);
  }

  flushAll(): void {
    this.#native.flushAll(this.#handle);
  }

  /** Makes what this rank wrote into its memory seen by others, and what they wrote by this one. */
  sync(): void {
    this.#native.sync(this.#handle);
  }

  /** Writes an array into the part of a rank. */
  async put(array: A, target: number, offset = 0): Promise<void> {
    await this.#start('put', array, target, offset);
  }

  putSync(array: A, target: number, offset = 0): void {
    this.#access('put', array, target, offset);
  }

  /** Reads from the part of a rank, as many elements as the array has. */
  async get(array: A, target: number, offset = 0): Promise<A> {
    await this.#start('get', array, target, offset);
    return array;
  }

  getSync(array: A, target: number, offset = 0): A {
    this.#access('get', array, target, offset);
    return array;
  }

  /** Makes an array and what is there one, element by element, each indivisibly. */
  async accumulate(array: A, target: number, offset = 0, operation: Operation = SUM): Promise<void> {
    await this.#start('accumulate', array, target, offset, operation);
  }

  accumulateSync(array: A, target: number, offset = 0, operation: Operation = SUM): void {
    this.#access('accumulate', array, target, offset, operation);
  }

  /** Makes a value and an element one, indivisibly. @returns what the element was before */
  async fetchAndOp(
    value: ElementOf<A>,
    target: number,
    offset: number,
    operation: Operation = SUM,
  ): Promise<ElementOf<A>> {
    this.#checkElement('fetchAndOp', target, offset);
    const { progress } = this.#runtime;
    this.#value[0] = value;
    const op = numberOf(operation);
    const slot = this.#native.startFetchAndOp(this.#handle, this.#typeNumber, target, offset, op, progress.look);
    if (slot < 0) return this.#result[0] as ElementOf<A>;
    await progress.ended(slot, 'fetchAndOp', { brings: true });
    this.#native.takeElement(slot);
    return this.#result[0] as ElementOf<A>;
  }

  fetchAndOpSync(value: ElementOf<A>, target: number, offset: number, operation: Operation = SUM): ElementOf<A> {
    this.#checkElement('fetchAndOp', target, offset);
    this.#value[0] = value;
    this.#native.fetchAndOp(this.#handle, this.#typeNumber, target, offset, numberOf(operation));
    return this.#result[0] as ElementOf<A>;
  }

  /** Replaces an element if it is what is expected, indivisibly. @returns what it was before */
  compareAndSwapSync(expected: ElementOf<A>, value: ElementOf<A>, target: number, offset: number): ElementOf<A> {
    this.#checkElement('compareAndSwap', target, offset);
    this.#value[0] = value;
    this.#compare[0] = expected;
    this.#native.compareAndSwap(this.#handle, this.#typeNumber, target, offset);
    return this.#result[0] as ElementOf<A>;
  }

  /** Zeroes this rank's own part; pages of shared memory are given back. Nobody may reach it meanwhile. @internal */
  clear(): void {
    this.#native.clearWindow(this.#handle);
  }

  /** Gives the memory back. All ranks must; afterwards every call fails, and `memory` is empty. */
  async free(): Promise<void> {
    await this.#comm.barrier();
    this.#native.freeWindow(this.#handle);
    this.#handle = -1;
  }

  async #start(
    kind: keyof typeof ACCESSES,
    array: A,
    target: number,
    offset: number,
    operation: Operation = SUM,
  ): Promise<void> {
    this.#check(kind, array, target, offset);
    const { progress } = this.#runtime;
    const op = numberOf(operation);
    const slot = this.#native.access(this.#handle, ACCESSES[kind], array, target, offset, op, true, progress.look)!;
    if (slot >= 0) await progress.ended(slot, kind, { memory: [array] });
  }

  #access(kind: keyof typeof ACCESSES, array: A, target: number, offset: number, operation: Operation = SUM): void {
    this.#check(kind, array, target, offset);
    this.#native.access(this.#handle, ACCESSES[kind], array, target, offset, numberOf(operation), false, 0);
  }

  #check(operation: string, array: A, target: number, offset: number): void {
    checkArray(operation, array);
    if (!(array instanceof this.#type)) {
      const text = `array is a ${array.constructor.name}, and the window holds a ${this.#type.name}: take the same.`;
      throw usage(operation, 'MPI_ERR_TYPE', text);
    }
    this.#checkElement(operation, target, offset, array.length);
  }

  #checkElement(operation: string, target: number, offset: number, count = 1): void {
    this.#checkReach(operation, target);
    const length = this.#lengths[target]!;
    if (Number.isSafeInteger(offset) && offset >= 0 && offset + count <= length) return;
    throw usage(
      operation,
      'MPI_ERR_RMA_RANGE',
      `offset is ${shown(offset)} for ${count} elements, and the part of rank ${target} has ${length}: stay within it.`,
    );
  }

  #checkReach(operation: string, target: number): void {
    this.#checkTarget(operation, target);
    if (this.#handle >= 0 && !this.#lockedAll && !this.#locked.has(target)) this.#refuseUnlocked(operation, target);
  }

  #refuseUnlocked(operation: string, target: number): never {
    const text = `The part of rank ${target} is not locked: call lock(${target}) or lockAll() before, and unlock after.`;
    throw usage(operation, 'MPI_ERR_RMA_SYNC', text);
  }

  #checkTarget(operation: string, target: number): void {
    if (Number.isInteger(target) && target >= 0 && target < this.#comm.size) return;
    throw usage(operation, 'MPI_ERR_RANK', `target is ${shown(target)}: give a rank from 0 to ${this.#comm.size - 1}.`);
  }
}
