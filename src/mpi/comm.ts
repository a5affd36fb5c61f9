import { checkArray, checkLength, checkSameType, isArray } from './arrays.ts';
import type { MpiArrayType } from './arrays.ts';
import { COLLECTIVES } from './native.ts';
import type { MpiArray, Native } from './native.ts';
import { ANY_SOURCE, ANY_TAG, numberOf, OPERATIONS, SUM } from './operations.ts';
import type { Operation } from './operations.ts';
import { shown, usage } from './runtime.ts';
import type { Runtime, Status } from './runtime.ts';
import { deserialize, serialize } from './values.ts';
import { ValueCollectives } from './value-collectives.ts';
import { checkWindow, Window } from './window.ts';

/** A value that was received. */
export interface Message<T = unknown> extends Status {
  /** What was sent; of a typed array, its bytes. */
  value: T;
}

/** How an array was filled. */
export interface Filled extends Status {
  /** Elements that were received. */
  count: number;
}

export interface Waiting {
  /** Gives up waiting: the promise rejects with its reason. What has been matched by then is received all the same. */
  signal?: AbortSignal;
}

/** Numbers of reductions: a number is added as a double, a bigint as an integer of 64 bits. */
export type Reducible = number | bigint | MpiArray;

/**
 * A communicator: ranks that talk among themselves. Methods return promises, and their namesakes ending in `Sync` block.
 *
 * @example
 * ```ts
 * await world.send({ hello: 'rank 1' }, 1);
 * const { value, source } = await world.recv();
 * ```
 */
export class Comm {
  readonly #runtime: Runtime;
  readonly #native: Native;
  readonly #values: ValueCollectives;
  #handle: number;
  /** This rank's number in the communicator. */
  readonly rank: number;
  /** Ranks in it. */
  readonly size: number;
  /** The collective that the next one has to wait for: all ranks must begin them in one order. */
  #last: Promise<unknown> | undefined;
  /** Receives and probes under way. */
  #looking = 0;

  /** @internal Communicators come from `initialize`, `split`, `dup` and `shrink`. */
  constructor(runtime: Runtime, handle: number) {
    this.#runtime = runtime;
    this.#native = runtime.native;
    this.#handle = handle;
    this.rank = this.#native.rank(handle);
    this.size = this.#native.size(handle);
    this.#values = new ValueCollectives(this.rank, this.size, {
      promised: (kind, from, into, counts, root) => this.#start(kind, from, into, counts, root),
      blocking: (kind, from, into, counts, root) => this.#wait(kind, from, into, counts, root),
    });
  }

  // Messages

  /** Sends a typed array as it is, without a copy, and any other value as `structuredClone` copies it. */
  async send(value: unknown, dest: number, tag = 0): Promise<void> {
    this.#checkMessage('send', 'dest', dest, tag);
    const array = isArray(value) ? value : serialize('send', value);
    checkArray('send', array, 'value');
    const { progress } = this.#runtime;
    const slot = this.#native.startSend(this.#handle, array, dest, tag, 0);
    if (slot >= 0) await progress.ended(slot, 'send', { memory: [array] });
  }

  sendSync(value: unknown, dest: number, tag = 0): void {
    this.#checkMessage('send', 'dest', dest, tag);
    this.#native.send(this.#handle, isArray(value) ? value : serialize('send', value), dest, tag);
  }

  /** Receives a value, whatever its length. */
  async recv<T = unknown>(source = ANY_SOURCE, tag = ANY_TAG, { signal }: Waiting = {}): Promise<Message<T>> {
    this.#checkSource('recv', source, tag);
    signal?.throwIfAborted();
    const { progress } = this.#runtime;
    const slot = this.#native.startReceive(this.#handle, source, tag, progress.look);
    let status: Status;
    if (this.#runtime.done) {
      progress.endedAtOnce();
      status = this.#runtime.status();
    } else {
      const { source, tag, bytes } = await this.#lookedFor(progress.ended(slot, 'recv', { brings: true, signal }));
      status = { source, tag, bytes };
    }
    return { value: deserialize(new Uint8Array(this.#native.takeMessage(slot))) as T, ...status };
  }

  recvSync<T = unknown>(source = ANY_SOURCE, tag = ANY_TAG): Message<T> {
    this.#checkSource('recv', source, tag);
    const memory = this.#native.receive(this.#handle, source, tag);
    const status = this.#runtime.status();
    return { value: deserialize(new Uint8Array(memory)) as T, ...status };
  }

  /** Receives a typed array of the same type into one's own, without a copy. It may be longer than what comes. */
  async recvInto(array: MpiArray, source = ANY_SOURCE, tag = ANY_TAG, { signal }: Waiting = {}): Promise<Filled> {
    this.#checkSource('recvInto', source, tag);
    checkArray('recvInto', array);
    signal?.throwIfAborted();
    const { progress } = this.#runtime;
    const slot = this.#native.startReceiveInto(this.#handle, array, source, tag, progress.look);
    if (slot < 0) {
      progress.endedAtOnce();
      return this.#filled(array, this.#runtime.status());
    }
    const ended = await progress.ended(slot, 'recvInto', { memory: [array], signal });
    if (array.length === 0 && ended.bytes > 0) {
      throw usage(
        'recvInto',
        'MPI_ERR_BUFFER',
        'The array was transferred while it was received into: keep it until then.',
      );
    }
    return this.#filled(array, { source: ended.source, tag: ended.tag, bytes: ended.bytes });
  }

  recvIntoSync(array: MpiArray, source = ANY_SOURCE, tag = ANY_TAG): Filled {
    this.#checkSource('recvInto', source, tag);
    this.#native.receiveInto(this.#handle, array, source, tag);
    return this.#filled(array, this.#runtime.status());
  }

  /** Resolves when a message can be received, and leaves it where it is. */
  async probe(source = ANY_SOURCE, tag = ANY_TAG, { signal }: Waiting = {}): Promise<Status> {
    this.#checkSource('probe', source, tag);
    signal?.throwIfAborted();
    const { progress } = this.#runtime;
    const slot = this.#native.startProbe(this.#handle, source, tag, progress.look);
    if (this.#runtime.done) {
      progress.endedAtOnce();
      return this.#runtime.status();
    }
    const ended = await this.#lookedFor(progress.ended(slot, 'probe', { signal }));
    return { source: ended.source, tag: ended.tag, bytes: ended.bytes };
  }

  probeSync(source = ANY_SOURCE, tag = ANY_TAG): Status {
    this.#checkSource('probe', source, tag);
    this.#native.probe(this.#handle, source, tag, true);
    return this.#runtime.status();
  }

  /** The message that can be received now, if there is one. */
  iprobe(source = ANY_SOURCE, tag = ANY_TAG): Status | undefined {
    this.#checkSource('iprobe', source, tag);
    return this.#native.probe(this.#handle, source, tag, false) ? this.#runtime.status() : undefined;
  }

  // Collectives

  /** Resolves when all ranks have come here. */
  async barrier(): Promise<void> {
    await this.#inTurn(() => this.#start('barrier', null, null, null, 0));
  }

  barrierSync(): void {
    this.#wait('barrier', null, null, null, 0);
  }

  /** Gives the root's value to all; what others pass does not count. */
  async bcast<T>(value: T, root = 0): Promise<T> {
    this.#checkRank('bcast', 'root', root);
    return this.#inTurn(() => this.#values.bcast(value, root));
  }

  bcastSync<T>(value: T, root = 0): T {
    this.#checkRank('bcast', 'root', root);
    return this.#values.bcastSync(value, root);
  }

  /** Fills the arrays of all with the root's. */
  async bcastInto<A extends MpiArray>(array: A, root = 0): Promise<A> {
    this.#checkRank('bcastInto', 'root', root);
    checkArray('bcastInto', array);
    await this.#inTurn(() => this.#start('bcast', null, array, null, root));
    return array;
  }

  bcastIntoSync<A extends MpiArray>(array: A, root = 0): A {
    this.#checkRank('bcastInto', 'root', root);
    checkArray('bcastInto', array);
    this.#wait('bcast', null, array, null, root);
    return array;
  }

  /** Makes the values of all one, element by element. @returns it at the root, undefined elsewhere */
  async reduce<T extends Reducible>(value: T, operation: Operation = SUM, root = 0): Promise<Widened<T> | undefined> {
    this.#checkRank('reduce', 'root', root);
    const { from, into, result } = this.#reduction('reduce', value, operation);
    const atRoot = this.rank === root;
    await this.#inTurn(() => this.#start('reduce', from, atRoot ? into : null, null, root, operation));
    return atRoot ? result() : undefined;
  }

  reduceSync<T extends Reducible>(value: T, operation: Operation = SUM, root = 0): Widened<T> | undefined {
    this.#checkRank('reduce', 'root', root);
    const { from, into, result } = this.#reduction('reduce', value, operation);
    const atRoot = this.rank === root;
    this.#wait('reduce', from, atRoot ? into : null, null, root, operation);
    return atRoot ? result() : undefined;
  }

  /** Makes the values of all one, element by element, and gives it to all. */
  async allreduce<T extends Reducible>(value: T, operation: Operation = SUM): Promise<Widened<T>> {
    const { from, into, result } = this.#reduction('allreduce', value, operation);
    await this.#inTurn(() => this.#start('allreduce', from, into, null, 0, operation));
    return result();
  }

  allreduceSync<T extends Reducible>(value: T, operation: Operation = SUM): Widened<T> {
    const { from, into, result } = this.#reduction('allreduce', value, operation);
    this.#wait('allreduce', from, into, null, 0, operation);
    return result();
  }

  /** Gives each rank its value of the root's list, which has one for each; what others pass does not count. */
  async scatter<T>(values: readonly T[] | undefined, root = 0): Promise<T> {
    this.#checkRank('scatter', 'root', root);
    return this.#inTurn(() => this.#values.scatter(values, root));
  }

  scatterSync<T>(values: readonly T[] | undefined, root = 0): T {
    this.#checkRank('scatter', 'root', root);
    return this.#values.scatterSync(values, root);
  }

  /** Gives each rank its part of the root's array: as many elements as the rank's own array has, or as `counts` says. */
  async scatterInto<A extends MpiArray>(
    from: A | undefined,
    into: A,
    root = 0,
    { counts }: { counts?: readonly number[] } = {},
  ): Promise<A> {
    const call = this.#scattering(from, into, root, counts);
    await this.#inTurn(() => this.#start(...call));
    return into;
  }

  scatterIntoSync<A extends MpiArray>(
    from: A | undefined,
    into: A,
    root = 0,
    { counts }: { counts?: readonly number[] } = {},
  ): A {
    this.#wait(...this.#scattering(from, into, root, counts));
    return into;
  }

  /** Collects the values of all, in the order of ranks. @returns them at the root, undefined elsewhere */
  async gather<T>(value: T, root = 0): Promise<T[] | undefined> {
    this.#checkRank('gather', 'root', root);
    return this.#inTurn(() => this.#values.gather(value, root));
  }

  gatherSync<T>(value: T, root = 0): T[] | undefined {
    this.#checkRank('gather', 'root', root);
    return this.#values.gatherSync(value, root);
  }

  /** Lays the arrays of all one after the other into the root's: equally long ones, or as long as `counts` says. */
  async gatherInto<A extends MpiArray>(
    from: A,
    into: A | undefined,
    root = 0,
    { counts }: { counts?: readonly number[] } = {},
  ): Promise<A | undefined> {
    const call = this.#gathering(from, into, root, counts);
    await this.#inTurn(() => this.#start(...call));
    return this.rank === root ? into : undefined;
  }

  gatherIntoSync<A extends MpiArray>(
    from: A,
    into: A | undefined,
    root = 0,
    { counts }: { counts?: readonly number[] } = {},
  ): A | undefined {
    this.#wait(...this.#gathering(from, into, root, counts));
    return this.rank === root ? into : undefined;
  }

  /** Collects the values of all, in the order of ranks, at all. */
  async allgather<T>(value: T): Promise<T[]> {
    return this.#inTurn(() => this.#values.allgather(value));
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
    const call = this.#gatheringAll(from, into, counts);
    await this.#inTurn(() => this.#start(...call));
    return into;
  }

  allgatherIntoSync<A extends MpiArray>(from: A, into: A, { counts }: { counts?: readonly number[] } = {}): A {
    this.#wait(...this.#gatheringAll(from, into, counts));
    return into;
  }

  // Communicators of other ranks

  /**
   * Makes communicators of the ranks that pass the same colour, in the order of their keys.
   *
   * @param colour a whole number from 0; undefined to be in none
   * @param key @default this rank's number
   */
  async split(colour: number | undefined, key = this.rank): Promise<Comm | undefined> {
    this.#checkColour(colour, key);
    return this.#inTurn(async () => {
      await this.#start('barrier', null, null, null, 0);
      return this.#made(this.#native.split(this.#handle, colour ?? -1, key));
    });
  }

  splitSync(colour: number | undefined, key = this.rank): Comm | undefined {
    this.#checkColour(colour, key);
    this.#wait('barrier', null, null, null, 0);
    return this.#made(this.#native.split(this.#handle, colour ?? -1, key));
  }

  /** The ranks that can share memory with this one: those of its host. */
  async splitShared(key = this.rank): Promise<Comm> {
    return this.#inTurn(async () => {
      await this.#start('barrier', null, null, null, 0);
      return this.#made(this.#native.splitShared(this.#handle, key))!;
    });
  }

  /** The same ranks, with messages apart from those of this communicator. */
  async dup(): Promise<Comm> {
    return this.#inTurn(async () => {
      await this.#start('barrier', null, null, null, 0);
      return this.#made(this.#native.dup(this.#handle))!;
    });
  }

  dupSync(): Comm {
    this.#wait('barrier', null, null, null, 0);
    return this.#made(this.#native.dup(this.#handle))!;
  }

  /** Gives the communicator back. All its ranks must; afterwards every call on it fails. */
  free(): void {
    if (this.#handle === this.#runtime.facts.world || this.#handle === this.#runtime.facts.self) {
      throw usage('free', 'MPI_ERR_COMM', 'The world lives as long as MPI: call finalize() instead.');
    }
    this.#checkIdle('free');
    if (this.#looking > 0) {
      const text = `${this.#looking} receives or probes are under way on this communicator: await them, or abort their signals, first.`;
      throw usage('free', 'MPI_ERR_PENDING', text);
    }
    this.#native.freeComm(this.#handle);
    this.#handle = -1;
  }

  // Windows

  /**
   * Gives each rank memory that the others can read and write. All ranks must call it.
   *
   * @param type of its elements: one typed array for all ranks
   * @param length elements of this rank's own part
   */
  async allocateWindow<A extends MpiArray>(type: MpiArrayType<A>, length: number): Promise<Window<A>> {
    return this.#window(type, length, false);
  }

  /** The same in memory that the ranks of one host share: each sees all of it, through `memoryOf`. */
  async allocateSharedWindow<A extends MpiArray>(type: MpiArrayType<A>, length: number): Promise<Window<A>> {
    return this.#window(type, length, true);
  }

  // Going on after ranks have died

  /** Makes every operation on this communicator fail with MPI_ERR_REVOKED, at all ranks: they learn that one has died. */
  revoke(): void {
    this.#ulfm('revoke').revoke(this.#handle);
  }

  get isRevoked(): boolean {
    return this.#ulfm('isRevoked').isRevoked(this.#handle);
  }

  /** A communicator of the ranks that live. All of them must call it; it works on a revoked one. */
  async shrink(): Promise<Comm> {
    const native = this.#ulfm('shrink');
    // What all wait for without blocking; that ranks have failed is no news here.
    await this.agree(1).catch(ignoreFailedRanks);
    return this.#made(native.shrink(this.#handle))!;
  }

  shrinkSync(): Comm {
    return this.#made(this.#ulfm('shrink').shrink(this.#handle))!;
  }

  /**
   * What the flags of all living ranks have in common, bit by bit; the same at all, also while ranks die. It works on a
   * revoked communicator.
   *
   * @throws {MpiError} of class MPI_ERR_PROC_FAILED at all ranks when one has failed that not all have acknowledged
   */
  async agree(flag: number): Promise<number> {
    const native = this.#ulfm('agree');
    const slot = native.agree(this.#handle, flag, false, 0)!;
    if (slot < 0) return this.#runtime.flag;
    return (await this.#runtime.progress.ended(slot, 'agree', {})).flag;
  }

  agreeSync(flag: number): number {
    this.#ulfm('agree').agree(this.#handle, flag, true, 0);
    return this.#runtime.flag;
  }

  /** Takes note of the ranks that have failed: receives from any rank work again. */
  failureAck(): void {
    this.#ulfm('failureAck').failureAck(this.#handle);
  }

  /** The failed ranks that were taken note of. */
  failureGetAcked(): number[] {
    return this.#ulfm('failureGetAcked').failureGetAcked(this.#handle);
  }

  /** The ranks that are known to have failed. */
  getFailed(): number[] {
    return this.#ulfm('getFailed').getFailed(this.#handle);
  }

  #ulfm(operation: string): Required<Native> {
    if (this.#runtime.facts.faultTolerant) return this.#native as Required<Native>;
    const text = this.#native.ulfm
      ? 'The ranks were started without fault tolerance: start them with kgot mpiexec --fault-tolerant, or mpiexec --with-ft ulfm.'
      : 'This MPI was built without fault tolerance (ULFM): take Open MPI 5, and start it with mpiexec --with-ft ulfm.';
    throw usage(operation, 'MPI_ERR_UNSUPPORTED_OPERATION', text);
  }

  async #window<A extends MpiArray>(type: MpiArrayType<A>, length: number, shared: boolean): Promise<Window<A>> {
    checkWindow(type, length);
    return this.#inTurn(async () => {
      const lengths = new Float64Array(this.size);
      await this.#start('allgather', Float64Array.of(length), lengths, null, 0);
      const made = this.#native.allocateWindow(this.#handle, length, type.BYTES_PER_ELEMENT, shared);
      // Each has set its part to zero now: before, what others put there would be lost.
      await this.#start('barrier', null, null, null, 0);
      return new Window(this.#runtime, this, { ...made, type, lengths });
    });
  }

  #made(handle: number): Comm | undefined {
    return handle < 0 ? undefined : new Comm(this.#runtime, handle);
  }

  async #lookedFor<T>(ended: Promise<T>): Promise<T> {
    this.#looking += 1;
    try {
      return await ended;
    } finally {
      this.#looking -= 1;
    }
  }

  #filled(array: MpiArray, status: Status): Filled {
    return {
      source: status.source,
      tag: status.tag,
      bytes: status.bytes,
      count: status.bytes / array.BYTES_PER_ELEMENT,
    };
  }

  /** Runs a collective after those that were called before it. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const own = this.#last === undefined ? run() : this.#last.then(run);
    const settled = own.then(ignore, ignore).then(() => {
      if (this.#last === settled) this.#last = undefined;
    });
    this.#last = settled;
    return own;
  }

  async #start(
    kind: keyof typeof COLLECTIVES,
    from: MpiArray | null,
    into: MpiArray | null,
    counts: Int32Array | null,
    root: number,
    operation?: Operation,
  ): Promise<void> {
    const { progress } = this.#runtime;
    const op = operation === undefined ? -1 : numberOf(operation);
    const number = COLLECTIVES[kind];
    const slot = this.#native.collective(this.#handle, number, from, into, counts, root, op, false, progress.look)!;
    if (slot >= 0) await progress.ended(slot, kind, { memory: [from, into] });
    else progress.endedAtOnce();
  }

  #wait(
    kind: keyof typeof COLLECTIVES,
    from: MpiArray | null,
    into: MpiArray | null,
    counts: Int32Array | null,
    root: number,
    operation?: Operation,
  ): void {
    this.#checkIdle(kind);
    const op = operation === undefined ? -1 : numberOf(operation);
    this.#native.collective(this.#handle, COLLECTIVES[kind], from, into, counts, root, op, true, 0);
  }

  #reduction<T extends Reducible>(operation: string, value: T, how: Operation) {
    if (!OPERATIONS.includes(how)) {
      throw usage(
        operation,
        'MPI_ERR_OP',
        `There is no operation ${shown(how)}: take one of ${OPERATIONS.join(', ')}.`,
      );
    }
    const from: MpiArray =
      typeof value === 'number'
        ? Float64Array.of(value)
        : typeof value === 'bigint'
          ? BigInt64Array.of(value)
          : (value as MpiArray);
    checkArray(operation, from, 'value');
    const into = new (from.constructor as MpiArrayType)(from.length);
    const result = (): Widened<T> => (isArray(value) ? into : into[0]) as Widened<T>;
    return { from, into, result };
  }

  #scattering(from: MpiArray | undefined, into: MpiArray, root: number, counts: readonly number[] | undefined) {
    this.#checkRank('scatterInto', 'root', root);
    checkArray('scatterInto', into, 'into');
    const lengths = this.#counts('scatterInto', counts);
    if (lengths !== null) checkLength('scatterInto', 'into', into, lengths[this.rank]!);
    if (this.rank === root) {
      checkArray('scatterInto', from, 'from');
      checkSameType('scatterInto', from!, into);
      const needed = lengths === null ? into.length * this.size : sum(lengths);
      if (from!.length < needed) {
        const text = `from has ${from!.length} elements, and ${needed} go to ${this.size} ranks: pass as many.`;
        throw usage('scatterInto', 'MPI_ERR_COUNT', text);
      }
    }
    const exact = lengths === null ? into : into.subarray(0, lengths[this.rank]);
    const sent = this.rank === root ? from! : null;
    return [lengths === null ? 'scatter' : 'scatterv', sent, exact, lengths, root] as const;
  }

  #gathering(from: MpiArray, into: MpiArray | undefined, root: number, counts: readonly number[] | undefined) {
    this.#checkRank('gatherInto', 'root', root);
    const lengths = this.#collecting('gatherInto', from, counts);
    if (this.rank === root) this.#checkCollected('gatherInto', from, into, lengths);
    const kept = this.rank === root ? into! : null;
    return [lengths === null ? 'gather' : 'gatherv', from, kept, lengths, root] as const;
  }

  #gatheringAll(from: MpiArray, into: MpiArray, counts: readonly number[] | undefined) {
    const lengths = this.#collecting('allgatherInto', from, counts);
    this.#checkCollected('allgatherInto', from, into, lengths);
    return [lengths === null ? 'allgather' : 'allgatherv', from, into, lengths, 0] as const;
  }

  #collecting(operation: string, from: MpiArray, counts: readonly number[] | undefined): Int32Array | null {
    checkArray(operation, from, 'from');
    const lengths = this.#counts(operation, counts);
    if (lengths !== null && lengths[this.rank] !== from.length) {
      const text = `from has ${from.length} elements, and counts says ${lengths[this.rank]} for rank ${this.rank}: make them equal.`;
      throw usage(operation, 'MPI_ERR_COUNT', text);
    }
    return lengths;
  }

  #checkCollected(operation: string, from: MpiArray, into: MpiArray | undefined, lengths: Int32Array | null): void {
    checkArray(operation, into, 'into');
    checkSameType(operation, from, into!);
    checkLength(operation, 'into', into!, lengths === null ? from.length * this.size : sum(lengths));
  }

  #counts(operation: string, counts: readonly number[] | undefined): Int32Array | null {
    if (counts === undefined) return null;
    if (counts.length === this.size && counts.every((count) => Number.isInteger(count) && count >= 0)) {
      return Int32Array.from(counts);
    }
    const text = `counts is ${shown(counts)}: give a whole number from 0 for each of the ${this.size} ranks.`;
    throw usage(operation, 'MPI_ERR_COUNT', text);
  }

  #checkIdle(operation: string): void {
    if (this.#last === undefined) return;
    const text = 'A promised collective is under way on this communicator: await it before one that blocks.';
    throw usage(operation, 'MPI_ERR_PENDING', text);
  }

  #checkMessage(operation: string, name: string, rank: number, tag: number): void {
    this.#checkRank(operation, name, rank);
    if (Number.isInteger(tag) && tag >= 0 && tag <= this.#runtime.facts.tagUpperBound) return;
    const text = `tag is ${shown(tag)}: give a whole number from 0 to ${this.#runtime.facts.tagUpperBound}.`;
    throw usage(operation, 'MPI_ERR_TAG', text);
  }

  #checkSource(operation: string, source: number, tag: number): void {
    this.#checkMessage(operation, 'source', source === ANY_SOURCE ? 0 : source, tag === ANY_TAG ? 0 : tag);
  }

  #checkRank(operation: string, name: string, rank: number): void {
    if (Number.isInteger(rank) && rank >= 0 && rank < this.size) return;
    throw usage(
      operation,
      name === 'root' ? 'MPI_ERR_ROOT' : 'MPI_ERR_RANK',
      `${name} is ${shown(rank)}: give a rank from 0 to ${this.size - 1}.`,
    );
  }

  #checkColour(colour: number | undefined, key: number): void {
    if (!Number.isInteger(key)) throw usage('split', 'MPI_ERR_ARG', `key is ${shown(key)}: give a whole number.`);
    if (colour === undefined || (Number.isInteger(colour) && colour >= 0 && colour < 2 ** 31)) return;
    throw usage(
      'split',
      'MPI_ERR_ARG',
      `colour is ${shown(colour)}: give a whole number from 0, or undefined to be in no communicator.`,
    );
  }
}

/** What a reduction gives: not the very number that went in. */
export type Widened<T> = T extends number ? number : T extends bigint ? bigint : T;

function ignore(): void {
  // Whoever called it is told.
}

function ignoreFailedRanks(error: unknown): void {
  if ((error as { errorClass?: string }).errorClass !== 'MPI_ERR_PROC_FAILED') throw error;
}

function sum(counts: Int32Array): number {
  return counts.reduce((all, count) => all + count, 0);
}
