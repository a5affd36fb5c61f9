import { createReadStream } from 'node:fs';
import PQueue from 'p-queue';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { DocumentError } from '../../src/documents/errors.ts';
import { claimsArchive, expandArchive } from '../../src/documents/expand.ts';
import { readContent } from '../../src/documents/read.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import type { DocumentReference } from '../../src/domain/run.ts';
import { messageOf, UserError } from '../errors.ts';
import type { FoundFile } from './find-files.ts';
import { leftOutNote } from '../../src/documents/left-out.ts';

export interface StoreFilesOptions {
  signal?: AbortSignal;
  /** Tells the person what is left out. */
  say: (line: string) => void;
  /** Called as documents are read: this takes a while for hundreds. */
  progress?: (done: number, all: number) => void;
}

/**
 * Stores files as they are, archives as the documents that they hold, and reads each document once: one that cannot be
 * read is said before a run starts, and the text of those that can is kept for the run.
 *
 * @throws {UserError} naming a file that was given and cannot be read
 */
export async function storeFiles(
  artifacts: ArtifactStore,
  files: readonly FoundFile[],
  options: StoreFilesOptions,
): Promise<DocumentReference[]> {
  const stored: Stored[] = [];
  for (const file of files) {
    options.signal?.throwIfAborted();
    stored.push(...(await storeFile(artifacts, file, options)));
  }
  if (stored.length > LIMITS.documents) {
    throw usage(
      `There are ${stored.length} documents, archives unpacked; the most is ${LIMITS.documents}: give fewer.`,
    );
  }
  return readAll(artifacts, stored, options);
}

interface Stored {
  document: DocumentReference;
  /** As the person knows it: a file that was given, or a name in `whole`. */
  shown: string;
  /** The archive or folder that the document is left out of when it cannot be read. */
  whole?: string;
}

async function storeFile(
  artifacts: ArtifactStore,
  { name, mediaType, path, shown, folder }: FoundFile,
  { signal, say }: StoreFilesOptions,
): Promise<Stored[]> {
  const document = { name, mediaType, ...(await storeBytes(artifacts, path, shown)) };
  const itself: Stored = folder === undefined ? { document, shown } : { document, shown: name, whole: folder };
  if (!claimsArchive(document)) return [itself];
  try {
    const expanded = await expandArchive(artifacts, document, { signal });
    if (expanded === undefined) return [itself];
    const inside = (member: string): string => member.slice(name.length + 1);
    if (expanded.leftOut.length > 0) {
      say(
        leftOutNote(
          shown,
          expanded.leftOut.map((member) => ({ ...member, name: inside(member.name) })),
        ),
      );
    }
    return expanded.documents.map((member) => ({ document: member, shown: inside(member.name), whole: shown }));
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    if (folder === undefined) throw usage(`The file ${shown} ${error.predicate}.`);
    say(leftOutNote(folder, [{ name, why: error.predicate }]));
    return [];
  }
}

async function storeBytes(
  artifacts: ArtifactStore,
  path: string,
  shown: string,
): Promise<{ sha256: string; bytes: number }> {
  try {
    return await artifacts.putStream(createReadStream(path));
  } catch (error) {
    throw usage(`The file ${shown} cannot be read: ${messageOf(error)}`);
  }
}

/** Documents that are read side by side; the converter has its own limit. */
const AT_ONCE = 4;

async function readAll(
  artifacts: ArtifactStore,
  stored: readonly Stored[],
  { signal, say, progress }: StoreFilesOptions,
): Promise<DocumentReference[]> {
  const queue = new PQueue({ concurrency: AT_ONCE });
  const problems = new Map<Stored, string>();
  let done = 0;
  const read = async (one: Stored): Promise<void> => {
    try {
      await readContent(artifacts, one.document, { signal });
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      if (one.whole === undefined) throw usage(`The file ${one.shown} ${error.predicate}.`);
      problems.set(one, error.predicate);
    }
    done += 1;
    progress?.(done, stored.length);
  };
  try {
    await Promise.all(stored.map((one) => queue.add(() => read(one))));
  } finally {
    queue.clear();
  }
  const unread = stored.filter((one) => problems.has(one));
  for (const [whole, some] of Map.groupBy(unread, (one) => one.whole!)) {
    say(
      leftOutNote(
        whole,
        some.map((one) => ({ name: one.shown, why: problems.get(one)! })),
      ),
    );
  }
  if (stored.length > 0 && unread.length === stored.length) throw usage('None of the documents can be read.');
  return stored.filter((one) => !problems.has(one)).map(({ document }) => document);
}

function usage(message: string): UserError {
  return new UserError(message, { exitCode: 2 });
}
