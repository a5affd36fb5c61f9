/** Bytes of the names: those of as many activities as fit. */
const BYTES = 4_096;

const names = new Map<object, string>();
const shared = new Uint8Array(new SharedArrayBuffer(BYTES));

/**
 * Enters an activity as under way, until what is given is called. For the thread that watches this one: when it is blocked,
 * nobody else can say by what.
 */
export function enterUnderWay(name: string): () => void {
  const key = {};
  names.set(key, name);
  write();
  return () => {
    names.delete(key);
    write();
  };
}

/** The types of the activities under way, as text that another thread may read at any time; it ends with a zero. */
export function underWayBuffer(): SharedArrayBuffer {
  return shared.buffer;
}

function write(): void {
  const text = Buffer.from([...new Set(names.values())].join(', ')).subarray(0, BYTES - 1);
  shared.set(text);
  shared[text.length] = 0;
}
