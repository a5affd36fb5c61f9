import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { ArtifactMissingError } from '../../src/artifacts/artifact-store.ts';
import { Converter } from '../../src/documents/converter.ts';
import { DocumentError } from '../../src/documents/errors.ts';
import { claimsArchive, expandArchive } from '../../src/documents/expand.ts';
import { readContent } from '../../src/documents/read.ts';
import { SharedWork } from '../../src/documents/shared-work.ts';
import type { Converted } from '../../src/documents/thread.ts';
import type { DocumentReference } from '../../src/domain/run.ts';
import { fixture, zipOf } from '../support/documents.ts';
import { temporaryStore } from '../support/folders.ts';

const converter = new Converter();
afterAll(() => converter.close());

let artifacts: ArtifactStore;
beforeEach(() => {
  artifacts = temporaryStore();
});

async function stored(
  name: string,
  bytes: Uint8Array | string,
  mediaType = 'application/octet-stream',
): Promise<DocumentReference> {
  return { name, mediaType, bytes: bytes.length, sha256: await artifacts.putContent(bytes) };
}

/** A converter that gives these outcomes, and counts how often it was asked. */
function scripted(...outcomes: (Converted | Error)[]): Converter & { asked: number } {
  const converter = {
    asked: 0,
    read: () => {
      const outcome = outcomes[Math.min(converter.asked, outcomes.length - 1)]!;
      converter.asked += 1;
      return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
    },
  };
  return converter as unknown as Converter & { asked: number };
}

describe('readContent', () => {
  it('reads a document of a real program', async () => {
    const report = await stored('report.pdf', fixture('report.pdf'), 'application/pdf');
    const content = await readContent(artifacts, report, { converter });
    expect(content).toMatchObject({ kind: 'text', text: expect.stringContaining('Ada Vega leads Peru.') });
  });

  it('goes by the content where the media type is wrong', async () => {
    const pdf = await stored('notes.txt', fixture('report.pdf'), 'text/plain');
    expect(await readContent(artifacts, pdf, { converter })).toMatchObject({
      text: expect.stringContaining('# Page 1'),
    });
    const image = await stored('scan.pdf', fixture('receipt.png'), 'application/pdf');
    expect(await readContent(artifacts, image, { converter })).toEqual({ kind: 'image', mediaType: 'image/png' });
  });

  it('converts the same content once, whoever reads it, and under whatever name', async () => {
    const converter = scripted({ kind: 'text', text: 'converted' });
    const one = await stored('one.pdf', 'bytes', 'application/pdf');
    const other = { ...one, name: 'other.pdf' };
    const texts = await Promise.all(
      [one, other, one].map((document) => readContent(artifacts, document, { converter })),
    );
    expect(texts).toEqual([texts[0], texts[0], texts[0]]);
    await readContent(artifacts, other, { converter });
    expect(converter.asked).toBe(1);
  });

  it('reads text where it stands, and tables in place when they are small', async () => {
    const converter = scripted(new Error('nobody should ask'));
    const notes = await stored('notes.md', '# Notes', 'text/markdown');
    const table = await stored('a.csv', 'a,b\n1,2', 'text/csv');
    expect(await readContent(artifacts, notes, { converter })).toEqual({ kind: 'text', text: '# Notes' });
    expect(await readContent(artifacts, table, { converter })).toEqual({ kind: 'text', text: 'a: 1; b: 2' });
    expect(await artifacts.list('documents')).toEqual([]);
  });

  it('converts a large table in a thread, to what a small one is', async () => {
    const rows = Array.from({ length: 30_000 }, (_, index) => `name ${index},${index}`);
    const table = await stored('a.csv', `name,number\n${rows.join('\n')}\n`, 'text/csv');
    const content = await readContent(artifacts, table, { converter });
    expect(content).toMatchObject({
      text: expect.stringMatching(/^name: name 0; number: 0\n\nname: name 1; number: 1/),
    });
    expect(await artifacts.list('documents')).toHaveLength(1);
  });

  it('names the document that cannot be read, and keeps what every reading would come to', async () => {
    const converter = scripted({ kind: 'problem', problem: 'password', predicate: 'is password-protected' });
    const document = await stored('a.pdf', 'bytes', 'application/pdf');
    for (const name of ['a.pdf', 'b.pdf']) {
      const error = await readContent(artifacts, { ...document, name }, { converter }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(DocumentError);
      expect((error as Error).message).toBe(`${name} is password-protected`);
    }
    expect(converter.asked).toBe(1);
  });

  it('reads anew what took too long, or too much memory', async () => {
    const converter = scripted(
      new DocumentError('time', 'takes longer'),
      { kind: 'problem', problem: 'memory', predicate: 'needs more memory' },
      { kind: 'text', text: 'read at last' },
    );
    const document = await stored('a.pdf', 'bytes', 'application/pdf');
    await expect(readContent(artifacts, document, { converter })).rejects.toThrow('a.pdf takes longer');
    await expect(readContent(artifacts, document, { converter })).rejects.toThrow('a.pdf needs more memory');
    expect(await readContent(artifacts, document, { converter })).toEqual({ kind: 'text', text: 'read at last' });
  });

  it('says of an archive that was not unpacked how to give it', async () => {
    const archive = await stored('a.pdf', zipOf({ 'a.txt': 'x' }), 'application/pdf');
    await expect(readContent(artifacts, archive, { converter })).rejects.toThrow(
      'a.pdf is an archive that was not unpacked: give it as application/zip',
    );
  });

  it('says that content is missing from the store', async () => {
    const document = { name: 'a.pdf', mediaType: 'application/pdf', sha256: 'f'.repeat(64), bytes: 1 };
    await expect(readContent(artifacts, document)).rejects.toThrow(ArtifactMissingError);
  });
});

describe('expandArchive', () => {
  it('gives the documents of an archive, under its name, and each is read like any other', async () => {
    const archive = await stored(
      'papers.zip',
      zipOf({ 'sub/report.pdf': fixture('report.pdf'), '../notes.md': '# Notes', 'x.bin': new Uint8Array([1, 0, 2]) }),
      'application/zip',
    );
    const expanded = await expandArchive(artifacts, archive, { converter });
    expect(expanded).toMatchObject({
      documents: [
        { name: 'papers.zip/sub/report.pdf', mediaType: 'application/pdf', bytes: fixture('report.pdf').length },
        { name: 'papers.zip/../notes.md', mediaType: 'text/markdown', bytes: 7 },
      ],
      leftOut: [{ name: 'papers.zip/x.bin', why: expect.stringContaining('is of no kind that can be read') }],
    });
    expect(await readContent(artifacts, expanded!.documents[0]!, { converter })).toMatchObject({
      text: expect.stringContaining('Ada Vega leads Peru.'),
    });
    const again = await expandArchive(artifacts, archive, { converter: scripted(new Error('nobody should ask')) });
    expect(again).toEqual(expanded);
  });

  it('leaves a document that only claims to be an archive as it is', async () => {
    const document = await stored('report.docx', fixture('report.docx'), 'application/zip');
    expect(await expandArchive(artifacts, document, { converter })).toBeUndefined();
  });

  it('names the archive that is refused, or holds nothing to read', async () => {
    const cases: [string, Uint8Array, RegExp][] = [
      ['encrypted.zip', fixture('encrypted.zip'), /^encrypted\.zip is password-protected: pack it without a password$/],
      ['broken.zip', zipOf({ 'a.txt': 'x' }).subarray(0, 30), /^broken\.zip is broken or was cut off/],
      ['hidden.zip', zipOf({ '.a': 'x' }), /^hidden\.zip is an archive that holds no files$/],
      [
        'videos.zip',
        zipOf({ 'a.bin': new Uint8Array([1, 0, 2, 0, 3]) }),
        /holds no document that can be read: a\.bin is of no kind/,
      ],
    ];
    for (const [name, bytes, message] of cases) {
      const error = await expandArchive(artifacts, await stored(name, bytes), { converter }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(DocumentError);
      expect((error as Error).message).toMatch(message);
    }
  });

  it('knows what claims to be one', () => {
    const claims = (mediaType: string, name: string): boolean => claimsArchive({ mediaType, name });
    expect(claims('application/zip', 'a')).toBe(true);
    expect(claims('application/x-zip-compressed', 'a.pdf')).toBe(true);
    expect(claims('application/octet-stream', 'a.tar.gz')).toBe(true);
    expect(claims('application/pdf', 'a.zip')).toBe(false);
    expect(claims('application/octet-stream', 'a.docx')).toBe(false);
  });
});

describe('SharedWork', () => {
  it('does equal work once, and other work beside it', async () => {
    const shared = new SharedWork<string>();
    let done = 0;
    const work = async (): Promise<string> => `result ${(done += 1)}`;
    const results = await Promise.all(['a', 'a', 'b'].map((key) => shared.do(key, undefined, work)));
    expect(results).toEqual(['result 1', 'result 1', 'result 2']);
    expect(await shared.do('a', undefined, work)).toBe('result 3');
  });

  it('goes on for the others when one caller leaves, and is given up when the last one does', async () => {
    const shared = new SharedWork<string>();
    const { promise, resolve } = Promise.withResolvers<string>();
    const signals: AbortSignal[] = [];
    const work = (signal: AbortSignal): Promise<string> => {
      signals.push(signal);
      return promise;
    };
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
    const left = shared.do('a', first.signal, work);
    const stays = shared.do('a', second.signal, work);
    first.abort(new Error('the first left'));
    await expect(left).rejects.toThrow('the first left');
    expect(signals).toHaveLength(1);
    expect(signals[0]!.aborted).toBe(false);
    second.abort(new Error('the second left'));
    await expect(stays).rejects.toThrow('the second left');
    expect(signals[0]!.aborted).toBe(true);
    // Work that was given up is not joined: it begins anew.
    const anew = shared.do('a', third.signal, work);
    expect(signals).toHaveLength(2);
    resolve('done');
    expect(await anew).toBe('done');
    await expect(shared.do('a', first.signal, work)).rejects.toThrow('the first left');
  });

  it('fails for all, and is tried again by the next', async () => {
    const shared = new SharedWork<string>();
    const fails = (): Promise<string> => Promise.reject(new Error('failed'));
    const results = await Promise.allSettled([shared.do('a', undefined, fails), shared.do('a', undefined, fails)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await shared.do('a', undefined, async () => 'done')).toBe('done');
  });
});
