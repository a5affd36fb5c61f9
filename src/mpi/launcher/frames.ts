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
  #parts: Buffer[] = [];
  #bytes = 0;

  /** @param take is given a frame within what the socket brought: who keeps it makes a copy */
  constructor(take: (frame: Buffer) => void) {
    this.#take = take;
  }

  /** @throws {RangeError} for a frame that is longer than it may be */
  push(part: Buffer): void {
    this.#parts.push(part);
    this.#bytes += part.length;
    while (this.#bytes >= HEAD) {
      const end = HEAD + this.#head();
      if (end - HEAD > this.most) throw new RangeError(`A frame of ${end - HEAD} bytes is longer than ${this.most}.`);
      if (this.#bytes < end) return;
      const all = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
      this.#take(all.subarray(HEAD, end));
      this.#bytes -= end;
      this.#parts = this.#bytes === 0 ? [] : [all.subarray(end)];
    }
  }

  #head(): number {
    if (this.#parts[0]!.length < HEAD) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0]!.readUInt32LE(0);
  }
}
