import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/domain/limits.ts';
import type { RunInput } from '../../src/domain/run.ts';
import { validateRunInput } from '../../src/domain/validate.ts';

const SHA256 = 'a'.repeat(64);
const openai = { provider: 'openai', name: 'gpt-4o-mini' };

function withOptions(options: unknown): unknown {
  return { question: 'Who leads Peru?', options };
}

function withDocument(document: unknown): unknown {
  return { question: 'Who leads Peru?', documents: [document] };
}

describe('validateRunInput', () => {
  it.each<RunInput>([
    { question: 'Who leads Peru?' },
    { question: 'q', documents: [], options: {} },
    { question: 'q', documents: [{ name: 'a.md', mediaType: 'text/markdown', text: '' }] },
    { question: 'q', documents: [{ name: 'a.md', mediaType: 'text/markdown', sha256: SHA256, bytes: 5_000_000 }] },
    { question: 'q', options: { rounds: 1, votes: 100, repairs: 0, regenerations: 0, finalParses: 1 } },
    { question: 'q', options: { retrieval: 'direct', answerFormat: 'a number', toolQueues: ['kgot-tools', 'ours'] } },
    { question: 'q', options: { budget: { dollars: 0.01, tokens: 1 }, models: { planner: openai, executor: openai } } },
    { question: 'q', options: { models: { planner: openai, executor: { ...openai, url: 'http://127.0.0.1:1/v1' } } } },
    { question: 'q', options: { without: ['batching', 'staged-votes'] } },
    { question: 'q', options: { rounds: undefined, budget: {} } },
  ])('has nothing to say of %j', (input) => {
    expect(validateRunInput(input)).toEqual([]);
  });

  it.each([
    ['no object', 'Who leads Peru?', /must be an object \{question, documents\?, options\?\}/],
    ['nothing', undefined, /must be an object/],
    ['a list', [], /must be an object/],
    ['no question', {}, /question is empty: give it as text/],
    ['an empty question', { question: ' \n' }, /question is empty/],
    ['a question that is no text', { question: 7 }, /question is empty: give it as text/],
    [
      'a question that is too long',
      { question: 'x'.repeat(LIMITS.questionCharacters + 1) },
      /has 8001 characters, the most is 8000: give long text as a document/,
    ],
    ['documents that are no list', { question: 'q', documents: 'a.md' }, /documents must be an array/],
    ['a document without a name', withDocument({ mediaType: 'text/plain', text: '' }), /documents\[0\] needs a name/],
    ['a document without a kind', withDocument({ name: 'a', text: '' }), /needs a name and a mediaType, as in/],
    [
      'a document without content',
      withDocument({ name: 'a.md', mediaType: 'text/markdown' }),
      /documents\[0\] \(a\.md\) needs either text, or sha256 and bytes/,
    ],
    [
      'a hash that is none',
      withDocument({ name: 'a.md', mediaType: 'text/markdown', sha256: 'abc', bytes: 3 }),
      /needs either text, or sha256 and bytes/,
    ],
    ['a hash without a size', withDocument({ name: 'a', mediaType: 't', sha256: SHA256 }), /sha256 and bytes/],
    [
      'too much inline text, counted in bytes',
      withDocument({ name: 'a', mediaType: 't', text: 'ä'.repeat(LIMITS.inlineDocumentBytes / 2 + 1) }),
      /hold 65538 bytes of inline text, the most is 65536 in all: store them in the artifact store/,
    ],
    ['options that are no object', withOptions('fast'), /options must be an object/],
    ['no rounds', withOptions({ rounds: 0 }), /options\.rounds is 0: give a whole number from 1 to 100/],
    ['half a vote', withOptions({ votes: 2.5 }), /options\.votes is 2\.5: give a whole number from 1 to 100/],
    ['too many votes', withOptions({ votes: 101 }), /options\.votes is 101/],
    ['repairs below none', withOptions({ repairs: -1 }), /options\.repairs is -1: give a whole number from 0/],
    ['a count in words', withOptions({ finalParses: 'two' }), /options\.finalParses is "two"/],
    ['a count that is null', withOptions({ regenerations: null }), /options\.regenerations is null/],
    ['no way to save', withOptions({ without: ['votes'] }), /give names out of staged-votes, shared-calls, batching/],
    ['ways to save that are no list', withOptions({ without: 'batching' }), /is "batching": give names out of/],
    ['another retrieval', withOptions({ retrieval: 'sparql' }), /is "sparql": give "query", "code" or "direct"/],
    ['a format that is no text', withOptions({ answerFormat: 1 }), /answerFormat must be text, as in/],
    ['a budget that is a number', withOptions({ budget: 5 }), /budget must be \{dollars\?, tokens\?\}/],
    ['an approval of no time', withOptions({ approval: { timeoutSeconds: 0 } }), /each a number from 1 to \d+/],
    [
      'an approval with other words',
      withOptions({ approval: { timeout: 5 } }),
      /approval must be \{timeoutSeconds\?, rem/,
    ],
    ['a budget of nothing', withOptions({ budget: { dollars: 0 } }), /each a number over 0/],
    ['a budget in words', withOptions({ budget: { tokens: '1000' } }), /each a number over 0/],
    ['a budget that is no number', withOptions({ budget: { dollars: NaN } }), /each a number over 0/],
    ['no tool queue', withOptions({ toolQueues: [] }), /names of task queues, at least one, as in \["kgot-tools"\]/],
    ['a tool queue without a name', withOptions({ toolQueues: [' '] }), /names of task queues/],
    ['one model only', withOptions({ models: { planner: openai } }), /options\.models\.executor must be \{provider/],
    ['models that are text', withOptions({ models: 'openai:gpt-4o' }), /must be \{planner, executor, cheap\?\}/],
    [
      'a model whose address is none',
      withOptions({ models: { planner: openai, executor: { ...openai, url: 'file:///etc/passwd' } } }),
      /options\.models\.executor must be/,
    ],
    [
      'a field that does not exist',
      { question: 'q', document: [] },
      /no field "document" in the input; there are question, documents, options/,
    ],
    ['a budget in another unit', withOptions({ budget: { token: 500 } }), /budget must be \{dollars\?, tokens\?\}/],
    [
      'a third model',
      withOptions({ models: { planner: openai, executor: openai, judge: openai } }),
      /options\.models must be \{planner, executor, cheap\?\}/,
    ],
    [
      'a model with an address of another name',
      withOptions({ models: { planner: openai, executor: { ...openai, uri: 'http://127.0.0.1:1/v1' } } }),
      /options\.models\.executor must be \{provider, name, url\?\}/,
    ],
    ['an option that does not exist', withOptions({ round: 3 }), /no option "round"; there are rounds, votes,/],
  ])('says what is wrong with %s, and what would be right', (_, input, message) => {
    const problems = validateRunInput(input);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
    expect(problems[0]).toMatch(/\.$/);
  });

  it('says all that is wrong at once', () => {
    const input = { question: '', documents: [null, 7], options: { votes: 0, budget: 'x', speed: 9 } };
    expect(validateRunInput(input)).toHaveLength(6);
  });

  it('counts the inline text of all documents together', () => {
    const half = { name: 'a', mediaType: 'text/plain', text: 'x'.repeat(LIMITS.inlineDocumentBytes / 2) };
    expect(validateRunInput({ question: 'q', documents: [half, half] })).toEqual([]);
    expect(validateRunInput({ question: 'q', documents: [half, half, { ...half, text: 'x' }] })).toHaveLength(1);
  });
});
