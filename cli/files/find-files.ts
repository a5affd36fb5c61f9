import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { userPath } from '../../src/config/paths.ts';
import { cleanName } from '../../src/documents/archives/unique-names.ts';
import { kindOfName, KINDS, READABLE, recogniseFile } from '../../src/documents/kinds.ts';
import type { DocumentKind } from '../../src/documents/kinds.ts';
import { DOCUMENT_LIMITS, megabytes } from '../../src/documents/limits.ts';
import type { LeftOut } from '../../src/documents/thread.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { messageOf, UserError } from '../errors.ts';
import { filesBelow } from './folder.ts';
import { leftOutNote } from '../../src/documents/left-out.ts';

/** A file that a question is about, of which nothing but its beginning has been read. */
export interface FoundFile {
  path: string;
  /** As the person wrote it, or, for one of a folder, the folder's name and its own. */
  shown: string;
  /** The document's name: for one of a folder, its path in there. */
  name: string;
  mediaType: string;
  bytes: number;
  /** The folder that was given; absent for a file that was. One of a folder is left out when it cannot be read. */
  folder?: string;
}

/**
 * Finds the files that a question is about and recognises them by their content, before any is read as a whole.
 *
 * @param given files and folders
 * @param say tells the person what is taken for what, and what is left out
 * @throws {UserError} naming a file that was given and cannot be read
 */
export async function findFiles(given: readonly string[], say: (line: string) => void): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const shown of given) {
    const path = userPath(shown);
    const { isFolder, bytes } = await statOf(path, shown);
    if (isFolder) found.push(...(await findInFolder(path, shown, say)));
    else found.push(await recogniseGiven({ path, shown, name: basename(path), bytes }, say));
  }
  checkTogether(found);
  return found;
}

async function statOf(path: string, shown: string): Promise<{ isFolder: boolean; bytes: number }> {
  const found = await orCannotBeRead(shown, () => stat(path));
  if (found.isDirectory()) return { isFolder: true, bytes: 0 };
  if (!found.isFile()) throw usage(`${shown} is neither a file nor a folder.`);
  return { isFolder: false, bytes: found.size };
}

type Candidate = Omit<FoundFile, 'mediaType'>;

async function recogniseGiven(candidate: Candidate, say: (line: string) => void): Promise<FoundFile> {
  const { shown, path } = candidate;
  const problem = sizeProblem(candidate.bytes);
  if (problem !== undefined) throw usage(`The file ${shown} ${problem}.`);
  const recognised = await orCannotBeRead(shown, () => recogniseFile(path, candidate));
  if (recognised.kind === undefined) {
    throw usage(`The file ${shown} is of no kind that can be read, it holds ${recognised.found}: give ${READABLE}.`);
  }
  sayMisnamed(candidate, recognised.kind, say);
  return { ...candidate, name: nameOf(candidate), mediaType: recognised.mediaType };
}

async function findInFolder(folder: string, shownFolder: string, say: (line: string) => void): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const leftOut: LeftOut[] = [];
  const { files, unread } = await orCannotBeRead(shownFolder, () => filesBelow(folder));
  leftOut.push(...unread);
  for (const { path, name, bytes } of files) {
    const candidate = {
      path,
      name,
      bytes,
      shown: `${shownFolder.replace(/[/\\]+$/, '')}/${name}`,
      folder: shownFolder,
    };
    try {
      const problem = sizeProblem(bytes);
      const recognised = problem === undefined ? await recogniseFile(path, candidate) : undefined;
      if (recognised?.kind === undefined) {
        leftOut.push({ name, why: problem ?? `is of no kind that can be read (${recognised!.found})` });
        continue;
      }
      sayMisnamed(candidate, recognised.kind, say);
      found.push({ ...candidate, name: nameOf(candidate), mediaType: recognised.mediaType });
    } catch (error) {
      leftOut.push({ name, why: `cannot be read: ${messageOf(error)}` });
    }
  }
  if (found.length === 0) {
    const why = leftOut.length === 0 ? 'it holds no files that are not hidden' : leftOutNote(shownFolder, leftOut);
    throw usage(`The folder ${shownFolder} holds no document that can be read: ${why}`);
  }
  if (leftOut.length > 0) say(leftOutNote(shownFolder, leftOut));
  return found;
}

function sizeProblem(bytes: number): string | undefined {
  if (bytes === 0) return 'is empty';
  const { fileBytes } = DOCUMENT_LIMITS;
  if (bytes <= fileBytes) return undefined;
  return `has ${megabytes(bytes)}, the most for one file is ${megabytes(fileBytes)}: split it, or give a part of it`;
}

function sayMisnamed({ shown, name }: Candidate, kind: DocumentKind, say: (line: string) => void): void {
  const claimed = kindOfName(name);
  // A file with a password looks like one of the old formats; its reading tells which.
  if (claimed === undefined || claimed === kind || kind === 'ole') return;
  say(`The file ${shown} is ${KINDS[kind].label} by its content, whatever its name says: it is read as that.`);
}

function nameOf({ name }: Candidate): string {
  return cleanName(name, DOCUMENT_LIMITS.nameCharacters);
}

function checkTogether(found: readonly FoundFile[]): void {
  const names = new Set<string>();
  for (const { name, folder } of found) {
    if (names.has(name)) {
      const instead = folder === undefined ? 'rename one' : 'rename one, or give the folder that holds both';
      throw usage(`Two documents have the name ${name}: ${instead}.`);
    }
    names.add(name);
  }
  if (found.length > LIMITS.documents) {
    throw usage(`There are ${found.length} documents, the most is ${LIMITS.documents}: give fewer.`);
  }
  const bytes = found.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > DOCUMENT_LIMITS.allBytes) {
    const most = megabytes(DOCUMENT_LIMITS.allBytes);
    throw usage(`The files have ${megabytes(bytes)} in all, the most is ${most}: give fewer.`);
  }
}

async function orCannotBeRead<T>(shown: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw usage(`The file ${shown} cannot be read: ${messageOf(error)}`);
  }
}

function usage(message: string): UserError {
  return new UserError(message, { exitCode: 2 });
}
