import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanName, uniqueNames } from '../../src/documents/archives/unique-names.ts';
import { unpack } from '../../src/documents/archives/unpack.ts';
import type { Unpacked } from '../../src/documents/archives/unpack.ts';
import { DocumentError } from '../../src/documents/errors.ts';
import { recognise } from '../../src/documents/kinds.ts';
import { DOCUMENT_LIMITS } from '../../src/documents/limits.ts';
import type { DocumentLimits } from '../../src/documents/limits.ts';
import { fixture, tarOf, zipOf } from '../support/documents.ts';
import { SEEDED } from '../support/property.ts';

const MEBIBYTE = 1024 * 1024;

async function unpacked(bytes: Uint8Array, limits: Partial<DocumentLimits> = {}, name = 'a.zip'): Promise<Unpacked[]> {
  const { kind } = await recognise(bytes, { name });
  const items: Unpacked[] = [];
  for await (const item of unpack(bytes, kind!, name, { ...DOCUMENT_LIMITS, ...limits })) items.push(item);
  return items;
}

/** `name: text` of documents, `name (why)` of what is left out. */
function told(items: Unpacked[]): string[] {
  return items.map((item) =>
    item.kind === 'document'
      ? `${item.name}: ${Buffer.from(item.bytes).toString().slice(0, 20)}`
      : `${item.name} (${item.why})`,
  );
}

async function problemOf(unpacking: Promise<unknown>): Promise<DocumentError> {
  const error = await unpacking.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DocumentError);
  return error as DocumentError;
}

describe('unpack', () => {
  it('gives the documents of ZIP, tar and gzipped tar archives, and says what is none', async () => {
    const files = { 'a.txt': 'one', 'folder/b.csv': 'x,y', 'c.bin': new Uint8Array([1, 0, 2, 0, 3]), 'd.txt': '' };
    const all = [
      'a.txt: one',
      'folder/b.csv: x,y',
      'c.bin (is of no kind that can be read (binary data of an unknown kind))',
      'd.txt (is empty)',
    ];
    const tar = await tarOf(files);
    expect(told(await unpacked(zipOf(files)))).toEqual(all);
    expect(told(await unpacked(tar))).toEqual(all);
    expect(told(await unpacked(gzipSync(tar), {}, 'a.tar.gz'))).toEqual(all);
    expect((await unpacked(zipOf(files)))[1]).toMatchObject({ mediaType: 'text/csv' });
  });

  it('gives a gzipped file that is no archive the name of its archive', async () => {
    expect(told(await unpacked(gzipSync('a,b'), {}, 'folder/table.csv.gz'))).toEqual(['table.csv: a,b']);
    expect(told(await unpacked(gzipSync('words'), {}, '.gz'))).toEqual(['content: words']);
  });

  it('unpacks archives in archives, each in a folder of its name', async () => {
    const inner = zipOf({ 'b.txt': 'two' });
    const middle = await tarOf({ 'inner.zip': inner, 'c.txt': 'three' });
    const outer = zipOf({ 'a.txt': 'one', 'middle.tar.gz': gzipSync(middle), 'report.docx': fixture('report.docx') });
    const items = await unpacked(outer);
    expect(items.map(({ name }) => name)).toEqual([
      'a.txt',
      'middle.tar.gz/inner.zip/b.txt',
      'middle.tar.gz/c.txt',
      'report.docx',
    ]);
  });

  it('leaves out an archive in it that is broken or encrypted', async () => {
    const broken = zipOf({ 'b.txt': 'two' }).subarray(0, 40);
    const items = told(
      await unpacked(zipOf({ 'broken.zip': broken, 'a.txt': 'one', 'e.zip': fixture('encrypted.zip') })),
    );
    expect(items[0]).toMatch(/^broken\.zip \(is broken or was cut off/);
    expect(items.slice(1)).toEqual([
      'a.txt: one',
      'e.zip/note.txt (is encrypted)',
      'e.zip (is password-protected: pack it without a password)',
    ]);
  });

  it('passes over hidden files and folders, and what macOS adds', async () => {
    const files = { '.git/config': 'x', 'a/.DS_Store': 'x', '__MACOSX/a.txt': 'x', 'a/b.txt': 'seen' };
    expect(told(await unpacked(zipOf(files)))).toEqual(['a/b.txt: seen']);
    expect(await unpacked(zipOf({}))).toEqual([]);
  });

  it('takes names that would lead elsewhere for names', async () => {
    const files = {
      '../../etc/passwd': 'one',
      '/etc/shadow': 'two',
      'C:\\Windows\\x.txt': 'three',
      'a/../b.txt': 'four',
    };
    const names = ['../../etc/passwd', '/etc/shadow', 'C:/Windows/x.txt', 'a/../b.txt'];
    expect((await unpacked(zipOf(files))).map(({ name }) => name)).toEqual(names);
    expect((await unpacked(await tarOf(files))).map(({ name }) => name)).toEqual(names);
  });

  it('passes over links, whose content is where they lead', async () => {
    const { packTar } = await import('modern-tar');
    const tar = await packTar([
      { header: { name: 'link.txt', size: 0, type: 'symlink', linkname: '/etc/passwd' } },
      { header: { name: 'hard.txt', size: 0, type: 'link', linkname: '/etc/passwd' } },
      { header: { name: 'a.txt', size: 3, type: 'file' }, body: 'one' },
    ]);
    expect(told(await unpacked(tar))).toEqual(['a.txt: one']);
    const { zipSync } = await import('fflate');
    const attrs = (0o120777 << 16) >>> 0;
    const link = zipSync({ 'link.txt': [new TextEncoder().encode('/etc/passwd'), { os: 3, attrs }] });
    expect(await unpacked(link)).toEqual([]);
  });

  it('says of an archive with a password that it has one', async () => {
    expect(await problemOf(unpacked(fixture('encrypted.zip')))).toMatchObject({
      problem: 'password',
      predicate: 'is password-protected: pack it without a password',
    });
  });

  it.each([
    ['ZIP', async () => zipOf({ 'a.txt': 'one', 'b.txt': 'two' })],
    ['tar', () => tarOf({ 'a.txt': 'one', 'b.txt': 'two' })],
    ['gzip', async () => new Uint8Array(gzipSync('some words'))],
  ])('says of a %s archive that was cut off that it is broken', async (_, make) => {
    const whole = await make();
    const error = await problemOf(unpacked(whole.subarray(0, whole.length - 30 < 20 ? 20 : 540 % whole.length)));
    expect(error.predicate).toMatch(/^is broken or was cut off \(.+\): save or send it again$/);
  });

  it('reads no member that holds more than it claims', async () => {
    const zip = Buffer.from(zipOf({ 'a.txt': 'x'.repeat(5_000) }));
    // The size in the central directory, which the archive ends with.
    const directory = zip.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
    zip.writeUInt32LE(10, directory + 24);
    expect(told(await unpacked(zip))[0]).toMatch(/^a\.txt \(is broken or was cut off \(.*too many bytes/);
  });
});

describe('a bomb', () => {
  const zeros = (megabytes: number): Uint8Array => new Uint8Array(megabytes * MEBIBYTE).fill(0x30);

  it.each([
    ['ZIP', async () => zipOf({ 'a.txt': zeros(3) })],
    ['gzip', async () => new Uint8Array(gzipSync(zeros(3)))],
    ['gzipped tar', async () => new Uint8Array(gzipSync(await tarOf({ 'a.txt': zeros(2), 'b.txt': zeros(2) })))],
  ])('as %s is refused by how much it would grow', async (_, make) => {
    expect(await problemOf(unpacked(await make(), { ratioFromBytes: MEBIBYTE }))).toMatchObject({
      problem: 'bomb',
      predicate:
        'would unpack to more than 200 times its size, as archives do that are made to fill a disk: it is refused',
    });
  });

  it('is refused by what it holds in all, with the archives in it', async () => {
    const inner = zipOf({ 'a.txt': zeros(1) });
    const outer = zipOf({ 'a.zip': inner, 'b.zip': inner, 'c.zip': inner });
    const limits = { unpackedBytes: 2 * MEBIBYTE, ratioFromBytes: 2 * MEBIBYTE };
    expect(await problemOf(unpacked(outer, limits))).toMatchObject({
      problem: 'bomb',
      predicate: 'holds more than 2 MB when it is unpacked: give a part of it',
    });
    expect(
      await unpacked(outer, { ...limits, unpackedBytes: 4 * MEBIBYTE, ratioFromBytes: 4 * MEBIBYTE }),
    ).toHaveLength(3);
  });

  it('is refused by how many files it holds, hidden ones not counted', async () => {
    const files = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`${index}.txt`, 'x']));
    expect(await problemOf(unpacked(zipOf(files), { members: 4 }))).toMatchObject({
      problem: 'bomb',
      predicate: 'holds more than 4 files: give a part of it',
    });
    expect(await unpacked(zipOf({ ...files, '.hidden': 'x' }), { members: 5 })).toHaveLength(5);
  });

  it('is refused by archives in archives, however small', async () => {
    let archive = zipOf({ 'a.txt': 'deep' });
    for (let depth = 2; depth <= 4; depth += 1) archive = zipOf({ [`${depth}.zip`]: archive });
    expect(await problemOf(unpacked(archive))).toMatchObject({
      problem: 'bomb',
      predicate: 'holds archives in archives, more than 3 deep: unpack it yourself and give what you need',
    });
    expect(told(await unpacked(archive, { depth: 4 }))).toEqual(['4.zip/3.zip/2.zip/a.txt: deep']);
  });

  it('claims a size that no machine has, and gets none of it', async () => {
    const zip = Buffer.from(zipOf({ 'a.txt': 'x'.repeat(100) }));
    const directory = zip.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
    zip.writeUInt32LE(0xfffffff0, directory + 24);
    expect((await problemOf(unpacked(zip))).problem).toBe('bomb');
  });

  it('leaves out one file that is too large, where the archive as a whole is not', async () => {
    const items = told(await unpacked(zipOf({ 'a.txt': zeros(2), 'b.txt': 'small' }), { fileBytes: MEBIBYTE }));
    expect(items).toEqual(['a.txt (holds more than 1 MB when it is unpacked)', 'b.txt: small']);
  });
});

describe('names', () => {
  it('are on one line, and none comes twice', async () => {
    const { packTar } = await import('modern-tar');
    const file = (name: string) => ({ header: { name, size: 1, type: 'file' as const }, body: 'x' });
    const tar = await packTar([file('a.txt'), file('a.txt'), file('a\n- b.txt (text/plain)'), file('a.txt')]);
    const names = (await unpacked(tar)).map(({ name }) => name);
    expect(names).toEqual(['a.txt', 'a.txt (2)', 'a - b.txt (text/plain)', 'a.txt (3)']);
  });

  it('of a great length keep their end', () => {
    expect(cleanName(`${'x'.repeat(300)}/report.pdf`, 20)).toBe('…xxxxxxxx/report.pdf');
    expect(cleanName(' \u0000\u202e ', 20)).toBe('(no name)');
  });

  it('are clean and unique, whatever they were', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { maxLength: 20 }), (given) => {
        const nameOf = uniqueNames(12);
        const names = given.map((name) => nameOf(name));
        expect(new Set(names).size).toBe(names.length);
        for (const name of names) {
          expect(name).not.toMatch(/[\p{Cc}\u2028\u2029\\]/u);
          expect(name.replace(/ \(\d+\)$/, '').length).toBeLessThanOrEqual(12);
          expect(name.isWellFormed()).toBe(true);
        }
      }),
      SEEDED,
    );
  });
});

describe('any files', () => {
  it('come out of an archive as they went in', async () => {
    const name = fc.stringMatching(/^[a-z]{1,6}(?:\/[a-z]{1,6})?\.txt$/);
    const content = fc.string({ minLength: 1, maxLength: 200 }).filter((text) => !/^\s*(?:%PDF|\{\\rtf)/.test(text));
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, content, { noNullPrototype: true, minKeys: 1, maxKeys: 6 }),
        async (files) => {
          for (const archive of [zipOf(files), await tarOf(files)]) {
            const found = (await unpacked(archive)).map((item) => [
              item.name,
              item.kind === 'document' ? Buffer.from(item.bytes).toString() : '',
            ]);
            expect(Object.fromEntries(found)).toEqual(files);
          }
        },
      ),
      { ...SEEDED, numRuns: 60 },
    );
  });
});
