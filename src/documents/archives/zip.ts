import { fromBufferPromise, getFileNameLowLevel } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { brokenInstead, gather } from './member.ts';
import type { ArchiveMember } from './member.ts';

/**
 * The files of a ZIP archive, in its own order; folders and links are none.
 *
 * @throws {DocumentError} when the archive is broken
 */
export async function* zipMembers(bytes: Uint8Array): AsyncIterable<ArchiveMember> {
  const zip = await brokenInstead(() =>
    fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
      // Names are not decoded, and so not refused, by the library: here they only name.
      decodeStrings: false,
    }),
  );
  const entries = zip.eachEntry();
  for (;;) {
    const next = await brokenInstead(() => entries.next());
    if (next.done === true) return;
    const entry = next.value;
    const name = nameOf(entry);
    if (!name.endsWith('/') && !isLink(entry)) yield memberOf(zip, entry, name);
  }
}

function memberOf(zip: ZipFile, entry: Entry, name: string): ArchiveMember {
  const bytes = entry.uncompressedSize;
  return {
    name,
    bytes,
    encrypted: entry.isEncrypted(),
    read: (most) => gather({ name, bytes }, most, () => zip.openReadStreamPromise(entry)),
  };
}

function nameOf({ generalPurposeBitFlag, fileName, extraFields }: Entry): string {
  return getFileNameLowLevel(generalPurposeBitFlag, fileName as unknown as Buffer, extraFields, false);
}

/** Its content would be the path that it leads to. */
function isLink({ externalFileAttributes }: Entry): boolean {
  return ((externalFileAttributes >>> 16) & 0o170000) === 0o120000;
}
