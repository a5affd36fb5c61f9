import type { MpiArrayType } from './arrays.ts';
import { Collectives } from './collectives.ts';
import type { MpiArray, Native } from './native.ts';
import { shown, usage } from './runtime.ts';
import { checkWindow, Window } from './window.ts';

/**
 * A communicator: ranks that talk among themselves. Methods return promises, and their namesakes ending in `Sync` block.
 *
 * @example
 * ```ts
 * await world.send({ hello: 'rank 1' }, 1);
 * const { value, source } = await world.recv();
 * ```
 */
export class Comm extends Collectives {
  /**
   * Makes communicators of the ranks that pass the same colour, in the order of their keys.
   *
   * @param colour a whole number from 0; undefined to be in none
   * @param key @default this rank's number
   */
  async split(colour: number | undefined, key = this.rank): Promise<Comm | undefined> {
    this.#checkColour(colour, key);
    return this.inTurn(async () => {
      await this.start('barrier', null, null, null, 0);
      return this.#made(this.native.split(this.handle, colour ?? -1, key));
    });
  }

  splitSync(colour: number | undefined, key = this.rank): Comm | undefined {
    this.#checkColour(colour, key);
    this.wait('barrier', null, null, null, 0);
    return this.#made(this.native.split(this.handle, colour ?? -1, key));
  }

  /** The ranks that can share memory with this one: those of its host. */
  async splitShared(key = this.rank): Promise<Comm> {
    return this.inTurn(async () => {
      await this.start('barrier', null, null, null, 0);
      return this.#made(this.native.splitShared(this.handle, key))!;
    });
  }

  /** The same ranks, with messages apart from those of this communicator. */
  async dup(): Promise<Comm> {
    return this.inTurn(async () => {
      await this.start('barrier', null, null, null, 0);
      return this.#made(this.native.dup(this.handle))!;
    });
  }

  dupSync(): Comm {
    this.wait('barrier', null, null, null, 0);
    return this.#made(this.native.dup(this.handle))!;
  }

  /** Gives the communicator back. All its ranks must; afterwards every call on it fails. */
  free(): void {
    if (this.handle === this.runtime.facts.world || this.handle === this.runtime.facts.self) {
      throw usage('free', 'MPI_ERR_COMM', 'The world lives as long as MPI: call finalize() instead.');
    }
    this.checkIdle('free');
    if (this.looking > 0) {
      const text = `${this.looking} receives or probes are under way on this communicator: await them, or abort their signals, first.`;
      throw usage('free', 'MPI_ERR_PENDING', text);
    }
    this.native.freeComm(this.handle);
    this.handle = -1;
  }

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

  /** Makes every operation on this communicator fail with MPI_ERR_REVOKED, at all ranks: they learn that one has died. */
  revoke(): void {
    this.#ulfm('revoke').revoke(this.handle);
  }

  get isRevoked(): boolean {
    return this.#ulfm('isRevoked').isRevoked(this.handle);
  }

  /** A communicator of the ranks that live. All of them must call it; it works on a revoked one. */
  async shrink(): Promise<Comm> {
    const native = this.#ulfm('shrink');
    // What all wait for without blocking; that ranks have failed is no news here.
    await this.agree(1).catch(ignoreFailedRanks);
    return this.#made(native.shrink(this.handle))!;
  }

  shrinkSync(): Comm {
    return this.#made(this.#ulfm('shrink').shrink(this.handle))!;
  }

  /**
   * What the flags of all living ranks have in common, bit by bit; the same at all, also while ranks die. It works on a
   * revoked communicator.
   *
   * @throws {MpiError} of class MPI_ERR_PROC_FAILED at all ranks when one has failed that not all have acknowledged
   */
  async agree(flag: number): Promise<number> {
    const native = this.#ulfm('agree');
    const slot = native.agree(this.handle, flag, false, 0)!;
    if (slot < 0) return this.runtime.flag;
    return (await this.runtime.progress.ended(slot, 'agree', {})).flag;
  }

  agreeSync(flag: number): number {
    this.#ulfm('agree').agree(this.handle, flag, true, 0);
    return this.runtime.flag;
  }

  /** Takes note of the ranks that have failed: receives from any rank work again. */
  failureAck(): void {
    this.#ulfm('failureAck').failureAck(this.handle);
  }

  /** The failed ranks that were taken note of. */
  failureGetAcked(): number[] {
    return this.#ulfm('failureGetAcked').failureGetAcked(this.handle);
  }

  /** The ranks that are known to have failed. */
  getFailed(): number[] {
    return this.#ulfm('getFailed').getFailed(this.handle);
  }

  #ulfm(operation: string): Required<Native> {
    if (this.runtime.facts.faultTolerant) return this.native as Required<Native>;
    const text = this.native.ulfm
      ? 'The ranks were started without fault tolerance: start them with kgot mpiexec --fault-tolerant, or mpiexec --with-ft ulfm.'
      : 'This MPI was built without fault tolerance (ULFM): take Open MPI 5, and start it with mpiexec --with-ft ulfm.';
    throw usage(operation, 'MPI_ERR_UNSUPPORTED_OPERATION', text);
  }

  async #window<A extends MpiArray>(type: MpiArrayType<A>, length: number, shared: boolean): Promise<Window<A>> {
    checkWindow(type, length);
    return this.inTurn(async () => {
      const lengths = new Float64Array(this.size);
      await this.start('allgather', Float64Array.of(length), lengths, null, 0);
      const made = this.native.allocateWindow(this.handle, length, type.BYTES_PER_ELEMENT, shared);
      // Each has set its part to zero now: before, what others put there would be lost.
      await this.start('barrier', null, null, null, 0);
      return new Window(this.runtime, this, { ...made, type, lengths });
    });
  }

  #made(handle: number): Comm | undefined {
    return handle < 0 ? undefined : new Comm(this.runtime, handle);
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

function ignoreFailedRanks(error: unknown): void {
  if ((error as { errorClass?: string }).errorClass !== 'MPI_ERR_PROC_FAILED') throw error;
}
