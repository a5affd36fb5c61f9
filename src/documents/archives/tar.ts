import { createTarDecoder } from 'modern-tar';
import { brokenInstead, gather } from './member.ts';
import type { ArchiveMember } from './member.ts';

/**
 * The files of a tar archive, in its own order; folders and links are none.
 *
 * @throws {DocumentError} when the archive is broken
 */
export async function* tarMembers(bytes: Uint8Array): AsyncIterable<ArchiveMember> {
  const entries = chunksOf(bytes)
    .pipeThrough(createTarDecoder({ strict: true }))
    .getReader();
  for (;;) {
    const { done, value: entry } = await brokenInstead(() => entries.read());
    if (done) return;
    const { name, size, type = 'file' } = entry.header;
    let read = false;
    if (type === 'file') {
      yield {
        name,
        bytes: size,
        encrypted: false,
        read: (most) =>
          gather({ name, bytes: size }, most, () => {
            read = true;
            return entry.body;
          }),
      };
    }
    // The next entry comes once this one is out of the way.
    if (!read) await brokenInstead(() => entry.body.cancel());
  }
}

/** Bytes that the decoder is given at once. */
const CHUNK = 1024 * 1024;

function chunksOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) controller.close();
      else controller.enqueue(bytes.subarray(offset, (offset += CHUNK)));
    },
  });
}
