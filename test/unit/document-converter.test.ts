import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DocumentError } from '../../src/documents/errors.ts';
import { DOCUMENT_LIMITS } from '../../src/documents/limits.ts';
import { converterOf, fixture, pdfOf, zipOf } from '../support/documents.ts';

const hostile = new URL('../support/hostile-thread.ts', import.meta.url).pathname;
const nothing = (): Uint8Array => new Uint8Array(1);

async function problemOf(reading: Promise<unknown>): Promise<DocumentError> {
  const error = await reading.then(
    () => new Error('It was read.'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DocumentError);
  return error as DocumentError;
}

describe('a converter', () => {
  it('reads a document in a thread, which sees nothing of the environment but where modules are kept', async () => {
    const converter = converterOf({ module: hostile });
    const converted = await converter.read(nothing(), { name: 'a.txt' });
    expect(converted).toEqual({
      kind: 'text',
      text: expect.stringMatching(/^read a\.txt in thread [1-9]\d*, which knows NODE_COMPILE_CACHE$/),
    });
  });

  it('takes the bytes that it is given, and nothing of a buffer that others use', async () => {
    const converter = converterOf();
    const shared = Buffer.from('before, the document, after');
    const part = shared.subarray(8, 20);
    expect(await converter.read(part, { name: 'a.md' })).toEqual({ kind: 'text', text: 'the document' });
    expect(shared.toString()).toBe('before, the document, after');
  });

  it('says of what takes too long that it does, ends its thread, and reads the next one', async () => {
    const converter = converterOf({ module: hostile, threads: 1, milliseconds: 100 });
    const looping = problemOf(converter.read(nothing(), { name: 'loop' }));
    const next = converter.read(nothing(), { name: 'next' });
    expect(await looping).toMatchObject({
      problem: 'time',
      predicate: 'takes longer to be read than 0.1 seconds: split it',
      lasting: false,
    });
    expect(await next).toMatchObject({ kind: 'text' });
    expect(converter.threads).toBe(1);
  });

  it.each(['objects', 'buffers'])('ends a thread whose %s fill its memory, and nothing else', async (name) => {
    const converter = converterOf({ module: hostile, threads: 1, megabytes: 64, look: 5 });
    expect(await problemOf(converter.read(nothing(), { name }))).toMatchObject({
      problem: 'memory',
      predicate: 'needs more memory to be read than it may have: split it',
      lasting: false,
    });
    expect(await converter.read(nothing(), { name: 'next' })).toMatchObject({ kind: 'text' });
  });

  it.each([
    ['exit', 'worker exited with code: 3'],
    ['throw', 'a fault of ours'],
  ])('says of a thread that ends by %s that it crashed', async (name, why) => {
    const converter = converterOf({ module: hostile, threads: 1 });
    const error = await problemOf(converter.read(nothing(), { name }));
    expect(error).toMatchObject({ problem: 'crash', lasting: false });
    expect(error.predicate).toContain(why);
    expect(await converter.read(nothing(), { name: 'next' })).toMatchObject({ kind: 'text' });
  });

  it('ends the thread of a reading that is cancelled in the middle of it', async () => {
    const converter = converterOf({ module: hostile, threads: 1 });
    const cancel = new AbortController();
    const looping = converter.read(
      nothing(),
      { name: 'member, then loop' },
      {
        signal: cancel.signal,
        take: async () => cancel.abort(new Error('the run was cancelled')),
      },
    );
    // The one behind it waits until the thread is free.
    const next = converter.read(nothing(), { name: 'next' });
    await expect(looping).rejects.toThrow('the run was cancelled');
    expect(await next).toMatchObject({ kind: 'text' });
  });

  it('forgets a reading that is cancelled while it waits', async () => {
    const converter = converterOf({ module: hostile, threads: 1, milliseconds: 200 });
    const cancel = new AbortController();
    const looping = problemOf(converter.read(nothing(), { name: 'loop' }));
    const waiting = converter.read(nothing(), { name: 'waiting' }, { signal: cancel.signal });
    cancel.abort(new Error('the run was cancelled'));
    await expect(waiting).rejects.toThrow('the run was cancelled');
    expect((await looping).problem).toBe('time');
  });

  it('ends a PDF whose content unpacks to more than the memory that it may have', async () => {
    const converter = converterOf({ threads: 1, megabytes: 48, look: 5 });
    const bomb = pdfOf(deflateSync(Buffer.alloc(200 * 1024 * 1024, ' ')));
    expect(bomb.length).toBeLessThan(1024 * 1024);
    expect((await problemOf(converter.read(bomb, { name: 'bomb.pdf' }))).problem).toBe('memory');
    expect(await converter.read(fixture('report.pdf'), { name: 'report.pdf' })).toMatchObject({ kind: 'text' });
  });

  it('ends a workbook of two cells that are as far apart as they can be', async () => {
    const converter = converterOf({ threads: 1, megabytes: 96, look: 5 });
    expect((await problemOf(converter.read(fixture('sparse.xlsx'), { name: 'sparse.xlsx' }))).problem).toBe('memory');
  });

  it('refuses an Office file whose XML unpacks to more than the limit, before its library sees it', async () => {
    const converter = converterOf({ limits: { ...DOCUMENT_LIMITS, unpackedBytes: 1024 * 1024 } });
    const bomb = zipOf({
      '[Content_Types].xml':
        '<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
      'word/document.xml': ' '.repeat(2 * 1024 * 1024),
    });
    expect(await converter.read(bomb, { name: 'bomb.docx' })).toEqual({
      kind: 'problem',
      problem: 'too-large',
      predicate: 'holds more than 1 MB when it is unpacked',
    });
  });

  it('hands out the documents of an archive one by one, and ends with an error of who takes them', async () => {
    const converter = converterOf({ threads: 1 });
    const archive = zipOf({ 'a.txt': 'one', 'b.bin': new Uint8Array([0, 1, 2]), 'c.md': 'three' });
    const taken: string[] = [];
    const converted = await converter.read(
      archive.slice(),
      { name: 'a.zip' },
      {
        take: async ({ name, mediaType, bytes }) => {
          taken.push(`${name} ${mediaType} ${Buffer.from(bytes).toString()}`);
        },
      },
    );
    expect(taken).toEqual(['a.txt text/plain one', 'c.md text/markdown three']);
    expect(converted).toMatchObject({ kind: 'archive', leftOut: [{ name: 'b.bin' }] });
    const full = converter.read(
      archive,
      { name: 'a.zip' },
      { take: () => Promise.reject(new Error('the disk is full')) },
    );
    await expect(full).rejects.toThrow('the disk is full');
  });
});
