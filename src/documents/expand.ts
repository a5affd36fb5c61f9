import { createHash } from 'node:crypto';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { DocumentReference } from '../domain/run.ts';
import { cleanName } from './archives/unique-names.ts';
import { sharedConverter } from './converter.ts';
import { DocumentError } from './errors.ts';
import { isArchive, kindOfMediaType, kindOfName } from './kinds.ts';
import { DOCUMENT_LIMITS } from './limits.ts';
import type { ReadOptions } from './read.ts';
import { READING_VERSION } from './read.ts';
import type { LeftOut } from './thread.ts';

/** What an archive holds; all its names begin with its own: `archive.zip/folder/paper.pdf`. */
export interface Expanded {
  documents: DocumentReference[];
  leftOut: LeftOut[];
}

/** Whether a document is to be unpacked, by what it is said to be: its media type, or, where that is none, its name. */
export function claimsArchive({ mediaType, name }: Pick<DocumentReference, 'mediaType' | 'name'>): boolean {
  const kind = kindOfMediaType(mediaType) ?? kindOfName(name);
  return kind !== undefined && isArchive(kind);
}

/**
 * Unpacks an archive into the artifact store, as documents of their own. What it holds is kept too, so that the same
 * archive is unpacked once.
 *
 * @returns undefined for what is no archive by its content
 * @throws {DocumentError} naming the archive, when it is broken, encrypted, a bomb, or holds no document
 */
export async function expandArchive(
  artifacts: ArtifactStore,
  archive: DocumentReference,
  options: ReadOptions = {},
): Promise<Expanded | undefined> {
  // What was gzipped alone gets its name from the archive's.
  const named = createHash('sha256').update(archive.name).digest('hex').slice(0, 16);
  const name = `documents/${READING_VERSION}/${archive.sha256}.members.${named}`;
  try {
    const kept = await artifacts.read(name);
    const members =
      kept === undefined ? await unpackInto(artifacts, archive, options) : (JSON.parse(kept.toString()) as Expanded);
    if (members === undefined) return undefined;
    if (members.documents.length === 0) throw new DocumentError('unreadable', nothingIn(members.leftOut));
    if (kept === undefined) await artifacts.create(name, JSON.stringify(members));
    return {
      documents: members.documents.map((document) => ({ ...document, name: `${archive.name}/${document.name}` })),
      leftOut: members.leftOut.map((member) => ({ ...member, name: `${archive.name}/${member.name}` })),
    };
  } catch (error) {
    throw error instanceof DocumentError ? error.of(archive.name) : error;
  }
}

async function unpackInto(
  artifacts: ArtifactStore,
  archive: DocumentReference,
  { signal, converter = sharedConverter() }: ReadOptions,
): Promise<Expanded | undefined> {
  const documents: DocumentReference[] = [];
  const converted = await converter.read(await artifacts.getContent(archive.sha256), archive, {
    signal,
    take: async ({ name, mediaType, bytes }) => {
      const place = documents.push({ name, mediaType, sha256: '', bytes: bytes.byteLength }) - 1;
      documents[place]!.sha256 = await artifacts.putContent(bytes);
    },
  });
  if (converted.kind === 'problem') throw new DocumentError(converted.problem, converted.predicate);
  return converted.kind === 'archive' ? { documents, leftOut: converted.leftOut } : undefined;
}

function nothingIn(leftOut: readonly LeftOut[]): string {
  const [first] = leftOut;
  if (first === undefined) return 'is an archive that holds no files';
  return `is an archive that holds no document that can be read: ${cleanName(first.name, DOCUMENT_LIMITS.nameCharacters)} ${first.why}`;
}
