import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readDocuments, storeDocuments } from '../../cli/documents.ts';
import { UserError } from '../../cli/errors.ts';
import { temporaryFolder, temporaryStore } from '../support/folders.ts';

function fileOf(name: string, content: string | Buffer, folder = temporaryFolder()): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

function errorOf(files: string[]): UserError {
  try {
    readDocuments(files);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error('They were read.');
}

describe('readDocuments', () => {
  it.each([
    ['notes.md', 'text/markdown'],
    ['notes.MARKDOWN', 'text/markdown'],
    ['notes.txt', 'text/plain'],
    ['table.csv', 'text/csv'],
    ['data.json', 'application/json'],
  ])('reads %s as %s', (name, mediaType) => {
    expect(readDocuments([fileOf(name, 'Zoë 漢字')])).toEqual([{ name, mediaType, text: 'Zoë 漢字' }]);
  });

  it('looks for a file where the user is, also under npm', () => {
    const folder = temporaryFolder();
    fileOf('notes.md', 'here', folder);
    vi.stubEnv('INIT_CWD', folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(readDocuments(['notes.md'])).toMatchObject([{ name: 'notes.md', text: 'here' }]);
  });

  it('refuses what cannot be read, saying what would be right', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'notes.md'));
    const cases: [string, RegExp][] = [
      [join(folder, 'missing.md'), /The file .*missing\.md cannot be read: ENOENT/],
      [join(folder, 'notes.md'), /is a folder: give its files, each with --file/],
      [fileOf('paper.pdf', 'x', folder), /is of no kind that can be read: give \.md, \.markdown, \.txt, \.csv, \.json/],
      [fileOf('README', 'x', folder), /is of no kind that can be read/],
      [fileOf('empty.txt', '', folder), /empty\.txt is empty/],
      [fileOf('picture.txt', Buffer.from([1, 0, 2]), folder), /holds binary data, but its name says text\/plain/],
    ];
    for (const [file, message] of cases) {
      const error = errorOf([file]);
      expect(error.message).toMatch(message);
      expect(error.message).toContain(file);
      expect(error.exitCode).toBe(2);
    }
  });

  it('refuses two documents of one name, which a question could not tell apart', () => {
    const files = [fileOf('notes.md', 'one'), fileOf('notes.md', 'two')];
    expect(errorOf(files).message).toMatch(/Two documents have the name notes\.md: rename one/);
  });

  it('reads none where none is given', () => {
    expect(readDocuments([])).toEqual([]);
  });
});

describe('storeDocuments', () => {
  it('gives references by which the content is found again', async () => {
    const store = temporaryStore();
    const documents = ['ä', '漢字 😀'].map((text) => ({ name: text, mediaType: 'text/plain', text }));
    const references = await storeDocuments(store, documents);
    expect(references.map(({ bytes }) => bytes)).toEqual([2, 11]);
    for (const [index, { sha256, name, mediaType }] of references.entries()) {
      const text = (await store.getContent(sha256)).toString();
      expect({ name, mediaType, text }).toEqual(documents[index]);
    }
    expect(references[0]).not.toHaveProperty('text');
  });
});
