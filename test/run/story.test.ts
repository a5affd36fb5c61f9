import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { outlineText } from '../../cli/show/outline.ts';
import { storySections } from '../../cli/show/story.ts';
import type { RunHandle } from '../../src/client/client.ts';
import { describeRun, RunNotFoundError } from '../../src/client/story/describe-run.ts';
import type { RunStory } from '../../src/client/story/story.ts';
import { QUEUES } from '../../src/domain/queues.ts';
import { answer, enhance, facts, failureOf, oneFact, openStack, peru, search, solve } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';

const FLAKY = 'flaky-tools';
const flakyTool = fileURLToPath(new URL('../support/flaky-tool.ts', import.meta.url));

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
  await stack.runtime.startWorker(FLAKY, [flakyTool]);
});
afterAll(() => stack.close());

const tell = ({ id }: RunHandle): Promise<RunStory> =>
  describeRun(stack.runtime.client, id, { artifacts: stack.artifacts });
const textOf = (story: RunStory): string => outlineText(storySections(story)).replace(/\s+/g, ' ');

/** What of a story the history alone cannot tell otherwise than the artifact store. */
function withoutStore(story: RunStory): unknown {
  return JSON.parse(JSON.stringify({ ...story, ledger: undefined }));
}

describe('a run with everything that can go wrong', () => {
  const nobody = { nodes: [], edges: [{ from: '?', type: 'LEADS', to: 'Peru', properties: [] }], retract: [] };
  let story: RunStory;
  beforeAll(async () => {
    stack.play({
      decideNextStep: ({ earlier }) => (earlier < 2 ? enhance('Who leads Peru?') : solve('the one who leads')),
      chooseTools: ({ earlier }) =>
        earlier === 0
          ? {
              calls: [
                { tool: 'flaky_lookup', input: { thing: 'Peru' } },
                { tool: 'flaky_lookup', input: { thing: 'broken' } },
              ],
            }
          : { calls: [{ tool: 'flaky_lookup', input: { thing: 'Peru' } }, ...(search('Peru') as never)['calls']] },
      extractChanges: ({ earlier }) =>
        earlier === 0
          ? nobody
          : { ...facts(['Ada Vega', 'LEADS', 'Peru']), retract: [{ from: 'Ada Vega', type: 'KNOWS', to: 'Peru' }] },
      repairChanges: () => facts(['Ada Vega', 'LEADS', 'Peru'], ['Ada Vega', 'KNOWS', 'Peru']),
      writeQuery: ({ earlier }) =>
        earlier === 0 ? { query: 'MATCH (p)-[:HATES]->(c) RETURN p.name' } : { query: 'MATCH (p RETURN p.name' },
      repairQuery: () => ({ query: 'MATCH (c)-[:LEADS]->(p) WHERE p.name = "Ada Vega" RETURN p.name' }),
      parseAnswer: ({ prompt, earlier }) =>
        prompt.includes('Calculated:') ? answer('68') : earlier === 0 ? answer('', '34 * 2') : answer(`Ada ${earlier}`),
      chooseAnswer: () => ({ choice: 2 }),
    });
    const handle = await stack.start({ ...peru, options: { votes: 1, toolQueues: [FLAKY, QUEUES.tools] } });
    await handle.result();
    story = await tell(handle);
  });

  it('tells attempts, their failures, and a call that was made before', () => {
    const [first, second] = story.rounds;
    expect(first!.tools).toMatchObject([
      { input: { thing: 'Peru' }, state: 'done', attempts: 2, retried: { type: 'Error', message: 'Peru is away' } },
      {
        input: { thing: 'broken' },
        state: 'failed',
        attempts: 2,
        failure: { type: 'Error', message: 'broken is away' },
      },
    ]);
    expect(second!.tools.map(({ tool, state }) => `${tool} ${state}`)).toEqual([
      'flaky_lookup repeated',
      'search_documents done',
    ]);
    expect(first!.notes).toEqual(['flaky_lookup({"thing":"broken"}) failed: broken is away']);
    expect(textOf(story)).toMatch(/✗ flaky_lookup\({"thing":"broken"}\) · 2 attempts, [\d.]+ s Error: broken is away/);
    expect(textOf(story)).not.toContain('! flaky_lookup');
  });

  it('tells problems of changes, their repair, what was added, and what was retracted', () => {
    const [first, second] = story.rounds;
    expect(first!.facts).toMatchObject({
      problems: [expect.stringContaining('which holds no letter or digit')],
      repairs: [{ step: 'repairChanges', state: 'done' }],
      left: [],
      revision: 1,
      difference: { added: { nodes: [{}, {}], edges: [{ type: 'LEADS' }, { type: 'KNOWS' }] } },
    });
    expect(second!.facts).toMatchObject({
      revision: 2,
      difference: {
        retracted: { edges: [{ type: 'KNOWS', source: 'round 2: search_documents({"page":1,"query":"Peru"})' }] },
      },
    });
    expect(textOf(story)).toContain('Facts: 2 nodes and 2 edges added, revision 1');
    expect(textOf(story)).toContain('− Ada Vega —KNOWS→ Peru');
  });

  it('tells queries that gave nothing, were written anew, failed, were repaired, and asked in any direction', () => {
    const [{ retrievals }] = story.rounds.slice(2) as [RunStory['rounds'][number]];
    expect(retrievals).toMatchObject([
      {
        how: 'the one who leads',
        queries: [
          { by: 'written', outcome: { kind: 'rows', rowCount: 0 } },
          { by: 'widened', query: 'MATCH (p)-[:HATES]-(c) RETURN p.name', outcome: { kind: 'rows', rowCount: 0 } },
          { by: 'rewritten', outcome: { kind: 'error', error: expect.stringMatching(/expected/i) as string } },
          { by: 'repaired', outcome: { kind: 'rows', rowCount: 0 } },
          { by: 'widened', outcome: { kind: 'rows', rowCount: 1, text: 'p.name\nAda Vega' } },
        ],
      },
    ]);
    expect(textOf(story)).toContain('✓ in any direction: MATCH (c)-[:LEADS]-(p)');
  });

  it('tells calculations, different answers, and the choice between them', () => {
    const round = story.rounds[2]!;
    expect(round.parses.map((parse) => parse.answer).sort()).toEqual([
      '68',
      'Ada 1',
      expect.stringMatching(/^Ada [23]$/),
    ]);
    expect(round.parses.flatMap((parse) => parse.calculation ?? [])).toEqual([{ expression: '34 * 2', result: '68' }]);
    expect(round.best!.candidates).toHaveLength(3);
    expect(round.answer).toBe(round.best!.candidates[1]);
    expect(textOf(story)).toContain('calculated: 34 * 2 = 68');
  });

  it('has a ledger that says what the model counted, and the same story without the artifact store', async () => {
    expect(story.ledger.calls).toBe(stack.model.requests.length);
    const sum = story.rounds.reduce((total, { spent }) => total + spent.calls, 0);
    expect(sum).toBe(story.ledger.calls);
    const alone = await describeRun(stack.runtime.client, story.id);
    expect(withoutStore(alone)).toEqual(withoutStore(story));
    expect(alone.ledger).toEqual(story.ledger);
  });
});

describe('a run that is open', () => {
  it('is told so far, with what is under way; cancelled, with who did it and what it cost', async () => {
    stack.play({ decideNextStep: () => 'hang' });
    const handle = await stack.start(peru);
    await vi.waitFor(() => expect(stack.model.requests.length).toBe(3), 20_000);
    await vi.waitFor(async () => {
      const story = await tell(handle);
      expect(story).toMatchObject({ status: 'RUNNING', ledger: { calls: 0, unknown: 0 } });
      expect(story.underWay.map(({ type, summary, attempt }) => `${type}: ${summary}: ${attempt}`)).toEqual(
        [1, 2, 3].map((vote) => `model.decideNextStep: round 1, vote ${vote}: 1`),
      );
      expect(textOf(story)).toContain('… Vote 1: under way');
    });
    await handle.cancel();
    await failureOf(handle);
    const story = await tell(handle);
    expect(story).toMatchObject({ status: 'CANCELLED', underWay: [], ledger: { calls: 0, unknown: 3 } });
    expect(story.messages).toMatchObject([{ kind: 'cancel', round: 1 }]);
    expect(story.messages[0]!.by).toMatch(/^\d+@/);
    expect(textOf(story)).toMatch(/Ended: cancelled Cost: 0 model calls.* and 3 requests without an answer/);
  });

  it('says how the attempt before failed', async () => {
    stack.play({ decideNextStep: ({ earlier }) => (earlier === 0 ? { status: 503 } : 'hang') });
    const handle = await stack.start({ ...peru, options: { votes: 1 } });
    await vi.waitFor(() => expect(stack.model.requests.length).toBe(2), 20_000);
    await vi.waitFor(async () => {
      const { underWay } = await tell(handle);
      expect(underWay).toMatchObject([{ attempt: 2, waiting: false, lastFailure: { type: 'ServerError' } }]);
    });
    await handle.cancel();
    await failureOf(handle);
  });
});

it('says of a run that nobody works on that it waits for a worker', async () => {
  const { client } = stack.runtime;
  const taskQueue = 'nobody';
  const handle = await client.workflow.start('answerQuestion', { args: [peru], workflowId: 'waiting', taskQueue });
  const story = await describeRun(client, 'waiting', { artifacts: stack.artifacts });
  expect(story).toMatchObject({ status: 'RUNNING', question: peru.question, rounds: [] });
  expect(story.underWay).toMatchObject([{ type: 'workflow task', attempt: 1, waiting: true }]);
  expect(textOf(story)).toMatch(/Under way … workflow task · since [\d:]+, no worker has taken it yet/);
  await handle.terminate('the test is over');
  const ended = await describeRun(client, 'waiting', { artifacts: stack.artifacts });
  expect(ended).toMatchObject({ status: 'TERMINATED', failure: { type: 'Terminated' }, underWay: [] });
  expect(ended.failure!.message).toMatch(/^Terminated by \d+@.*: the test is over\.$/);
});

it('tells why a run failed', async () => {
  stack.play({ decideNextStep: () => ({ status: 401, body: { error: { message: 'bad key' } } }) });
  const handle = await stack.start({ ...peru, options: { votes: 1 } });
  await failureOf(handle);
  const story = await tell(handle);
  expect(story).toMatchObject({ status: 'FAILED', failure: { type: 'ModelUnavailable' } });
  expect(story.rounds[0]!.votes).toMatchObject([{ state: 'failed', failure: { type: 'ModelUnavailable' } }]);
  expect(textOf(story)).toMatch(/Ended: failed ModelUnavailable: .*status 401/);
});

it('tells a run that was refused', async () => {
  const handle = await stack.start({ ...peru, options: { budget: { tokens: 100 } } });
  await failureOf(handle);
  const story = await tell(handle);
  expect(story).toMatchObject({ status: 'FAILED', rounds: [], failure: { type: 'BudgetTooSmall' } });
  expect(story.changedOptions).toEqual([{ name: 'budget', value: { tokens: 100 } }]);
});

it('tells a run that went out of budget, and the last answer that was held back for', async () => {
  stack.play({
    ...oneFact,
    decideNextStep: () => enhance('Who leads Peru?'),
    chooseTools: ({ earlier }) => search(`Peru ${earlier}`),
    extractChanges: ({ earlier }) => facts(['Ada Vega', `LEADS_${earlier}`, 'Peru']),
    answerDirectly: () => answer('Ada Vega'),
  });
  const handle = await stack.start({ ...peru, options: { budget: { tokens: 9_000 } } });
  await handle.result();
  const story = await tell(handle);
  expect(story.rounds.at(-1)).toMatchObject({ forced: false, answer: 'Ada Vega', parses: [{ last: true }] });
  expect(textOf(story)).toContain('Ended: out of budget: the next call did not fit Answer: Ada Vega');
});

it('says that there is no such run', async () => {
  const missing = describeRun(stack.runtime.client, 'nobody', { artifacts: stack.artifacts });
  await expect(missing).rejects.toThrow(RunNotFoundError);
  await expect(missing).rejects.toThrow('There is no run nobody: neither Temporal nor the artifact store knows it.');
});
