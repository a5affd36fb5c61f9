import { readFileSync, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { ArtifactStore } from '../src/artifacts/artifact-store.ts';
import { userPath } from '../src/config/paths.ts';
import type { DocumentReference, DocumentText } from '../src/domain/run.ts';
import { messageOf, UserError } from './errors.ts';

const MEDIA_TYPES: Record<string, string> = {
  '.md': 'text/markdown',
  '.markdown': 'text/markdown',
  '.txt': 'text/plain',
  '.csv': 'text/csv',
  '.json': 'application/json',
};

/** Reads the files that a question is asked about, without storing them yet. */
export function readDocuments(files: readonly string[]): DocumentText[] {
  const documents = files.map((file) => readDocument(file));
  const names = new Set<string>();
  for (const { name } of documents) {
    if (names.has(name)) throw usage(`Two documents have the name ${name}: rename one.`);
    names.add(name);
  }
  return documents;
}

function readDocument(file: string): DocumentText {
  const path = userPath(file);
  const mediaType = MEDIA_TYPES[extname(path).toLowerCase()];
  let bytes: Buffer;
  try {
    if (statSync(path).isDirectory()) throw usage(`${file} is a folder: give its files, each with --file.`);
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw usage(`The file ${file} cannot be read: ${messageOf(error)}`);
  }
  if (mediaType === undefined) {
    throw usage(`The file ${file} is of no kind that can be read: give ${Object.keys(MEDIA_TYPES).join(', ')}.`);
  }
  if (bytes.length === 0) throw usage(`The file ${file} is empty.`);
  if (bytes.includes(0)) throw usage(`The file ${file} holds binary data, but its name says ${mediaType}.`);
  return { name: basename(path), mediaType, text: bytes.toString('utf8') };
}

function usage(message: string): UserError {
  return new UserError(message, { exitCode: 2 });
}

/** Stores documents and gives the references that a run takes. */
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
