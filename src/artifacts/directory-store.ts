import { createHash, randomUUID } from 'node:crypto';
import { link, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { makeDirectory } from '../config/make-directory.ts';
import { ArtifactMissingError, StoreUnwritableError } from './artifact-store.ts';
import type { ArtifactStore } from './artifact-store.ts';

/** Thrown for a name that could leave the store. */
export class ArtifactNameError extends Error {
  override readonly name = 'ArtifactNameError';
  constructor(given: string) {
    super(`${JSON.stringify(given)} is no name of an artifact: use relative names like runs/ID/graph/000001.`);
  }
}

/** An artifact store in a directory, which is made when it is first written to. */
export function openDirectoryStore(directory: string): ArtifactStore {
  const pathOf = (name: string): string => {
    const parts = name.split('/');
    if (name.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..')) {
      throw new ArtifactNameError(name);
    }
    return join(directory, ...parts);
  };

  /** Writes a file under a name of its own, and gives it the path that is known by then. @returns false if that exists */
  const write = async (content: Uint8Array | string | AsyncIterable<Uint8Array>, pathOfWritten: () => string) => {
    const temporary = join(directory, 'tmp', randomUUID());
    try {
      await writeWhole(temporary, content);
      const path = pathOfWritten();
      await linkInto(temporary, path);
      await syncFolder(dirname(path));
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      if (UNWRITABLE.test(codeOf(error) ?? '')) {
        throw new StoreUnwritableError({ where: directory, cause: error as NodeJS.ErrnoException });
      }
      throw error;
    } finally {
      await unlink(temporary).catch(() => undefined);
    }
  };

  const store: ArtifactStore = {
    async create(name, content) {
      const path = pathOf(name);
      return write(content, () => path);
    },

    async read(name) {
      try {
        return await readFile(pathOf(name));
      } catch (error) {
        if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
        throw error;
      }
    },

    async remove(name) {
      const path = pathOf(name);
      try {
        await unlink(path);
        await syncFolder(dirname(path));
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error;
      }
    },

    async list(prefix) {
      try {
        const entries = await readdir(pathOf(prefix), { recursive: true, withFileTypes: true });
        const base = pathOf(prefix).length + 1;
        return entries
          .filter((entry) => entry.isFile())
          .map((entry) => `${prefix}/${join(entry.parentPath, entry.name).slice(base).replaceAll(sep, '/')}`)
          .sort();
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return [];
        throw error;
      }
    },

    async bytesBelow(prefix) {
      const sizes = (await store.list(prefix)).map(async (name) => (await stat(pathOf(name))).size);
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    },

    async putContent(content) {
      const sha256 = createHash('sha256').update(content).digest('hex');
      await store.create(contentName(sha256), content);
      return sha256;
    },

    async putStream(parts) {
      const hash = createHash('sha256');
      let bytes = 0;
      const counted = async function* (): AsyncIterable<Uint8Array> {
        for await (const part of parts) {
          hash.update(part);
          bytes += part.byteLength;
          yield part;
        }
      };
      let sha256 = '';
      await write(counted(), () => pathOf(contentName((sha256 = hash.digest('hex')))));
      return { sha256, bytes };
    },

    async getContent(sha256) {
      const content = isHash(sha256) ? await store.read(contentName(sha256)) : undefined;
      if (content === undefined) throw new ArtifactMissingError({ sha256, where: directory });
      return content;
    },

    async sizeOfContent(sha256) {
      const found = isHash(sha256) ? await stat(pathOf(contentName(sha256))).catch(() => undefined) : undefined;
      if (found === undefined) throw new ArtifactMissingError({ sha256, where: directory });
      return found.size;
    },
  };
  return store;
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function contentName(sha256: string): string {
  return `content/${sha256.slice(0, 2)}/${sha256}`;
}

/** Codes of a disk that is full, broken or not to be written. */
const UNWRITABLE = /^(ENOSPC|EDQUOT|EROFS|EACCES|EPERM|EIO)$/;

async function writeWhole(path: string, content: Uint8Array | string | AsyncIterable<Uint8Array>): Promise<void> {
  const file = await openForWriting(path);
  try {
    await file.writeFile(content);
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function openForWriting(path: string): ReturnType<typeof open> {
  try {
    return await open(path, 'wx');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    makeDirectory(dirname(path));
    return open(path, 'wx');
  }
}

async function linkInto(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    const made = makeDirectory(dirname(to));
    if (made !== undefined) await syncFolder(dirname(made));
    await link(from, to);
  }
}

/** Makes a new name in the folder survive a power loss. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
