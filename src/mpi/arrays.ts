import type { MpiArray } from './native.ts';
import { usage } from './runtime.ts';

/** By the numbers that Node-API gives them. */
const TYPES: readonly MpiArrayType[] = [
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
];
const NONE = -1;

/** Constructors of typed arrays that MPI has types for. */
export type MpiArrayType<A extends MpiArray = MpiArray> = {
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
  new (lengthOrBuffer: number | ArrayBuffer): A;
};

/** What Node-API calls a type of elements; -1 for what MPI has no type for. A `switch`: a look into a map takes as long as a message to send. */
export function numberOfType(name: string | undefined): number {
  switch (name) {
    case 'Int8Array':
      return 0;
    case 'Uint8Array':
      return 1;
    case 'Uint8ClampedArray':
      return 2;
    case 'Int16Array':
      return 3;
    case 'Uint16Array':
      return 4;
    case 'Int32Array':
      return 5;
    case 'Uint32Array':
      return 6;
    case 'Float32Array':
      return 7;
    case 'Float64Array':
      return 8;
    case 'BigInt64Array':
      return 9;
    case 'BigUint64Array':
      return 10;
    default:
      return NONE;
  }
}

/** V8's own, which no subclass and no property of an array can replace. */
const NAME_OF_TYPE = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!;

/** The number of an array's type, also of a subclass such as Buffer, whatever it calls itself; -1 for anything else. */
export function numberOfArray(value: unknown): number {
  return numberOfType(NAME_OF_TYPE.get!.call(value) as string | undefined);
}

export function isArray(value: unknown): value is MpiArray {
  return numberOfArray(value) !== NONE;
}

/**
 * Refuses what is no typed array, or has no memory any more.
 *
 * @returns the number of its type
 */
export function checkArray(operation: string, value: unknown, name = 'array'): number {
  const type = numberOfArray(value);
  if (type === NONE) {
    throw usage(
      operation,
      'MPI_ERR_TYPE',
      `${name} is ${ArrayBuffer.isView(value) ? `a ${value.constructor.name}` : `of type ${typeof value}`}: pass a typed array of integers of 8 to 64 bits, or a Float32Array or Float64Array.`,
    );
  }
  const array = value as MpiArray;
  if (array.length === 0 && (array.buffer as ArrayBuffer).detached) {
    throw usage(
      operation,
      'MPI_ERR_BUFFER',
      `${name} was transferred, and has no memory any more: pass one that was not.`,
    );
  }
  return type;
}

/** Zeros, of the type and length of an array. */
export function emptyLike(array: MpiArray): MpiArray {
  return new TYPES[numberOfArray(array)]!(array.length);
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
