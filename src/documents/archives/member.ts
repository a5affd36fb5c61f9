import { DocumentError } from '../errors.ts';
import { megabytes } from '../limits.ts';

/** One file of an archive. */
export interface ArchiveMember {
  /** What the archive says, wherever that would lead. */
  name: string;
  /** As the archive claims. */
  bytes: number;
  encrypted: boolean;
  /**
   * Reads it, before the next one is asked for.
   *
   * @throws {DocumentError} when it is broken, claims more than `most` bytes, or holds other than it claims
   */
  read(most: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Gathers the chunks of a member that claims so many bytes. */
export async function gather(
  { name, bytes }: Pick<ArchiveMember, 'name' | 'bytes'>,
  most: number,
  open: () => Promise<AsyncIterable<Uint8Array>> | AsyncIterable<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes > most) throw new DocumentError('too-large', `holds more than ${megabytes(most)} when it is unpacked`);
  return brokenInstead(async () => {
    const whole = new Uint8Array(bytes);
    let offset = 0;
    for await (const chunk of await open()) {
      whole.set(chunk, offset);
      offset += chunk.length;
    }
    if (offset < bytes) throw new Error(`${name} ends after ${offset} of ${bytes} bytes`);
    return whole;
  });
}

/** Runs what a library does with an archive; its errors say that the archive is broken. */
export async function brokenInstead<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DocumentError('broken', `is broken or was cut off (${why}): save or send it again`);
  }
}
