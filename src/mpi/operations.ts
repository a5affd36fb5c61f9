/** From any rank. */
export const ANY_SOURCE = -1;
/** With any tag. */
export const ANY_TAG = -1;

/** Operations of reductions and accumulations. The order is that of `op_of` in native/mpi/values.cc. */
const OPERATIONS = [
  'SUM',
  'PROD',
  'MIN',
  'MAX',
  'LAND',
  'LOR',
  'LXOR',
  'BAND',
  'BOR',
  'BXOR',
  'MINLOC',
  'MAXLOC',
  'REPLACE',
  'NO_OP',
] as const;

/** How values of ranks are made one. */
export type Operation = (typeof OPERATIONS)[number];

export const SUM = 'SUM';
export const PROD = 'PROD';
export const MIN = 'MIN';
export const MAX = 'MAX';
/** Logical and: not zero counts as true. */
export const LAND = 'LAND';
/** Logical or. */
export const LOR = 'LOR';
/** Logical exclusive or. */
export const LXOR = 'LXOR';
/** And, bit by bit. */
export const BAND = 'BAND';
/** Or, bit by bit. */
export const BOR = 'BOR';
/** Exclusive or, bit by bit. */
export const BXOR = 'BXOR';
/** The least value and where it is: an Int32Array of pairs. */
export const MINLOC = 'MINLOC';
/** The greatest value and where it is: an Int32Array of pairs. */
export const MAXLOC = 'MAXLOC';
/** In windows: the new value. */
export const REPLACE = 'REPLACE';
/** In windows: nothing, so that a fetch only reads. */
export const NO_OP = 'NO_OP';

const NUMBERS = new Map<string, number>(OPERATIONS.map((name, index) => [name, index]));

/** The number that the addon knows an operation by, -1 for none. */
export function numberOf(operation: Operation): number {
  return NUMBERS.get(operation) ?? -1;
}

export { OPERATIONS };
