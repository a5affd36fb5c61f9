import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StubReply } from '../../bench/stub-model.ts';
import { readServerState } from '../../src/config/server-state.ts';
import type { RunModels, RunOptions } from '../../src/domain/run.ts';
import { answer, enhance, failureOf, oneFact, openStack, peru, search } from '../support/stack.ts';
import type { Script, Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.close());

const start = (script: Script, options: RunOptions = {}) => {
  stack.play(script);
  return stack.start({ ...peru, options: { votes: 1, ...options } });
};

const both = (provider: string, name: string): RunModels => {
  const model = { provider, name };
  return { planner: model, executor: model };
};

describe('a model that cannot be called', () => {
  it.each<[string, RunModels, string]>([
    [
      'of a provider that does not exist',
      both('acme', 'x'),
      'There is no provider "acme": give openai, anthropic, google, ollama or openai-compatible.',
    ],
    [
      'whose key is missing',
      both('anthropic', 'x'),
      'The worker has no key for anthropic: start it with ANTHROPIC_API_KEY in its environment.',
    ],
    [
      'whose recording does not exist',
      both('recorded', 'none'),
      'There is no recording "none"; there is built-in-question.',
    ],
  ])('%s ends the run with what would be right', async (_, models, message) => {
    expect(await failureOf(await start(oneFact, { models }))).toBe(message);
    expect(stack.model.requests).toEqual([]);
  });

  it.each([
    [401, /answered with status 401: .*bad key.* start it with KGOT_MODEL_URL=http:\/\/127/],
    [403, /answered with status 403: .*bad key.* start it with KGOT_MODEL_URL=/],
    [404, /answered with status 404: .*Is the name of the model right\?/],
  ])('with status %i ends the run after one attempt', async (status, message) => {
    const handle = await start({ decideNextStep: () => ({ status, body: { error: { message: 'bad key' } } }) });
    expect(await failureOf(handle)).toMatch(message);
    expect(stack.model.requests).toHaveLength(1);
    expect(await handle.ledger()).toMatchObject({ calls: 1, failed: 1, unknown: 0 });
  });
});

describe('a model whose answers are no answers', () => {
  it.each<[string, StubReply, string]>([
    ['prose', { text: 'Well, that depends.' }, 'The answer is not a JSON object.'],
    ['nothing', { text: '' }, 'The answer is not a JSON object.'],
    ['wrong types', { value: { facts: 7, next: 'MAYBE', how: [] } }, 'expected string, received undefined'],
    ['far too much', { text: 'x'.repeat(100_000) }, 'The answer has 100000 characters, the most is 32768'],
  ])('%s: the run ends in order, and says why it knows nothing', async (_, reply, reason) => {
    const handle = await start({ decideNextStep: () => reply, answerDirectly: () => reply }, { rounds: 1 });
    expect(await handle.result()).toMatchObject({ answer: 'unknown', endReason: 'forced', ledger: { calls: 6 } });
    const { notes, lastFailure } = await handle.progress();
    expect(notes).toContain('The step decideNextStep was lost: its answers did not fit the schema.');
    expect(lastFailure).toContain(`answerDirectly: the answer did not fit its schema: `);
    expect(lastFailure).toContain(reason);
  });

  it('10 MB that would fit are asked for again, in every step, and the answer is found', async () => {
    const long = 'x'.repeat(10_000_000);
    const tooLong: Record<string, object> = {
      decideNextStep: enhance(long),
      chooseTools: search(long),
      extractChanges: { nodes: [{ name: long, label: 'Thing', properties: [] }], edges: [], retract: [] },
      writeQuery: { query: `MATCH (n) WHERE n.name <> "${long}" RETURN n` },
      parseAnswer: answer(long),
    };
    const script = Object.entries(oneFact).map(([step, right]) => [
      step,
      (request: Parameters<NonNullable<typeof right>>[0]) =>
        request.earlier === 0 ? { value: tooLong[step] } : right!(request),
    ]);
    const handle = await start(Object.fromEntries(script) as Script);
    expect(await handle.result()).toMatchObject({ answer: 'Ada Vega', endReason: 'solved' });
    const again = stack.model.requests.filter(({ prompt }) => prompt.includes('the most is 32768: answer shorter.'));
    expect(again.map(({ step }) => step)).toEqual(Object.keys(tooLong));
  });

  it('a tool that does not exist: it is told which there are', async () => {
    const handle = await start({
      ...oneFact,
      chooseTools: ({ earlier }) => (earlier === 0 ? { calls: [{ tool: 'ask_oracle', input: {} }] } : search('Peru')),
    });
    expect((await handle.result()).answer).toBe('Ada Vega');
    const again = stack.model.requests.filter(({ step }) => step === 'chooseTools')[1]!;
    expect(again.prompt).toContain(
      'That does not fit: ✖ Invalid option: expected one of "ask_model", "calculate", "read_document", "search_documents"',
    );
  });
});

describe('an error that says what is wrong with the request', () => {
  const refused = { status: 400, body: { error: { message: 'max_tokens is too large' } } };

  it('is told beside the answer of a run that knows nothing', async () => {
    const handle = await start({ decideNextStep: () => refused, answerDirectly: () => answer('') }, { rounds: 1 });
    expect(await handle.result()).toMatchObject({ answer: 'unknown', ledger: { failed: 1 } });
    expect((await handle.progress()).lastFailure).toMatch(/^decideNextStep: .* status 400: .*max_tokens is too large/);
  });

  it('is the failure of a run none of whose calls came back', async () => {
    const handle = await start({ decideNextStep: () => refused, answerDirectly: () => refused }, { rounds: 1 });
    expect(await failureOf(handle)).toMatch(/^No call of the run came back with an answer\..*max_tokens is too large/);
  });
});

it('a model that never answers is given up after its deadline, and its requests may have cost', async () => {
  // The oracle's deadline is three seconds.
  const model = { provider: 'oracle', name: 'oracle', url: stack.model.url };
  const models = { planner: model, executor: model };
  // The budget holds one request without an answer.
  const options = { rounds: 1, models, budget: { tokens: 6_000 } };
  const handle = await start({ decideNextStep: () => 'hang', answerDirectly: () => 'hang' }, options);
  expect(await failureOf(handle)).toMatch(
    /gave no answer to 1 requests, 1 of which may still cost. The last error: oracle:oracle did not answer within 3 seconds/,
  );
  expect(stack.model.requests.map(({ step }) => step)).toEqual(['decideNextStep', 'answerDirectly']);
  expect(await handle.ledger()).toMatchObject({ calls: 0, unknown: 2 });
});

it('a call whose worker dies is made again as soon as there is another', async () => {
  let calls = 0;
  const decideNextStep: Script[string] = (request) => {
    calls += 1;
    if (calls > 1) return oneFact['decideNextStep']!(request);
    process.kill(readServerState(stack.runtime.dataDirectory)!.workerPid!, 'SIGKILL');
    return 'hang';
  };
  const handle = await start({ ...oneFact, decideNextStep });
  expect(await handle.result()).toMatchObject({ answer: 'Ada Vega', ledger: { unknown: 1 } });
  const { events } = await handle.workflow.fetchHistory();
  const failures = events!.flatMap(({ activityTaskStartedEventAttributes: begun }) => begun?.lastFailure ?? []);
  expect(failures.map(({ message }) => message)).toEqual(['its worker died (SIGKILL)']);
});
