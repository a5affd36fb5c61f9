import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ArtifactMissingError } from '../../src/artifacts/artifact-store.ts';
import { ArtifactNameError, openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { temporaryFolder, temporaryStore } from '../support/folders.ts';

describe('create', () => {
  it('succeeds for exactly one of many that create the same name at once, and keeps its content whole', async () => {
    const store = temporaryStore();
    const contents = Array.from({ length: 20 }, (_, index) => `${index}\n`.repeat(10_000));
    const made = await Promise.all(contents.map((content) => store.create('runs/r/graph/000001', content)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect((await store.read('runs/r/graph/000001'))!.toString()).toBe(contents[made.indexOf(true)]);
  });

  it('succeeds for exactly one of several stores in one folder', async () => {
    const folder = temporaryFolder();
    const stores = Array.from({ length: 20 }, () => openDirectoryStore(folder));
    const made = await Promise.all(stores.map((store, index) => store.create('a/b/c/d', String(index))));
    expect(made.filter(Boolean)).toHaveLength(1);
  });

  it('leaves nothing behind, whether it succeeded or not', async () => {
    const folder = temporaryFolder();
    const store = openDirectoryStore(folder);
    expect(await store.create('name', 'first')).toBe(true);
    expect(await store.create('name', 'second')).toBe(false);
    expect((await store.read('name'))!.toString()).toBe('first');
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  });

  it('keeps bytes and empty content as they are', async () => {
    const store = temporaryStore();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    await store.create('bytes', bytes);
    await store.create('empty', '');
    expect(new Uint8Array((await store.read('bytes'))!)).toEqual(bytes);
    expect(await store.read('empty')).toHaveLength(0);
  });

  it('fails where a folder of the name is an artifact itself', async () => {
    const store = temporaryStore();
    await store.create('a', '1');
    await expect(store.create('a/b', '2')).rejects.toThrow(/ENOTDIR|EEXIST/);
    expect((await store.read('a'))!.toString()).toBe('1');
  });
});

describe('names', () => {
  it.each(['../outside', 'a/../../b', '/etc/passwd', 'a//b', '.', '..', '', 'a/', 'a/./b', 'a\0b'])(
    '%j is refused, as it could leave the store',
    async (name) => {
      const store = temporaryStore();
      await expect(store.create(name, 'x')).rejects.toThrow(ArtifactNameError);
      await expect(store.read(name)).rejects.toThrow(ArtifactNameError);
      await expect(store.list(name)).rejects.toThrow(ArtifactNameError);
    },
  );

  it.each(['a b', '..a', 'a..b', '漢字', '%2e%2e', '~', '-rf'])('%j is only a name', async (name) => {
    const store = temporaryStore();
    expect(await store.create(`folder/${name}`, 'x')).toBe(true);
    expect(await store.list('folder')).toEqual([`folder/${name}`]);
  });
});

describe('read and list', () => {
  it('know nothing of what was not created', async () => {
    const store = openDirectoryStore(join(temporaryFolder(), 'not made yet'));
    expect(await store.read('a')).toBeUndefined();
    expect(await store.list('a')).toEqual([]);
    await store.create('file', 'x');
    expect(await store.read('file/below')).toBeUndefined();
  });

  it('list full names below a folder, sorted, at every depth, and not of folders that begin alike', async () => {
    const store = temporaryStore();
    const names = ['runs/r/graph/000002', 'runs/r/calls/001.a.0.0/1.request', 'runs/r/graph/000001'];
    for (const name of [...names, 'runs/r2/graph/000001']) await store.create(name, name);
    expect(await store.list('runs/r')).toEqual([...names].sort());
    expect(await store.list('runs/r/graph')).toEqual(['runs/r/graph/000001', 'runs/r/graph/000002']);
  });
});

describe.runIf(process.platform !== 'win32')('a backslash', () => {
  it('is a character of the name as any other', async () => {
    const store = temporaryStore();
    await store.create('folder/a\\b', 'x');
    expect(await store.list('folder')).toEqual(['folder/a\\b']);
  });
});

describe('content', () => {
  it('is stored under its SHA-256, the same content once', async () => {
    const store = temporaryStore();
    const text = 'Ada Vega leads Peru. 😀';
    const hash = await store.putContent(text);
    expect(hash).toBe(createHash('sha256').update(text).digest('hex'));
    expect(await store.putContent(Buffer.from(text))).toBe(hash);
    expect(await store.list('content')).toHaveLength(1);
    expect((await store.getContent(hash)).toString()).toBe(text);
  });

  it('can be put by many at once', async () => {
    const store = temporaryStore();
    const hashes = await Promise.all(Array.from({ length: 20 }, () => store.putContent('same')));
    expect(new Set(hashes).size).toBe(1);
  });

  it('that comes in parts is stored as the whole is, once', async () => {
    const folder = temporaryFolder();
    const store = openDirectoryStore(folder);
    const parts = async function* () {
      for (const part of ['Ada Vega ', 'leads ', 'Peru.']) yield Buffer.from(part);
    };
    const hash = createHash('sha256').update('Ada Vega leads Peru.').digest('hex');
    expect(await store.putStream(parts())).toEqual({ sha256: hash, bytes: 20 });
    expect(await store.putStream(parts())).toEqual({ sha256: hash, bytes: 20 });
    expect((await store.getContent(hash)).toString()).toBe('Ada Vega leads Peru.');
    expect(await store.sizeOfContent(hash)).toBe(20);
    expect(await store.list('content')).toHaveLength(1);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  });

  it('whose parts break off leaves nothing behind', async () => {
    const folder = temporaryFolder();
    const store = openDirectoryStore(folder);
    const parts = async function* () {
      yield Buffer.from('a part');
      throw new Error('the disk broke');
    };
    await expect(store.putStream(parts())).rejects.toThrow('the disk broke');
    expect(await store.list('content')).toEqual([]);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  });

  it('that is missing is an error that names the hash, the folder and what to check', async () => {
    const folder = temporaryFolder();
    const sha256 = 'f'.repeat(64);
    const error = await openDirectoryStore(folder)
      .getContent(sha256)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ArtifactMissingError);
    expect(error).toMatchObject({ sha256 });
    expect((error as Error).message).toContain(folder);
    expect((error as Error).message).toContain('KGOT_DATA');
  });

  it.each(['', 'abc', '../../etc/passwd', 'F'.repeat(64), `${'f'.repeat(64)}/x`])(
    'of the hash %j is missing',
    async (hash) => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'abc'), 'x');
      await expect(openDirectoryStore(folder).getContent(hash)).rejects.toThrow(ArtifactMissingError);
      await expect(openDirectoryStore(folder).sizeOfContent(hash)).rejects.toThrow(ArtifactMissingError);
    },
  );
});
