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
  readonly #take: (frame: Uint8Array<ArrayBuffer>) => void;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(take: (frame: Uint8Array<ArrayBuffer>) => void) {
    this.#take = take;
  }

  push(part: Buffer): void {
    this.#parts.push(part);
    this.#bytes += part.length;
    while (this.#bytes >= HEAD) {
      const end = HEAD + this.#head();
      if (this.#bytes < end) return;
      const all = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
      // A copy, in memory of its own: it may be handed on to another thread.
      this.#take(new Uint8Array(all.subarray(HEAD, end)));
      this.#bytes -= end;
      this.#parts = this.#bytes === 0 ? [] : [all.subarray(end)];
    }
  }

  #head(): number {
    if (this.#parts[0]!.length < HEAD) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0]!.readUInt32LE(0);
  }
}
