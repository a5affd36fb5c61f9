import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outlineText } from '../../cli/show/outline.ts';
import { storySections } from '../../cli/show/story.ts';
import { describeRun } from '../../src/client/story/describe-run.ts';
import type { RunDocument, RunResult } from '../../src/domain/run.ts';
import { fixture, tarOf, zipOf } from '../support/documents.ts';
import { answer, enhance, facts, failureOf, oneFact, openStack, search, solve } from '../support/stack.ts';
import type { Script, Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.close());

async function archive(): Promise<RunDocument> {
  const bytes = await tarOf({ 'papers/report.pdf': fixture('report.pdf'), 'receipt.png': fixture('receipt.png') });
  const sha256 = await stack.artifacts.putContent(bytes);
  return { name: 'all.tar', mediaType: 'application/x-tar', sha256, bytes: bytes.length };
}

/** One tool call, whose output is to hold `words`; then the answer. */
function script(calls: object, words: string): Script {
  return {
    decideNextStep: ({ prompt }) => (prompt.includes('SAYS') ? solve() : enhance('What do the documents say?')),
    chooseTools: ({ prompt }) => {
      expect(prompt).toContain('- all.tar/papers/report.pdf (application/pdf)\n- all.tar/receipt.png (image/png)');
      return calls;
    },
    extractChanges: ({ prompt }) => {
      expect(prompt).toContain(words);
      return facts(['the document', 'SAYS', words]);
    },
    writeQuery: () => ({ query: 'MATCH ()-[:SAYS]->(n) RETURN n.name' }),
    parseAnswer: () => answer(words),
  };
}

const readTool = (name: string): object => ({ calls: [{ tool: 'read_document', input: { name, page: 1 } }] });

async function answered(parts: Script, rounds = 7): Promise<RunResult> {
  stack.play(parts);
  const handle = await stack.start({
    question: 'What is said?',
    documents: [await archive()],
    options: { votes: 1, rounds },
  });
  return handle.result();
}

describe('a run over an archive that a plain client stored', () => {
  it('searches what is in it', async () => {
    const result = await answered(script(search('alpacas'), 'The third page tells of alpacas.'));
    expect(result).toMatchObject({ answer: 'The third page tells of alpacas.', endReason: 'solved' });
  });

  it('has its executor read an image in it, which is recorded and paid for like every call', async () => {
    const words = 'Total: 42 EUR';
    const result = await answered({ ...script(readTool('all.tar/receipt.png'), words), '': () => ({ text: words }) });
    expect(result).toMatchObject({ answer: words, endReason: 'solved' });
    const shown = stack.model.requests.filter(({ images }) => images.length > 0);
    expect(shown).toHaveLength(1);
    expect(shown[0]!.images[0]).toBe(`data:image/png;base64,${Buffer.from(fixture('receipt.png')).toString('base64')}`);
    expect(result.ledger.calls).toBe(stack.model.requests.length);
  });

  it('goes on when its model sees no images, and knows why', async () => {
    const told: boolean[] = [];
    const parts: Script = {
      ...script(readTool('all.tar/receipt.png'), 'unused'),
      '': () => ({ status: 400, body: { error: { message: 'image_url is not supported by this model' } } }),
      decideNextStep: ({ prompt, earlier }) => {
        told.push(prompt.includes('cannot see images'));
        return earlier === 0 ? enhance('the total') : solve();
      },
      writeQuery: () => ({ query: 'RETURN 1' }),
      parseAnswer: () => answer('unknown'),
      answerDirectly: () => answer('unknown'),
    };
    const result = await answered(parts, 2);
    expect(result.answer).toBe('unknown');
    expect(told).toEqual([false, true]);
    // Once a round: an attempt that failed so is not made again.
    expect(stack.model.requests.filter(({ images }) => images.length > 0)).toHaveLength(2);
  });

  it('says what of an archive is left out to whoever looks, and not to the model', async () => {
    stack.play(oneFact);
    const bytes = zipOf({ 'peru.md': 'Ada Vega leads Peru.', 'x.exe': 'MZ\0' });
    const sha256 = await stack.artifacts.putContent(bytes);
    const documents = [{ name: 'all.zip', mediaType: 'application/zip', sha256, bytes: bytes.length }];
    const run = await stack.start({ question: 'Who leads Peru?', documents, options: { votes: 1 } });
    expect(await run.result()).toMatchObject({ answer: 'Ada Vega' });
    const note = expect.stringMatching(/^Left out of all\.zip: x\.exe is of no kind that can be read/);
    expect((await run.progress()).notes).toEqual([note]);
    const story = await describeRun(stack.runtime.client, run.id);
    expect(story.leftOut).toEqual([note]);
    expect(outlineText(storySections(story))).toContain('! Left out of all.zip: x.exe is');
    expect(stack.model.requests.filter(({ conversation }) => conversation.includes('x.exe'))).toEqual([]);
  });

  it('is refused with its name when the archive cannot be unpacked', async () => {
    const bytes = fixture('encrypted.zip');
    const sha256 = await stack.artifacts.putContent(bytes);
    const documents = [{ name: 'secret.zip', mediaType: 'application/zip', sha256, bytes: bytes.length }];
    const message = await failureOf(await stack.start({ question: 'What is said?', documents }));
    expect(message).toBe('Document secret.zip is password-protected: pack it without a password.');
  });
});
