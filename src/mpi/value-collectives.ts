import type { COLLECTIVES, MpiArray } from './native.ts';
import { usage } from './runtime.ts';
import { deserialize, serialize } from './values.ts';

type Kind = keyof typeof COLLECTIVES;
type Run<R> = (kind: Kind, from: MpiArray | null, into: MpiArray | null, counts: Int32Array | null, root: number) => R;

/** One collective of arrays, and what follows when it has ended. */
interface Step {
  kind: Kind;
  from: MpiArray | null;
  into: MpiArray | null;
  counts: Int32Array | null;
  root: number;
}

/** A broadcast value up to this length goes with its length, in bytes. */
const INLINE = 504;

/**
 * Collectives of values, as steps of collectives of arrays: lengths first, then what is in the messages. Each is written
 * once, and driven by promises or by blocking calls.
 */
export class ValueCollectives {
  readonly #rank: number;
  readonly #size: number;
  readonly #promised: Run<Promise<void>>;
  readonly #blocking: Run<void>;

  constructor(
    rank: number,
    size: number,
    { promised, blocking }: { promised: Run<Promise<void>>; blocking: Run<void> },
  ) {
    this.#rank = rank;
    this.#size = size;
    this.#promised = promised;
    this.#blocking = blocking;
  }

  bcast<T>(value: T, root: number): Promise<T> {
    return this.#drive(this.#bcast(value, root));
  }

  bcastSync<T>(value: T, root: number): T {
    return this.#driveSync(this.#bcast(value, root));
  }

  scatter<T>(values: readonly T[] | undefined, root: number): Promise<T> {
    return this.#drive(this.#scatter(values, root));
  }

  scatterSync<T>(values: readonly T[] | undefined, root: number): T {
    return this.#driveSync(this.#scatter(values, root));
  }

  gather<T>(value: T, root: number): Promise<T[] | undefined> {
    return this.#drive(this.#gather(value, root));
  }

  gatherSync<T>(value: T, root: number): T[] | undefined {
    return this.#driveSync(this.#gather(value, root));
  }

  allgather<T>(value: T): Promise<T[]> {
    return this.#drive(this.#allgather(value));
  }

  allgatherSync<T>(value: T): T[] {
    return this.#driveSync(this.#allgather(value));
  }

  *#bcast<T>(value: T, root: number): Generator<Step, T> {
    const isRoot = this.#rank === root;
    const head = new Uint8Array(8 + INLINE);
    const length = new DataView(head.buffer);
    const message = isRoot ? serialize('bcast', value) : undefined;
    if (message !== undefined) {
      length.setFloat64(0, message.length);
      if (message.length <= INLINE) head.set(message, 8);
    }
    yield { kind: 'bcast', from: null, into: head, counts: null, root };
    const bytes = length.getFloat64(0);
    if (bytes <= INLINE) return isRoot ? value : (deserialize(head.subarray(8, 8 + bytes)) as T);
    const whole = message ?? new Uint8Array(bytes);
    yield { kind: 'bcast', from: null, into: whole, counts: null, root };
    return isRoot ? value : (deserialize(whole) as T);
  }

  *#scatter<T>(values: readonly T[] | undefined, root: number): Generator<Step, T> {
    const messages = this.#rank === root ? this.#eachSerialized(values) : undefined;
    const lengths = messages === undefined ? null : Int32Array.from(messages, ({ length }) => length);
    const own = new Int32Array(1);
    yield { kind: 'scatter', from: lengths, into: own, counts: null, root };
    const into = new Uint8Array(own[0]!);
    const from = messages === undefined ? null : Buffer.concat(messages);
    yield { kind: 'scatterv', from, into, counts: lengths, root };
    return deserialize(into) as T;
  }

  #eachSerialized<T>(values: readonly T[] | undefined): Uint8Array[] {
    if (Array.isArray(values) && values.length === this.#size) {
      return values.map((value) => serialize('scatter', value));
    }
    const given = Array.isArray(values) ? `${values.length} values` : 'no array of values';
    throw usage('scatter', 'MPI_ERR_COUNT', `The root passes ${given}: give one for each of the ${this.#size} ranks.`);
  }

  *#gather<T>(value: T, root: number): Generator<Step, T[] | undefined> {
    const isRoot = this.#rank === root;
    const from = serialize('gather', value);
    const lengths = isRoot ? new Int32Array(this.#size) : null;
    yield { kind: 'gather', from: Int32Array.of(from.length), into: lengths, counts: null, root };
    const into = lengths === null ? null : room('gather', lengths);
    yield { kind: 'gatherv', from, into, counts: lengths, root };
    return into === null ? undefined : parts<T>(into, lengths!);
  }

  *#allgather<T>(value: T): Generator<Step, T[]> {
    const from = serialize('allgather', value);
    const lengths = new Int32Array(this.#size);
    yield { kind: 'allgather', from: Int32Array.of(from.length), into: lengths, counts: null, root: 0 };
    const into = room('allgather', lengths);
    yield { kind: 'allgatherv', from, into, counts: lengths, root: 0 };
    return parts<T>(into, lengths);
  }

  async #drive<T>(steps: Generator<Step, T>): Promise<T> {
    for (;;) {
      const next = steps.next();
      if (next.done === true) return next.value;
      const { kind, from, into, counts, root } = next.value;
      await this.#promised(kind, from, into, counts, root);
    }
  }

  #driveSync<T>(steps: Generator<Step, T>): T {
    for (;;) {
      const next = steps.next();
      if (next.done === true) return next.value;
      const { kind, from, into, counts, root } = next.value;
      this.#blocking(kind, from, into, counts, root);
    }
  }
}

/** Memory for messages of these lengths. */
function room(operation: string, lengths: Int32Array): Uint8Array<ArrayBuffer> {
  const bytes = lengths.reduce((all, length) => all + length, 0);
  if (bytes < 2 ** 31) return new Uint8Array(bytes);
  throw usage(
    operation,
    'MPI_ERR_COUNT',
    `The values are ${bytes} bytes together, and MPI counts to 2147483647: send them one by one.`,
  );
}

function parts<T>(messages: Uint8Array<ArrayBuffer>, lengths: Int32Array): T[] {
  let at = 0;
  return Array.from(lengths, (length) => {
    at += length;
    return deserialize(messages.subarray(at - length, at)) as T;
  });
}
