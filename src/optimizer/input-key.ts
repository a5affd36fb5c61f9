import { createHash } from 'node:crypto';
import { serialize } from 'node:v8';
import type { KnownOperation } from './operation.ts';

const functions = new WeakMap<object, number>();
let count = 0;

/** Names a function apart from all others of its process. */
function identityOf(work: object): number {
  let identity = functions.get(work);
  if (identity === undefined) functions.set(work, (identity = count += 1));
  return identity;
}

/**
 * Equal for equal work: the same operation with an equal input.
 *
 * @returns undefined for an input that is no plain data, for such may differ in what is not seen
 */
export function keyOf(operation: KnownOperation, input: readonly unknown[]): string | undefined {
  if (!input.every((value) => isPlain(value))) return undefined;
  const identity =
    operation.type === 'function'
      ? identityOf(operation.work)
      : operation.type === 'tool'
        ? identityOf(operation.tool)
        : operation.name;
  return `${operation.type} ${identity} ${createHash('sha256').update(serialize(input)).digest('base64')}`;
}

function isPlain(value: unknown, depth = 0): boolean {
  if (typeof value === 'function' || typeof value === 'symbol' || depth > DEEPEST) return false;
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof RegExp) return true;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return true;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
  if (value instanceof Set) return [...value].every((item) => isPlain(item, depth + 1));
  if (value instanceof Map) return [...value].flat().every((item) => isPlain(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((item) => isPlain(item, depth + 1));
}

/** What goes round in a circle has no end. */
const DEEPEST = 50;
