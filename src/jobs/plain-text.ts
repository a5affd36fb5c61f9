/** What is larger is as fast otherwise. */
const MOST_OBJECTS = 16;
const MOST_KEYS = 64;
const MOST_TEXT = 4_096;

/**
 * The JSON text of a small value that comes out of it as it was: a fifth of what a serializer of V8 costs, each of which is an object that
 * the garbage collector must finalize.
 *
 * @returns undefined for values of which JSON would lose something
 */
export function textOf(value: unknown): string | undefined {
  return isSimple(value, []) ? JSON.stringify(value) : undefined;
}

/** @param met objects, none of which may come twice: JSON would make two of it */
function isSimple(value: unknown, met: object[]): boolean {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'string':
      return value.length <= MOST_TEXT;
    case 'boolean':
      return true;
    case 'object':
      return value === null || isSimpleObject(value, met);
    default:
      return false;
  }
}

function isSimpleObject(value: object, met: object[]): boolean {
  if (met.length >= MOST_OBJECTS || met.includes(value)) return false;
  met.push(value);
  const isArray = Array.isArray(value);
  if (!isArray && Object.getPrototypeOf(value) !== Object.prototype) return false;
  if (isArray && value.length > MOST_KEYS) return false;
  const keys = Object.keys(value);
  if (keys.length > MOST_KEYS) return false;
  // No holes, and nothing beside its elements, whose keys come first.
  if (isArray && (keys.length !== value.length || (keys.length > 0 && keys.at(-1) !== `${value.length - 1}`)))
    return false;
  return keys.every((key) => isSimple((value as Record<string, unknown>)[key], met));
}
