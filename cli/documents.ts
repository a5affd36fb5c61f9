import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import type { DocumentReference, DocumentText } from '../src/domain/run.ts';

/** Stores documents that are at hand as text, and gives the references that a run takes. */
export function storeDocuments(
  artifacts: ArtifactStore,
  documents: readonly DocumentText[],
): Promise<DocumentReference[]> {
  return Promise.all(
    documents.map(async ({ name, mediaType, text }) => ({
      name,
      mediaType,
      sha256: await artifacts.putContent(text),
      bytes: Buffer.byteLength(text),
    })),
  );
}
