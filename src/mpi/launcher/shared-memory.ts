import type { Comm } from '../comm.ts';
import type { WindowAddress } from '../native.ts';
import type { Window } from '../window.ts';

/** The memory that the ranks of a host share. It stays from job to job: V8 collects garbage each time that it hears of so much. */
export class SharedMemory {
  /** Of the ranks of the host. */
  readonly comm: Comm;
  #window: Window<Int32Array> | undefined;
  #buffer = new ArrayBuffer(0);

  constructor(comm: Comm) {
    this.comm = comm;
  }

  /** Makes so many bytes of it, at least, all of them zero. To be called by all ranks. */
  async reserve(bytes: number): Promise<ArrayBuffer> {
    if (this.#buffer.byteLength >= bytes) return this.#buffer;
    await this.#window?.free();
    this.#window = await this.comm.allocateSharedWindow(Int32Array, this.comm.rank === 0 ? bytes / 4 : 0);
    this.#buffer = this.#window.memoryOf(0).buffer as ArrayBuffer;
    return this.#buffer;
  }

  /** Where it lies in this process. */
  get address(): WindowAddress {
    return this.#window!.addressOf(0);
  }

  /** Zeroes it, once all ranks have called. Who reserves it next must not before all have returned. */
  async clear(): Promise<void> {
    await this.comm.barrier();
    if (this.comm.rank === 0) this.#window?.clear();
  }
}
