/** Thrown when a tool's output cannot be written as text. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/** Levels of lists and objects within each other. */
const MOST_LEVELS = 100;

/**
 * A tool's output as plain data: text, numbers, booleans, null, lists and objects. Dates become ISO 8601, whole numbers of
 * any size digits, sets and maps lists and objects. No more of it is copied than `characters` of text.
 *
 * @throws {OutputError} for what cannot be written as text, saying where it is
 */
export function plainOutput(output: unknown, { characters }: { characters: number }): unknown {
  const path: (string | number)[] = [];
  const within: object[] = [];
  let left = characters;
  try {
    return copy(output);
  } catch (error) {
    if (error instanceof OutputError) throw error;
    // What the output itself threw: a getter, a toJSON, a proxy.
    throw new OutputError(`${place()} cannot be read (${String(error)})`);
  }

  function copy(value: unknown): unknown {
    spend(2);
    switch (typeof value) {
      case 'string':
        spend(value.length);
        return value;
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'bigint':
        return String(value);
      case 'boolean':
      case 'undefined':
        return value;
      case 'function':
      case 'symbol':
        throw new OutputError(`${place()} is a ${typeof value}: give plain data`);
      case 'object':
        return value === null ? null : copyObject(value);
    }
  }

  function copyObject(value: object): unknown {
    if (within.includes(value)) throw new OutputError(`${place()} refers to what it is within: give plain data`);
    if (within.length === MOST_LEVELS) {
      throw new OutputError(`it has more than ${MOST_LEVELS} levels of lists and objects: give it flatter`);
    }
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      throw new OutputError(`${place()} holds bytes: give text, or store them and give their hash`);
    }
    within.push(value);
    const copied = copyParts(value);
    within.pop();
    return copied;
  }

  function copyParts(value: object): unknown {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'no date' : value.toISOString();
    if (Array.isArray(value) || value instanceof Set) return Array.from(value, (item, index) => at(index, () => item));
    if (value instanceof Map) {
      return Object.fromEntries(Array.from(value, ([key, item]) => member(String(key), () => item)));
    }
    if (hasJson(value)) return copy(value.toJSON());
    const members = value as Record<string, unknown>;
    return Object.fromEntries(Object.keys(members).map((name) => member(name, () => members[name])));
  }

  function member(name: string, read: () => unknown): [string, unknown] {
    spend(name.length);
    return [name, at(name, read)];
  }

  function at(step: string | number, read: () => unknown): unknown {
    path.push(step);
    const copied = copy(read());
    path.pop();
    return copied;
  }

  function spend(length: number): void {
    left -= length;
    if (left < 0) throw new OutputError(`it has more than ${characters} characters: give it in pages`);
  }

  function place(): string {
    return path.length === 0
      ? 'it'
      : path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  }
}

function hasJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}
