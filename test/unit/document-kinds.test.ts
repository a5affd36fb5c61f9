import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText, looksLikeText } from '../../src/documents/decode-text.ts';
import { kindOfName, recognise, recogniseFile } from '../../src/documents/kinds.ts';
import { fixture, fixturePath, tarOf, zipOf } from '../support/documents.ts';
import { temporaryFolder } from '../support/folders.ts';
import { SEEDED } from '../support/property.ts';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

describe('recognise', () => {
  it.each([
    ['report.pdf', 'pdf'],
    ['password.pdf', 'pdf'],
    ['report.docx', 'docx'],
    ['libreoffice.docx', 'docx'],
    ['cities.xlsx', 'xlsx'],
    ['libreoffice.xlsx', 'xlsx'],
    ['rivers.pptx', 'pptx'],
    ['password.docx', 'ole'],
    ['old.xls', 'ole'],
    ['receipt.png', 'image'],
    ['encrypted.zip', 'zip'],
  ])('knows %s by its content as %s, whatever it is called', async (name, kind) => {
    expect(await recognise(fixture(name), { name: 'notes.txt', mediaType: 'text/csv' })).toMatchObject({ kind });
    expect(await recogniseFile(fixturePath(name), { name: 'notes.txt' })).toMatchObject({ kind });
  });

  it('knows archives and images by their content', async () => {
    const tar = await tarOf({ 'a.txt': 'a' });
    expect(await recognise(zipOf({ 'a.txt': 'a' }), { name: 'x' })).toMatchObject({ kind: 'zip' });
    expect(await recognise(tar, { name: 'x' })).toMatchObject({ kind: 'tar' });
    expect(await recognise(gzipSync(tar), { name: 'x' })).toMatchObject({ kind: 'gzip' });
    expect(await recognise(fixture('receipt.png'), { name: 'x' })).toEqual({ kind: 'image', mediaType: 'image/png' });
  });

  it.each<[string, string, string | undefined, string, string]>([
    ['notes.md', '# Notes', undefined, 'markdown', 'text/markdown'],
    ['table.csv', 'a,b', undefined, 'csv', 'text/csv'],
    ['table.tsv', 'a\tb', undefined, 'csv', 'text/tab-separated-values'],
    ['data.json', '{}', undefined, 'json', 'application/json'],
    ['page.html', 'text', undefined, 'html', 'text/html'],
    ['page.txt', '\ufeff\n<!DOCTYPE html><p>x', undefined, 'html', 'text/html'],
    ['README', 'text', undefined, 'text', 'text/plain'],
    ['server.log', 'text', undefined, 'text', 'text/plain'],
    ['Peru', 'text', 'text/markdown', 'markdown', 'text/markdown'],
    ['table.csv', 'a,b', 'text/plain', 'text', 'text/plain'],
    ['table.csv', 'a,b', 'application/octet-stream', 'csv', 'text/csv'],
    ['report.pdf', 'not really', undefined, 'text', 'text/plain'],
    // Formats whose beginning is letters.
    ['cars.txt', 'BMW is a car', undefined, 'text', 'text/plain'],
    ['gifs.txt', 'GIF89a is a format', undefined, 'text', 'text/plain'],
    ['pk.txt', 'PK and MZ are initials', undefined, 'text', 'text/plain'],
  ])(
    'takes the kind of text of %s, which holds %j, from its name and media type',
    async (name, content, given, kind, mediaType) => {
      const hint = { name, ...(given === undefined ? {} : { mediaType: given }) };
      expect(await recognise(text(content), hint)).toEqual({ kind, mediaType });
    },
  );

  it.each<[string, Uint8Array, string]>([
    ['an OpenDocument table', fixture('old.ods'), 'application/vnd.oasis.opendocument.spreadsheet'],
    ['RTF, which begins like text', text('{\\rtf1 x}'), 'application/rtf'],
    ['a program', Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0]), 'application/x-elf'],
    ['noise', Uint8Array.from([1, 0, 2, 0, 3]), 'binary data of an unknown kind'],
  ])('says what %s is, which nobody reads here', async (_, content, found) => {
    expect(await recognise(content, { name: 'notes.txt' })).toEqual({ found });
  });

  it('reads no more of a large file than its beginning', async () => {
    const file = join(temporaryFolder(), 'large.txt');
    // A character of two bytes lies across the end of what is read.
    writeFileSync(file, `${'x'.repeat(64 * 1024 - 1)}é${'\0'.repeat(1024)}`);
    expect(await recogniseFile(file, { name: 'large.txt' })).toMatchObject({ kind: 'text' });
  });

  it('knows the kind that a name claims', () => {
    const names = ['a.PDF', 'a.docm', 'a.tar.gz', 'a.jpeg', 'a.txt', 'a.exe', 'a', '.pdf'];
    const kinds = ['pdf', 'docx', 'gzip', 'image', 'text', undefined, undefined, undefined];
    expect(names.map((name) => kindOfName(name))).toEqual(kinds);
  });
});

describe('decodeText', () => {
  it('reads UTF-8 and UTF-16 by their marks, and UTF-8 without one', () => {
    const words = 'Zoë Çelik 漢字 😀';
    const utf16 = Buffer.from(`\ufeff${words}`, 'utf16le');
    expect(decodeText(text(words))).toBe(words);
    expect(decodeText(text(`\ufeff${words}`))).toBe(words);
    expect(decodeText(utf16)).toBe(words);
    expect(decodeText(Buffer.from(utf16).swap16())).toBe(words);
  });

  it('guesses older encodings, and takes a label before its guess', () => {
    const german = 'Die Größe der Straße in Köln überraschte die älteren Gäste aus Österreich. ';
    expect(decodeText(Buffer.from(german.repeat(5), 'latin1'))).toBe(german.repeat(5));
    const russian = Uint8Array.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]);
    expect(decodeText(russian, 'windows-1251')).toBe('Привет');
    expect(decodeText(Uint8Array.from([0x80, 0x61]), 'no-such-encoding')).toBe('€a');
  });

  it('is the inverse of UTF-8 for every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (words) => {
        fc.pre(!words.startsWith('\ufeff'));
        expect(decodeText(text(words))).toBe(words);
      }),
      SEEDED,
    );
  });
});

describe('looksLikeText', () => {
  it('takes every text for one, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), fc.nat(), (words, cut) => {
        const bytes = text(words.replaceAll('\0', ''));
        expect(looksLikeText(bytes, { whole: true })).toBe(true);
        expect(looksLikeText(bytes.subarray(0, cut % (bytes.length + 1)), { whole: false })).toBe(true);
      }),
      SEEDED,
    );
  });

  it('takes text of older encodings for text, and nothing with bytes that no text holds', () => {
    expect(looksLikeText(Buffer.from('Größe', 'latin1'), { whole: true })).toBe(true);
    expect(looksLikeText(Buffer.from('\ufeffA', 'utf16le'), { whole: true })).toBe(true);
    expect(looksLikeText(Uint8Array.from([0xff, 0xfe, 0, 0]), { whole: true })).toBe(false);
    expect(looksLikeText(Uint8Array.from([0x41, 0]), { whole: true })).toBe(false);
    expect(looksLikeText(Uint8Array.from([0xe9, 0x02]), { whole: true })).toBe(false);
  });
});
