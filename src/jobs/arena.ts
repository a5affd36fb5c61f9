import { TasksTooLarge } from './errors.ts';
import type { WaitableWords } from './words.ts';

/** Bytes that the tasks of one job may take: the most that can be had. Reserved as addresses; memory is taken as it is needed. */
const MOST_BYTES = [2 ** 32, 2 ** 30, 2 ** 28];
const FIRST_BYTES = 2 ** 20;
const WORD = 4;

/** Blocks begin at multiples of it, so that a walk finds the next one behind one whose owner died before it had a head. */
export const GRAIN = 2 ** 14;

/** Word of an arena that says where its next block goes. Word 0 stays 0, so that no place is 0. */
const NEXT = 1;
/** Word that says where its first block is. */
const FIRST = 2;
const ARENA_HEAD = 16;

/** Words before the content of a block: whose it is, the words of it that are used, and its size. */
export const BLOCK_HEAD = 16;
const OWNER = 0;
const USED = 1;
const SIZE = 2;

/** The owner of blocks that hold no tasks. */
const NOBODY = -1;

/**
 * Shared memory that grows: a head whose places are fixed, then blocks, each of which one worker fills.
 * Every thread opens it over the same buffer. Over a buffer that cannot grow, it ends where that ends.
 */
export class Arena implements WaitableWords {
  readonly buffer: SharedArrayBuffer;
  // Views of a fixed length: those that follow a growing buffer are many times slower (V8 13.6).
  #words: Int32Array<SharedArrayBuffer>;
  #bytes: Buffer<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = wordsOf(buffer);
    this.#bytes = bytesOf(buffer);
  }

  /** @param head words with fixed places, from {@link headPlace} on */
  static create(head: number): Arena {
    return new Arena(reserve()).initialize(head);
  }

  /** Makes it empty, in memory that is zero. */
  initialize(head: number): this {
    const first = roundUp(ARENA_HEAD + head);
    this.#reach(first);
    this.write(FIRST, first);
    this.store(NEXT, first);
    return this;
  }

  /** Where the words with fixed places begin. */
  static readonly headPlace = ARENA_HEAD;

  load(index: number): number {
    return Atomics.load(this.#covering(index), index);
  }

  store(index: number, value: number): void {
    Atomics.store(this.#covering(index), index, value);
  }

  compareExchange(index: number, expected: number, replacement: number): number {
    return Atomics.compareExchange(this.#covering(index), index, expected, replacement);
  }

  add(index: number, summand: number): number {
    return Atomics.add(this.#covering(index), index, summand);
  }

  read(index: number): number {
    return this.#covering(index)[index]!;
  }

  write(index: number, value: number): void {
    this.#covering(index)[index] = value;
  }

  wait(index: number, expected: number): void {
    Atomics.wait(this.#covering(index), index, expected);
  }

  notify(index: number, count: number): void {
    Atomics.notify(this.#covering(index), index, count);
  }

  /** @returns resolves when the word is notified; undefined when it is not `expected` */
  waitAsync(index: number, expected: number): Promise<unknown> | undefined {
    const { async, value } = Atomics.waitAsync(this.#covering(index), index, expected);
    return async ? value : undefined;
  }

  /** A copy, of this thread's own. */
  copyOut(place: number, bytes: number): Uint8Array<ArrayBuffer> {
    this.#covering(place + Math.ceil(bytes / WORD) - 1);
    const copy = new Uint8Array(bytes);
    copy.set(new Uint8Array(this.buffer, place * WORD, bytes));
    return copy;
  }

  readText(place: number, bytes: number): string {
    this.#covering(place + Math.ceil(bytes / WORD) - 1);
    return this.#bytes.toString('utf8', place * WORD, place * WORD + bytes);
  }

  writeText(place: number, text: string, bytes: number): void {
    this.#covering(place + Math.ceil(bytes / WORD) - 1);
    this.#bytes.write(text, place * WORD, bytes, 'utf8');
  }

  copyIn(place: number, bytes: Uint8Array): void {
    new Uint8Array(this.buffer, place * WORD, bytes.byteLength).set(bytes);
  }

  /** Room for words that hold no tasks. @returns the place of the first */
  allocate(words: number): number {
    return this.newBlock(NOBODY, words) + BLOCK_HEAD;
  }

  /**
   * @param words that it must hold, at least
   * @throws {TasksTooLarge}
   */
  newBlock(owner: number, words: number): number {
    const size = roundUp(BLOCK_HEAD + words);
    const block = this.add(NEXT, size);
    const { maxByteLength } = this.buffer;
    if (block < 0 || (block + size) * WORD > maxByteLength) {
      this.add(NEXT, -size);
      throw new TasksTooLarge(maxByteLength / 2 ** 20);
    }
    this.#reach(block + size);
    this.write(block + OWNER, owner);
    this.write(block + USED, BLOCK_HEAD);
    this.store(block + SIZE, size);
    return block;
  }

  sizeOf(block: number): number {
    return this.load(block + SIZE);
  }

  used(block: number): number {
    return this.load(block + USED);
  }

  /** Makes what was written into a block known to walks. */
  publish(block: number, used: number): void {
    this.store(block + USED, used);
  }

  /** Calls `visit` with each block that holds tasks. */
  walk(visit: (block: number, owner: number) => void): void {
    const next = this.load(NEXT);
    for (let block = this.read(FIRST); block < next && block * WORD < this.buffer.byteLength;) {
      const size = this.sizeOf(block);
      if (size > 0 && this.read(block + OWNER) !== NOBODY) visit(block, this.read(block + OWNER));
      block += size > 0 ? size : GRAIN;
    }
  }

  #covering(index: number): Int32Array<SharedArrayBuffer> {
    if (index >= this.#words.length) {
      this.#words = wordsOf(this.buffer);
      this.#bytes = bytesOf(this.buffer);
    }
    return this.#words;
  }

  #reach(words: number): void {
    while (this.buffer.byteLength < words * WORD) {
      const { byteLength } = this.buffer;
      try {
        this.buffer.grow(Math.min(this.buffer.maxByteLength, Math.max(words * WORD, 2 * byteLength)));
      } catch (error) {
        // Another thread was faster, and made it larger than this one would have.
        if (this.buffer.byteLength === byteLength) throw error;
      }
    }
  }
}

/** Where addresses are limited, less will do. */
function reserve(): SharedArrayBuffer {
  for (const maxByteLength of MOST_BYTES) {
    try {
      return new SharedArrayBuffer(FIRST_BYTES, { maxByteLength });
    } catch (error) {
      if (maxByteLength === MOST_BYTES.at(-1)) throw error;
    }
  }
  throw new RangeError('There is no size of an arena.');
}

function wordsOf(buffer: SharedArrayBuffer): Int32Array<SharedArrayBuffer> {
  return new Int32Array(buffer, 0, buffer.byteLength / WORD);
}

function bytesOf(buffer: SharedArrayBuffer): Buffer<SharedArrayBuffer> {
  return Buffer.from(buffer, 0, buffer.byteLength);
}

function roundUp(words: number): number {
  return Math.ceil(words / GRAIN) * GRAIN;
}
