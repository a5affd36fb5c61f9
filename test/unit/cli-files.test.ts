import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { UserError } from '../../cli/errors.ts';
import { findFiles } from '../../cli/files/find-files.ts';
import { storeFiles } from '../../cli/files/store-files.ts';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { readContent } from '../../src/documents/read.ts';
import type { DocumentReference } from '../../src/domain/run.ts';
import { fixture, tarOf, zipOf } from '../support/documents.ts';
import { temporaryFolder, temporaryStore } from '../support/folders.ts';

const NOISE = new Uint8Array([1, 0, 2, 0, 3]);

/** Writes files below a folder; their names may hold slashes. */
function folderOf(files: Record<string, string | Uint8Array>, folder = temporaryFolder()): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** What `kgot` does with `--file`, and what it says meanwhile. */
async function stored(
  given: string[],
  store: ArtifactStore = temporaryStore(),
): Promise<{ documents: DocumentReference[]; said: string[] }> {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const documents = await storeFiles(store, await findFiles(given, say), { say });
  return { documents, said };
}

async function errorOf(given: string[]): Promise<UserError> {
  const error = await stored(given).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).exitCode).toBe(2);
  return error as UserError;
}

describe('files of every kind', () => {
  it('are stored as they are, under their names and with the kinds that they are of', async () => {
    const office = 'application/vnd.openxmlformats-officedocument';
    const files: [name: string, content: string | Uint8Array, mediaType: string][] = [
      ['report.pdf', fixture('report.pdf'), 'application/pdf'],
      ['report.docx', fixture('report.docx'), `${office}.wordprocessingml.document`],
      ['cities.xlsx', fixture('cities.xlsx'), `${office}.spreadsheetml.sheet`],
      ['rivers.pptx', fixture('rivers.pptx'), `${office}.presentationml.presentation`],
      ['receipt.png', fixture('receipt.png'), 'image/png'],
      ['page.html', '<p>A page.', 'text/html'],
      ['notes.md', '# Notes', 'text/markdown'],
      ['notes.MARKDOWN', '# Notes', 'text/markdown'],
      ['notes.txt', 'Zoë 漢字', 'text/plain'],
      ['table.csv', 'a,b\n1,2', 'text/csv'],
      ['data.json', '{"a":1}', 'application/json'],
      ['README', 'no extension', 'text/plain'],
      ['script.py', 'print(1)', 'text/plain'],
    ];
    const folder = folderOf(Object.fromEntries(files.map(([name, content]) => [name, content])));
    const store = temporaryStore();
    const { documents, said } = await stored(
      files.map(([name]) => join(folder, name)),
      store,
    );
    expect(documents.map(({ name, mediaType }) => [name, mediaType])).toEqual(
      files.map(([name, , mediaType]) => [name, mediaType]),
    );
    for (const [index, { sha256, bytes }] of documents.entries()) {
      const content = Buffer.from(files[index]![1]);
      expect(bytes).toBe(content.length);
      expect((await store.getContent(sha256)).equals(content)).toBe(true);
    }
    expect(said).toEqual([]);
  });

  it('are looked for where the user is, also under npm', async () => {
    vi.stubEnv('INIT_CWD', folderOf({ 'notes.md': 'here' }));
    onTestFinished(() => void vi.unstubAllEnvs());
    expect((await stored(['notes.md'])).documents).toMatchObject([{ name: 'notes.md' }]);
  });

  it('are converted when they are stored, so that no tool converts them again', async () => {
    const store = temporaryStore();
    const { documents } = await stored([join(folderOf({ 'report.pdf': fixture('report.pdf') }), 'report.pdf')], store);
    const converter = { read: () => Promise.reject(new Error('nobody should ask')) };
    const content = await readContent(store, documents[0]!, { converter: converter as never });
    expect(content).toMatchObject({ text: expect.stringContaining('Ada Vega leads Peru.') });
  });

  it('are taken by their content where their name is wrong, and it is said', async () => {
    const folder = folderOf({
      'report.txt': fixture('report.pdf'),
      'notes.pdf': 'Only text.',
      'page.txt': '<html><p>A page.',
    });
    const { documents, said } = await stored(['report.txt', 'notes.pdf', 'page.txt'].map((name) => join(folder, name)));
    expect(documents.map(({ mediaType }) => mediaType)).toEqual(['application/pdf', 'text/plain', 'text/html']);
    expect(said).toEqual([
      `The file ${folder}/report.txt is a PDF by its content, whatever its name says: it is read as that.`,
      `The file ${folder}/notes.pdf is plain text by its content, whatever its name says: it is read as that.`,
      `The file ${folder}/page.txt is a web page by its content, whatever its name says: it is read as that.`,
    ]);
  });

  it('come to none where none is given', async () => {
    expect(await stored([])).toEqual({ documents: [], said: [] });
  });
});

describe('a file that was given and cannot be read', () => {
  it.each<[string, string, string | Uint8Array, RegExp]>([
    ['empty', 'empty.txt', '', /^The file .*empty\.txt is empty\.$/],
    ['only spaces', 'blank.txt', ' \n ', /^The file .*blank\.txt has no text in it\.$/],
    [
      'of no known kind',
      'noise.txt',
      NOISE,
      /^The file .*noise\.txt is of no kind that can be read, it holds binary data of an unknown kind: give PDF, Word \(\.docx\), .* and archives \(\.zip, \.tar, \.tar\.gz\)\.$/,
    ],
    [
      'an OpenDocument',
      'old.ods',
      fixture('old.ods'),
      /holds application\/vnd\.oasis\.opendocument\.spreadsheet: give/,
    ],
    [
      'a PDF with a password',
      'a.pdf',
      fixture('password.pdf'),
      /^The file .*a\.pdf is password-protected: save it without/,
    ],
    [
      'a Word document with one',
      'a.docx',
      fixture('password.docx'),
      /^The file .*a\.docx is password-protected: save it/,
    ],
    [
      'an Excel workbook with one',
      'a.xlsx',
      fixture('password.xlsx'),
      /^The file .*a\.xlsx is password-protected: save it/,
    ],
    [
      'an archive with one',
      'a.zip',
      fixture('encrypted.zip'),
      /^The file .*a\.zip is password-protected: pack it without/,
    ],
    [
      'of the old format',
      'a.doc',
      fixture('old.doc'),
      /is a Word document of the old format \(\.doc\): save it as \.docx\.$/,
    ],
    ['a scan', 'scan.pdf', fixture('scan.pdf'), /has no text on its 2 pages, it is probably a scan: give it as images/],
    [
      'a PDF cut off',
      'a.pdf',
      fixture('report.pdf').subarray(0, 1_500),
      /a\.pdf is broken or was cut off \(.+\): save/,
    ],
    [
      'a Word document cut off',
      'a.docx',
      fixture('report.docx').subarray(0, 20_000),
      /a\.docx is broken or was cut off/,
    ],
    ['a workbook cut off', 'a.xlsx', fixture('cities.xlsx').subarray(0, 3_000), /a\.xlsx is broken or was cut off/],
    ['an archive cut off', 'a.zip', zipOf({ 'a.txt': 'x' }).subarray(0, 60), /a\.zip is broken or was cut off/],
    ['a gzip cut off', 'a.gz', gzipSync('x'.repeat(500)).subarray(0, 20), /a\.gz is broken or was cut off/],
  ])('says what is wrong, as it is %s', async (_, name, content, message) => {
    const file = join(folderOf({ [name]: content }), name);
    const error = await errorOf([file]);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(file);
  });

  it('says that it is missing, or that nothing can be opened there', async () => {
    const folder = folderOf({ 'notes.md': 'x' });
    symlinkSync('loop.md', join(folder, 'loop.md'));
    expect((await errorOf([join(folder, 'missing.md')])).message).toMatch(/missing\.md cannot be read: ENOENT/);
    expect((await errorOf([join(folder, 'notes.md', 'inner.md')])).message).toMatch(
      /inner\.md cannot be read: ENOTDIR/,
    );
    expect((await errorOf([join(folder, 'loop.md')])).message).toMatch(/loop\.md cannot be read: ELOOP/);
  });

  it.runIf(process.platform !== 'win32')('says that it may not be read', async () => {
    const folder = folderOf({ 'mine.md': 'x' });
    const file = join(folder, 'mine.md');
    chmodSync(folder, 0o755);
    chmodSync(file, 0o000);
    // Root may read everything: it becomes nobody for the while.
    const isRoot = process.geteuid!() === 0;
    if (isRoot) process.seteuid!(65_534);
    try {
      expect((await errorOf([file])).message).toMatch(/mine\.md cannot be read: EACCES/);
    } finally {
      if (isRoot) process.seteuid!(0);
    }
  });

  it.runIf(process.platform === 'linux')('says that it is neither a file nor a folder', async () => {
    expect((await errorOf(['/dev/zero'])).message).toBe('/dev/zero is neither a file nor a folder.');
  });

  it('says how large it may be before anything of it is read', async () => {
    const folder = folderOf({ 'large.pdf': '%PDF-' });
    const file = join(folder, 'large.pdf');
    // Without a byte of it on the disk.
    truncateSync(file, 200 * 1024 * 1024);
    expect((await errorOf([file])).message).toBe(
      `The file ${file} has 200 MB, the most for one file is 100 MB: split it, or give a part of it.`,
    );
  });

  it('says how large all of them may be together', async () => {
    const names = ['1', '2', '3', '4', '5', '6'].map((name) => `${name}.txt`);
    const folder = folderOf(Object.fromEntries(names.map((name) => [name, 'x'.repeat(100_000)])));
    for (const name of names) truncateSync(join(folder, name), 90 * 1024 * 1024);
    expect((await errorOf(names.map((name) => join(folder, name)))).message).toBe(
      'The files have 540 MB in all, the most is 500 MB: give fewer.',
    );
  });

  it('says that another one has its name', async () => {
    const [one, two] = [folderOf({ 'notes.md': 'one' }), folderOf({ 'notes.md': 'two' })];
    const message = /^Two documents have the name notes\.md: rename one/;
    expect((await errorOf([join(one, 'notes.md'), join(two, 'notes.md')])).message).toMatch(message);
    expect((await errorOf([one, two])).message).toMatch(/rename one, or give the folder that holds both\.$/);
  });
});

describe('a folder', () => {
  it('is read at every depth, with names as they are in it, hidden files passed over', async () => {
    const folder = folderOf({
      'b.md': 'b',
      'a/report.pdf': fixture('report.pdf'),
      'a/deep/er/c.txt': 'c',
      '.hidden.md': 'x',
      '.git/config': 'x',
      'a/.DS_Store': 'x',
    });
    const { documents, said } = await stored([`${folder}/`]);
    expect(documents.map(({ name }) => name)).toEqual(['a/deep/er/c.txt', 'a/report.pdf', 'b.md']);
    expect(said).toEqual([]);
  });

  it('of hundreds of files is read, and tells how far it is', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [`${index % 7}/${index}.md`, `# ${index}`]),
    );
    const found = await findFiles([folderOf(files)], () => undefined);
    const steps: number[] = [];
    const store = temporaryStore();
    const documents = await storeFiles(store, found, { say: () => undefined, progress: (done) => steps.push(done) });
    expect(documents).toHaveLength(400);
    expect(steps).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
    expect(await store.list('content')).toHaveLength(400);
  });

  it('leaves out what cannot be read, and says so in a line', async () => {
    const folder = folderOf({
      'a.md': 'read',
      'empty.txt': '',
      'locked.pdf': fixture('password.pdf'),
      'noise.bin': NOISE,
      'broken.zip': zipOf({ 'a.txt': 'x' }).subarray(0, 60),
    });
    truncateSync(join(folder, 'noise.bin'), 5);
    writeFileSync(join(folder, 'large.txt'), 'x');
    truncateSync(join(folder, 'large.txt'), 101 * 1024 * 1024);
    symlinkSync('/etc/passwd', join(folder, 'link.txt'));
    symlinkSync(folder, join(folder, 'around'));
    const { documents, said } = await stored([folder]);
    expect(documents.map(({ name }) => name)).toEqual(['a.md']);
    expect(said).toHaveLength(3);
    expect(said[0]).toBe(
      `Left out of ${folder}: around is a link; link.txt is a link; empty.txt is empty; ` +
        'large.txt has 101 MB, the most for one file is 100 MB: split it, or give a part of it; ' +
        'noise.bin is of no kind that can be read (binary data of an unknown kind).',
    );
    expect(said[1]).toMatch(/^Left out of .*: broken\.zip is broken or was cut off/);
    expect(said[2]).toBe(`Left out of ${folder}: locked.pdf is password-protected: save it without a password.`);
  });

  it('that holds nothing to read says why', async () => {
    const nothing = /^The folder .* holds no document that can be read: /;
    expect((await errorOf([temporaryFolder()])).message).toMatch(/: it holds no files that are not hidden/);
    const noise = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`${index}.bin`, NOISE]));
    const { message } = await errorOf([folderOf(noise)]);
    expect(message).toMatch(nothing);
    expect(message).toMatch(/0\.bin is of no kind .*4\.bin is of no kind .*; and 2 more\.$/);
    expect((await errorOf([folderOf({ 'a.pdf': fixture('password.pdf') })])).message).toBe(
      'None of the documents can be read.',
    );
  });
});

describe('an archive', () => {
  it('is stored as the documents in it, and says what is left out', async () => {
    const zip = zipOf({
      'papers/report.pdf': fixture('report.pdf'),
      '../notes.md': '# Notes',
      'locked.pdf': fixture('password.pdf'),
      'noise.bin': NOISE,
    });
    const file = join(folderOf({ 'all.zip': zip }), 'all.zip');
    const { documents, said } = await stored([file]);
    expect(documents.map(({ name, mediaType }) => [name, mediaType])).toEqual([
      ['all.zip/papers/report.pdf', 'application/pdf'],
      ['all.zip/../notes.md', 'text/markdown'],
    ]);
    expect(said).toEqual([
      `Left out of ${file}: noise.bin is of no kind that can be read (binary data of an unknown kind).`,
      `Left out of ${file}: locked.pdf is password-protected: save it without a password.`,
    ]);
  });

  it('in a folder is unpacked too, under its name in it', async () => {
    const tar = await tarOf({ 'a.txt': 'one' });
    const { documents } = await stored([folderOf({ 'old/all.tar.gz': gzipSync(tar), 'b.txt': 'two' })]);
    expect(documents.map(({ name }) => name)).toEqual(['b.txt', 'old/all.tar.gz/a.txt']);
  });

  it('that is a bomb is refused', async () => {
    const file = join(folderOf({ 'bomb.zip': zipOf({ 'a.txt': new Uint8Array(21 * 1024 * 1024) }) }), 'bomb.zip');
    expect((await errorOf([file])).message).toMatch(/bomb\.zip would unpack to more than 200 times its size/);
  });
});
