/** Bytes before each frame: its length. */
const HEAD = 4;

/** @returns the bytes that say how long a frame is */
export function frameHead(length: number): Buffer {
  const head = Buffer.allocUnsafe(HEAD);
  head.writeUInt32LE(length);
  return head;
}

/** Finds the frames in what a socket brings, however it is cut. */
export class FrameReader {
  readonly #take: (frame: Buffer) => void;
  /** Bytes that a frame may have, of one whom nobody knows yet. @default any number */
  most = Infinity;
  readonly #head = Buffer.alloc(HEAD);
  #headBytes = 0;
  /** One of which not all has come. */
  #frame: Buffer | undefined;
  #frameBytes = 0;

  /** @param take is given a frame in memory that may be used again: who keeps it makes a copy */
  constructor(take: (frame: Buffer) => void) {
    this.#take = take;
  }

  /**
   * @param part nothing of it is kept
   * @throws {RangeError} for a frame that is longer than it may be
   */
  push(part: Buffer): void {
    for (let at = 0; at < part.length;) at = this.#frame === undefined ? this.#begin(part, at) : this.#go(part, at);
  }

  /** Reads the head of a frame, and all of it where all has come. @returns up to where it has read */
  #begin(part: Buffer, from: number): number {
    const copied = part.copy(this.#head, this.#headBytes, from, from + HEAD - this.#headBytes);
    this.#headBytes += copied;
    if (this.#headBytes < HEAD) return part.length;
    this.#headBytes = 0;
    const start = from + copied;
    const length = this.#head.readUInt32LE(0);
    if (length > this.most) throw new RangeError(`A frame of ${length} bytes is longer than ${this.most}.`);
    if (start + length > part.length) {
      this.#frame = Buffer.allocUnsafeSlow(length);
      this.#frameBytes = part.copy(this.#frame, 0, start);
      return part.length;
    }
    this.#take(part.subarray(start, start + length));
    return start + length;
  }

  /** Goes on with a frame that has begun. @returns up to where it has read */
  #go(part: Buffer, from: number): number {
    const frame = this.#frame!;
    const copied = part.copy(frame, this.#frameBytes, from);
    this.#frameBytes += copied;
    if (this.#frameBytes === frame.length) {
      this.#frame = undefined;
      this.#take(frame);
    }
    return from + copied;
  }
}
