import type { MpiArray } from './native.ts';
import { usage } from './runtime.ts';

const TYPES = new Map<string, MpiArrayType>(
  [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map((type) => [type.name, type]),
);

/** Constructors of typed arrays that MPI has types for. */
export type MpiArrayType<A extends MpiArray = MpiArray> = {
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
  new (lengthOrBuffer: number | ArrayBuffer): A;
};

export function isArray(value: unknown): value is MpiArray {
  // Also of subclasses, such as Buffer.
  return ArrayBuffer.isView(value) && TYPES.has((value as MpiArray)[Symbol.toStringTag]);
}

/** Refuses what is no typed array, and what may lose its memory while MPI writes to it. */
export function checkArray(operation: string, value: unknown, name = 'array'): void {
  if (!isArray(value)) {
    throw usage(
      operation,
      'MPI_ERR_TYPE',
      `${name} is ${ArrayBuffer.isView(value) ? `a ${value.constructor.name}` : `of type ${typeof value}`}: pass a typed array of integers of 8 to 64 bits, or a Float32Array or Float64Array.`,
    );
  }
  const { buffer } = value;
  if ((buffer as ArrayBuffer).resizable) {
    throw usage(
      operation,
      'MPI_ERR_BUFFER',
      `${name} lies in a resizable ArrayBuffer, whose memory may go away while MPI uses it: pass an array of fixed length.`,
    );
  }
  if (value.length === 0 && (buffer as ArrayBuffer).detached) {
    throw usage(
      operation,
      'MPI_ERR_BUFFER',
      `${name} was transferred, and has no memory any more: pass one that was not.`,
    );
  }
}

/** Zeros, of the type and length of an array. */
export function emptyLike(array: MpiArray): MpiArray {
  return new (TYPES.get(array[Symbol.toStringTag])!)(array.length);
}

export function checkLength(operation: string, name: string, array: MpiArray, least: number): void {
  if (array.length >= least) return;
  throw usage(
    operation,
    'MPI_ERR_COUNT',
    `${name} has room for ${array.length} elements, and ${least} come: make it longer.`,
  );
}

export function checkSameType(operation: string, one: MpiArray, other: MpiArray): void {
  if (one.constructor === other.constructor || (bytesOf(one) && bytesOf(other))) return;
  throw usage(
    operation,
    'MPI_ERR_TYPE',
    `One array is a ${one.constructor.name}, the other a ${other.constructor.name}: take the same type for both.`,
  );
}

/** Buffers are Uint8Arrays as well. */
function bytesOf(array: MpiArray): boolean {
  return array instanceof Uint8Array;
}
