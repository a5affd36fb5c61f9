import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { DocumentReference } from '../domain/run.ts';
import { convert } from './convert/index.ts';
import { sharedConverter } from './converter.ts';
import type { Converter } from './converter.ts';
import { DocumentError } from './errors.ts';
import { hintedTextKind, kindOfMediaType, textKind } from './kinds.ts';
import { DOCUMENT_LIMITS } from './limits.ts';
import { SharedWork } from './shared-work.ts';
import type { Converted } from './thread.ts';

/** A part of the names of what is kept: what an older version read is read anew. */
export const READING_VERSION = 1;

/** What a document says, or that it is an image. */
export type DocumentContent = { kind: 'text'; text: string } | { kind: 'image'; mediaType: string };

export interface ReadOptions {
  signal?: AbortSignal;
  /** @default the process's own */
  converter?: Converter;
}

/**
 * Reads a document. What is more than plain text is converted once, whoever asks for it: the outcome is kept in the
 * artifact store under the hash of the content.
 *
 * @throws {DocumentError} naming the document, when it cannot be read
 * @throws {ArtifactMissingError} when it is not in the store
 */
export async function readContent(
  artifacts: ArtifactStore,
  document: DocumentReference,
  options: ReadOptions = {},
): Promise<DocumentContent> {
  try {
    const text = await plainText(artifacts, document);
    return text === undefined ? contentOf(await convertOnce(artifacts, document, options)) : { kind: 'text', text };
  } catch (error) {
    throw error instanceof DocumentError ? error.of(document.name) : error;
  }
}

/** Tables and JSON of more bytes are read in a thread. */
const READ_IN_PLACE = 256 * 1024;

/** The text of what is text already; `undefined` for all else, which may claim to be text. */
async function plainText(artifacts: ArtifactStore, document: DocumentReference): Promise<string | undefined> {
  const claimed = kindOfMediaType(document.mediaType);
  if (claimed === undefined || !['markdown', 'text', 'csv', 'json'].includes(claimed)) return undefined;
  const bytes = await artifacts.getContent(document.sha256);
  if (claimed !== 'markdown' && claimed !== 'text' && bytes.length > READ_IN_PLACE) return undefined;
  const kind = textKind(bytes, document, true)?.kind;
  if (kind !== 'markdown' && kind !== 'text' && kind !== 'csv' && kind !== 'json') return undefined;
  return convert(bytes, kind, DOCUMENT_LIMITS);
}

const conversions = new SharedWork<Converted>();

async function convertOnce(
  artifacts: ArtifactStore,
  document: DocumentReference,
  { signal, converter = sharedConverter() }: ReadOptions,
): Promise<Converted> {
  const name = `documents/${READING_VERSION}/${document.sha256}.${hintedTextKind(document)}`;
  const kept = await artifacts.read(name);
  if (kept !== undefined) return JSON.parse(kept.toString()) as Converted;
  return conversions.do(name, signal, async (ending) => {
    const bytes = await artifacts.getContent(document.sha256);
    const converted = await converter.read(bytes, document, { signal: ending });
    if (isLasting(converted)) await artifacts.create(name, JSON.stringify(converted));
    return converted;
  });
}

function contentOf(converted: Converted): DocumentContent {
  switch (converted.kind) {
    case 'text':
    case 'image':
      return converted;
    case 'archive':
      throw new DocumentError(
        'unreadable',
        'is an archive that was not unpacked: give it as application/zip, application/x-tar or application/gzip',
      );
    case 'problem':
      throw new DocumentError(converted.problem, converted.predicate);
  }
}

function isLasting(converted: Converted): boolean {
  return converted.kind !== 'problem' || new DocumentError(converted.problem, converted.predicate).lasting;
}
