import { ApplicationFailure } from '@temporalio/activity';
import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import { ArtifactMissingError } from '../src/artifacts/artifact-store.ts';
import { DocumentError } from '../src/documents/errors.ts';
import { claimsArchive, expandArchive } from '../src/documents/expand.ts';
import type { Expanded } from '../src/documents/expand.ts';
import { leftOutNote } from '../src/documents/left-out.ts';
import { DOCUMENT_LIMITS, megabytes } from '../src/documents/limits.ts';
import { maximumTokens } from '../src/domain/budget.ts';
import { listDocuments } from '../src/domain/documents.ts';
import { LIMITS } from '../src/domain/limits.ts';
import type { DocumentReference, RunDocument } from '../src/domain/run.ts';
import { oneLine } from '../src/domain/unseen.ts';

/**
 * Stores the list of a run's documents: inline text under its hash, an archive as the documents that it holds.
 *
 * @returns the list's content hash, the tokens that it takes in a prompt, at most, and what archives hold that is in no list,
 *   a sentence an archive
 * @throws {ApplicationFailure} that is not retried, when a document is missing, too large, or an archive that is refused
 */
export async function storeList(
  artifacts: ArtifactStore,
  documents: readonly RunDocument[],
  signal: AbortSignal,
): Promise<{ documentsSha256: string; documentTokens: number; leftOut: string[] }> {
  const references: DocumentReference[] = [];
  const leftOut: string[] = [];
  let bytes = 0;
  for (const document of documents) {
    const stored = await storeDocument(artifacts, document);
    bytes += stored.bytes;
    checkBytes(stored, bytes);
    const expanded = claimsArchive(stored) ? await expand(artifacts, stored, signal) : undefined;
    references.push(...(expanded?.documents ?? [stored]));
    if (expanded !== undefined && expanded.leftOut.length > 0) {
      const inside = expanded.leftOut.map(({ name, why }) => ({ name: name.slice(stored.name.length + 1), why }));
      leftOut.push(oneLine(leftOutNote(stored.name, inside)));
    }
  }
  if (references.length > LIMITS.documents) {
    throw refuse(
      'InvalidInput',
      `The run has ${references.length} documents, archives unpacked; the most is ${LIMITS.documents}: give fewer.`,
    );
  }
  return {
    documentsSha256: await artifacts.putContent(JSON.stringify(references)),
    documentTokens: maximumTokens(listDocuments(references)),
    leftOut,
  };
}

async function storeDocument(artifacts: ArtifactStore, document: RunDocument): Promise<DocumentReference> {
  // A file's name is text of others too: it stands in lists and in tools' outputs as one line.
  const [name, mediaType] = [oneLine(document.name), oneLine(document.mediaType)];
  if ('text' in document) {
    const { text } = document;
    return { name, mediaType, sha256: await artifacts.putContent(text), bytes: Buffer.byteLength(text) };
  }
  const { sha256 } = document;
  try {
    return { name, mediaType, sha256, bytes: await artifacts.sizeOfContent(sha256) };
  } catch (error) {
    if (error instanceof ArtifactMissingError) throw refuse('ArtifactMissing', `Document ${name}: ${error.message}`);
    throw error;
  }
}

function checkBytes({ name, bytes }: DocumentReference, all: number): void {
  const { fileBytes, allBytes } = DOCUMENT_LIMITS;
  if (bytes > fileBytes) {
    throw refuse(
      'InvalidInput',
      `Document ${name} has ${megabytes(bytes)}, the most for one is ${megabytes(fileBytes)}: split it.`,
    );
  }
  if (all > allBytes) {
    throw refuse('InvalidInput', `The documents have over ${megabytes(allBytes)}, the most for one run: give fewer.`);
  }
}

async function expand(
  artifacts: ArtifactStore,
  archive: DocumentReference,
  signal: AbortSignal,
): Promise<Expanded | undefined> {
  try {
    return await expandArchive(artifacts, archive, { signal });
  } catch (error) {
    if (error instanceof DocumentError) throw refuse('InvalidInput', `Document ${error.message}.`);
    throw error;
  }
}

function refuse(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}
