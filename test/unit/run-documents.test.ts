import { ApplicationFailure } from '@temporalio/activity';
import { beforeEach, describe, expect, it } from 'vitest';
import { storeList } from '../../activities/run-documents.ts';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import type { DocumentReference, RunDocument } from '../../src/domain/run.ts';
import { validateRunInput } from '../../src/domain/validate.ts';
import { fixture, zipOf } from '../support/documents.ts';
import { temporaryStore } from '../support/folders.ts';

let artifacts: ArtifactStore;
beforeEach(() => {
  artifacts = temporaryStore();
});

async function stored(name: string, mediaType: string, bytes: Uint8Array): Promise<DocumentReference> {
  // What a starter says of the size is not believed.
  return { name, mediaType, sha256: await artifacts.putContent(bytes), bytes: 1 };
}

async function listOf(documents: RunDocument[]): Promise<DocumentReference[]> {
  const { documentsSha256 } = await storeList(artifacts, documents, new AbortController().signal);
  return JSON.parse((await artifacts.getContent(documentsSha256)).toString()) as DocumentReference[];
}

async function failureOf(documents: RunDocument[]): Promise<ApplicationFailure> {
  const error = await listOf(documents).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApplicationFailure);
  expect(error).toMatchObject({ nonRetryable: true });
  return error as ApplicationFailure;
}

describe('the documents of a run', () => {
  it('are listed with their real sizes, inline text under its hash, archives as what they hold', async () => {
    const report = fixture('report.pdf');
    const list = await listOf([
      { name: 'notes.md', mediaType: 'text/markdown', text: 'Zoë' },
      await stored('report.pdf', 'application/pdf', report),
      await stored('papers.zip', 'application/zip', zipOf({ 'a/report.pdf': report, 'b.txt': 'two', 'x.exe': 'MZ\0' })),
    ]);
    expect(list.map(({ name, mediaType, bytes }) => [name, mediaType, bytes])).toEqual([
      ['notes.md', 'text/markdown', 4],
      ['report.pdf', 'application/pdf', report.length],
      ['papers.zip/a/report.pdf', 'application/pdf', report.length],
      ['papers.zip/b.txt', 'text/plain', 3],
    ]);
    expect(list[2]!.sha256).toBe(list[1]!.sha256);
    expect((await artifacts.getContent(list[3]!.sha256)).toString()).toBe('two');
  });

  it('come with what archives hold that is left out, and why', async () => {
    const list = async (files: Record<string, string>) => {
      const archive = await stored('papers.zip', 'application/zip', zipOf(files));
      return storeList(artifacts, [archive], new AbortController().signal);
    };
    expect((await list({ 'a.txt': 'one' })).leftOut).toEqual([]);
    const { leftOut } = await list({ 'a.txt': 'one', 'b/x.exe': 'MZ\0', 'y.bin': '\0\u0001' });
    expect(leftOut).toHaveLength(1);
    expect(leftOut[0]).toMatch(/^Left out of papers\.zip: b\/x\.exe is of no kind .*; y\.bin is of no kind .*\.$/);
  });

  it('that only claim to be archives stay as they are', async () => {
    const document = await stored('report.docx', 'application/zip', fixture('report.docx'));
    expect(await listOf([document])).toEqual([{ ...document, bytes: fixture('report.docx').length }]);
  });

  it('are the same list when they are listed again, as another attempt does', async () => {
    const archive = await stored('a.zip', 'application/zip', zipOf({ 'a.txt': 'one', 'b.txt': 'two' }));
    expect(await listOf([archive])).toEqual(await listOf([archive]));
  });

  it('are refused for good when one is missing, broken or a bomb, and it is named', async () => {
    const missing = { name: 'a.pdf', mediaType: 'application/pdf', sha256: 'f'.repeat(64), bytes: 1 };
    expect(await failureOf([missing])).toMatchObject({
      type: 'ArtifactMissing',
      message: expect.stringMatching(/^Document a\.pdf: No artifact with SHA-256 f{64} in .*check KGOT_DATA/),
    });
    const encrypted = await stored('e.zip', 'application/zip', fixture('encrypted.zip'));
    expect(await failureOf([encrypted])).toMatchObject({
      type: 'InvalidInput',
      message: 'Document e.zip is password-protected: pack it without a password.',
    });
    const zeros = new Uint8Array(21 * 1024 * 1024);
    const bomb = await stored('bomb.zip', 'application/zip', zipOf({ 'a.txt': zeros }));
    expect((await failureOf([bomb])).message).toContain(
      'Document bomb.zip would unpack to more than 200 times its size',
    );
  });

  it('are refused when they are more than a run takes, archives unpacked', async () => {
    const half = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`${index}.txt`, `${index}`]));
    const archives = [
      await stored('a.zip', 'application/zip', zipOf(half)),
      await stored('b.zip', 'application/zip', zipOf(half)),
    ];
    expect(await failureOf(archives)).toMatchObject({
      type: 'InvalidInput',
      message: 'The run has 2002 documents, archives unpacked; the most is 2000: give fewer.',
    });
    const many = Array.from({ length: LIMITS.documents + 1 }, (_, index) => ({
      name: `${index}`,
      mediaType: 'text/plain',
      text: 'x',
    }));
    expect(validateRunInput({ question: 'q', documents: many })).toEqual([
      'The run has 2001 documents, the most is 2000: give fewer.',
    ]);
  });

  it('are not unpacked any more once the run is cancelled', async () => {
    const archive = await stored('a.zip', 'application/zip', zipOf({ 'a.txt': 'one' }));
    const cancelled = AbortSignal.abort(new Error('the run was cancelled'));
    await expect(storeList(artifacts, [archive], cancelled)).rejects.toThrow('the run was cancelled');
  });
});
