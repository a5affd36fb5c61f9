import { createRequire } from 'node:module';
import { MpiError } from './errors.ts';
import type { MpiErrorFields } from './errors.ts';

/** Typed arrays whose elements MPI has types for. */
export type MpiArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** Where the memory of a shared window lies in this process. */
export interface WindowAddress {
  address: bigint;
  bytes: number;
}

/** What MPI is like here. */
export interface NativeFacts {
  provided: number;
  world: number;
  self: number;
  version: [number, number];
  library: string;
  processor: string;
  tagUpperBound: number;
  faultTolerant: boolean;
}

/** Numbers of collectives in native/mpi/collectives.cc. */
export const COLLECTIVES = {
  barrier: 0,
  bcast: 1,
  reduce: 2,
  allreduce: 3,
  scatter: 4,
  scatterv: 5,
  gather: 6,
  gatherv: 7,
  allgather: 8,
  allgatherv: 9,
} as const;

/** Numbers of accesses in native/mpi/windows.cc. */
export const ACCESSES = { put: 0, get: 1, accumulate: 2 } as const;

/** Numbers of thread levels in native/mpi/lifecycle.cc. */
export const THREAD_LEVELS = ['single', 'funneled', 'serialized', 'multiple'] as const;

/**
 * The addon. Communicators and windows are numbers. A call that starts something returns its slot, or -1 when it has ended
 * already; what it came to stands in `outcome`.
 */
export interface Native {
  setErrorClass(errorClass: typeof MpiError): void;
  describeCode(code: number): Pick<MpiErrorFields, 'code' | 'errorClass' | 'text'>;
  initialize(threadLevel: number): NativeFacts;
  finalize(): void;
  fail(alone: boolean): void;
  abort(code: number): void;
  wtime(): number;
  /** See `Outcome` in native/mpi/addon.h. */
  outcome: ArrayBuffer;
  /** See `Envelope` in native/mpi/addon.h. */
  envelope: ArrayBuffer;
  /** See `Completion` in native/mpi/requests.cc. */
  completions: ArrayBuffer;
  /** See `Scratch` in native/mpi/addon.h. */
  scratch: ArrayBuffer;

  rank(comm: number): number;
  size(comm: number): number;
  split(comm: number, colour: number, key: number): number;
  splitShared(comm: number, key: number): number;
  dup(comm: number): number;
  freeComm(comm: number): void;

  /** This and the next three are for, or from, whom `envelope` says. */
  send(array: MpiArray): void;
  receiveInto(array: MpiArray): void;
  startSend(array: MpiArray): number;
  startReceiveInto(array: MpiArray): number;
  receive(comm: number, source: number, tag: number): ArrayBuffer;
  probe(comm: number, source: number, tag: number, wait: boolean): boolean;
  /** Always a slot; `outcome` says whether it has ended. */
  startReceive(comm: number, source: number, tag: number, microseconds: number): number;
  startProbe(comm: number, source: number, tag: number, microseconds: number): number;

  progress(microseconds: number): number;
  takeMessage(slot: number): ArrayBuffer;
  takeElement(slot: number): void;
  release(slot: number): void;
  cancel(slot: number): boolean;

  collective(
    comm: number,
    kind: number,
    from: MpiArray | null,
    into: MpiArray | null,
    counts: Int32Array | null,
    root: number,
    operation: number,
    wait: boolean,
    microseconds: number,
  ): number | undefined;

  allocateWindow(
    comm: number,
    elements: number,
    bytesOfOne: number,
    shared: boolean,
  ): { handle: number; memory: ArrayBuffer };
  sharedMemory(window: number, rank: number): ArrayBuffer;
  addressOf(window: number, rank: number): WindowAddress;
  /** The same memory for another thread, which must not touch it once the window is freed. */
  memoryAt(address: bigint, bytes: number): ArrayBuffer;
  clearWindow(window: number): void;
  freeWindow(window: number): void;
  lock(window: number, target: number, exclusive: boolean): void;
  unlock(window: number, target: number): void;
  lockAll(window: number): void;
  unlockAll(window: number): void;
  flush(window: number, target: number): void;
  flushAll(window: number): void;
  sync(window: number): void;
  access(
    window: number,
    kind: number,
    array: MpiArray,
    target: number,
    offset: number,
    operation: number,
    start: boolean,
    microseconds: number,
  ): number | undefined;
  fetchAndOp(window: number, type: number, target: number, offset: number, operation: number): void;
  startFetchAndOp(
    window: number,
    type: number,
    target: number,
    offset: number,
    operation: number,
    microseconds: number,
  ): number;
  compareAndSwap(window: number, type: number, target: number, offset: number): void;

  /** Whether the MPI that it was built with has ULFM; without, the calls below are missing. */
  ulfm: boolean;
  revoke?(comm: number): void;
  isRevoked?(comm: number): boolean;
  shrink?(comm: number): number;
  agree?(comm: number, flag: number, wait: boolean, microseconds: number): number | undefined;
  failureAck?(comm: number): void;
  failureGetAcked?(comm: number): number[];
  getFailed?(comm: number): number[];
}

/** Loads the addon from where `buildAddon` put it. */
export function loadNative(path: string): Native {
  const native = createRequire(import.meta.url)(path) as Native;
  native.setErrorClass(MpiError);
  return native;
}
