import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunInput } from '../../src/domain/run.ts';
import { answer, enhance, facts, failureOf, oneFact, openStack, peru, search, solve } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.close());

const stepsAsked = (): string[] => stack.model.requests.map(({ step }) => step);
const asked = (step: string): number => stepsAsked().filter((name) => name === step).length;

describe('the loop', () => {
  it('enhances until the graph holds the fact, then solves, with as many votes as decide', async () => {
    stack.play(oneFact);
    const handle = await stack.start(peru);
    const result = await handle.result();
    expect(result).toMatchObject({ answer: 'Ada Vega', endReason: 'solved', rounds: 2 });
    expect(result.evidence).toEqual([
      {
        fact: 'Ada Vega —LEADS→ Peru',
        source: 'round 1: search_documents({"page":1,"query":"Peru"})',
        documents: ['peru.md'],
      },
    ]);
    // Three unanimous votes of five decide each round, two unanimous parses of three the answer.
    expect(asked('decideNextStep')).toBe(6);
    expect(asked('parseAnswer')).toBe(2);
    expect(result.ledger).toMatchObject({ calls: stack.model.requests.length, unknown: 0, toolCalls: 1 });
    expect(await handle.ledger()).toEqual(result.ledger);
    expect(await handle.graph()).toEqual(result.graph);
  });

  it('needs a strict majority to solve', async () => {
    stack.play({
      ...oneFact,
      decideNextStep: ({ prompt, earlier }) =>
        prompt.includes('LEADS') && (earlier % 2 === 0 || prompt.includes('ALSO'))
          ? solve()
          : enhance('Who leads Peru?'),
      extractChanges: ({ earlier }) =>
        earlier === 0 ? facts(['Ada Vega', 'LEADS', 'Peru']) : facts(['Ada Vega', 'ALSO', 'Lima']),
      chooseTools: ({ earlier }) => search(`Peru ${earlier}`),
    });
    const { rounds, answer: text } = await (await stack.start({ ...peru, options: { votes: 4 } })).result();
    // Two of four votes are no majority: a second ENHANCE came first.
    expect({ rounds, text }).toEqual({ rounds: 3, text: 'Ada Vega' });
  });

  it('asks again with the error shown when an answer breaks its schema, then afresh', async () => {
    stack.play({
      ...oneFact,
      chooseTools: ({ earlier }) => [{ text: 'no JSON' }, { value: { calls: 'none' } }, search('Peru')][earlier]!,
    });
    const result = await (await stack.start({ ...peru, options: { votes: 1 } })).result();
    expect(result.answer).toBe('Ada Vega');
    const prompts = stack.model.requests.filter(({ step }) => step === 'chooseTools').map(({ prompt }) => prompt);
    expect(prompts).toHaveLength(3);
    expect(prompts[1]).toContain('That does not fit: The answer is not a JSON object.');
    expect(prompts[2]).toBe(prompts[0]);
  });

  it('goes on when a step is lost', async () => {
    stack.play({
      ...oneFact,
      extractChanges: ({ earlier }) => (earlier < 3 ? { text: 'nonsense' } : facts(['Ada Vega', 'LEADS', 'Peru'])),
      chooseTools: ({ earlier }) => search(`Peru ${earlier}`),
    });
    const handle = await stack.start({ ...peru, options: { votes: 1 } });
    expect(await handle.result()).toMatchObject({ answer: 'Ada Vega', endReason: 'solved', rounds: 3 });
    expect((await handle.progress()).notes.join()).toContain('The step extractChanges was lost');
  });

  it('repairs a failing query with its own error, and writes an empty one anew', async () => {
    stack.play({
      ...oneFact,
      writeQuery: ({ earlier }) =>
        earlier === 0 ? { query: 'MATCH (p)-[:HATES]->(c) RETURN p.name' } : { query: 'MATCH (p RETURN p.name' },
      repairQuery: () => ({ query: 'MATCH (p)-[:LEADS]->(c) RETURN p.name' }),
    });
    expect((await (await stack.start({ ...peru, options: { votes: 1 } })).result()).answer).toBe('Ada Vega');
    const again = stack.model.requests.filter(({ step }) => step === 'writeQuery')[1]!;
    expect(again.prompt).toContain('These queries gave no rows');
    expect(again.prompt).toContain('HATES');
    const repair = stack.model.requests.find(({ step }) => step === 'repairQuery')!;
    expect(repair.prompt).toContain('Query:\nMATCH (p RETURN p.name');
    expect(repair.prompt).toMatch(/Error:\n.*(syntax|expected|unexpected)/i);
    expect(repair.prompt).not.toContain('HATES');
  });

  it('lets no query write', async () => {
    stack.play({
      ...oneFact,
      writeQuery: () => ({ query: 'MATCH (p) DETACH DELETE p' }),
      repairQuery: ({ prompt }) =>
        prompt.includes('may only read') ? { query: 'MATCH (p)-[:LEADS]->(c) RETURN p.name' } : { query: 'CREATE (x)' },
    });
    const result = await (await stack.start({ ...peru, options: { votes: 1 } })).result();
    expect(result).toMatchObject({ answer: 'Ada Vega', graph: { revision: 1, nodes: 2, edges: 1 } });
  });

  it('repairs changes that cannot be made, and tells the next vote what could not be repaired', async () => {
    const dangling = {
      nodes: [],
      edges: [{ from: '?', type: 'LEADS', to: 'Peru', properties: [] }],
      retract: [],
    };
    stack.play({
      ...oneFact,
      extractChanges: () => dangling,
      repairChanges: () => facts(['Ada Vega', 'LEADS', 'Peru']),
    });
    expect((await (await stack.start({ ...peru, options: { votes: 1 } })).result()).answer).toBe('Ada Vega');
    expect(stack.model.requests.find(({ step }) => step === 'repairChanges')!.prompt).toContain(
      'which holds no letter or digit',
    );

    stack.play({ ...oneFact, extractChanges: () => dangling, repairChanges: () => dangling });
    await (await stack.start({ ...peru, options: { votes: 1, rounds: 2, repairs: 1 } })).result();
    expect(stack.model.requests.findLast(({ step }) => step === 'decideNextStep')!.prompt).toContain(
      'A change could not be made: The edge ? -LEADS-> Peru names "?"',
    );
  });

  it('makes identical tool calls once in a run, side by side and later', async () => {
    stack.play({
      ...oneFact,
      decideNextStep: ({ earlier }) => (earlier < 2 ? enhance('Who leads Peru?') : solve()),
      chooseTools: () => search('Peru', 'Peru'),
    });
    const result = await (await stack.start({ ...peru, options: { votes: 1 } })).result();
    expect(result.ledger.toolCalls).toBe(1);
    expect(result.rounds).toBe(3);
  });

  it('does not remember a tool call that failed, and tells the next vote', async () => {
    stack.play({
      ...oneFact,
      decideNextStep: ({ prompt, earlier }) =>
        earlier > 2 && prompt.includes('LEADS') ? solve() : enhance('Who leads Peru?'),
      chooseTools: ({ earlier }) =>
        earlier < 2 ? { calls: [{ tool: 'read_document', input: { name: 'chile.md', page: 1 } }] } : search('Peru'),
    });
    const handle = await stack.start({ ...peru, options: { votes: 1 } });
    await handle.result();
    const { tools, notes } = await handle.progress();
    expect(tools.map(({ tool, state }) => `${tool} ${state}`)).toEqual([
      'read_document failed',
      'read_document failed',
      'search_documents done',
    ]);
    expect(notes.join()).toContain('There is no document "chile.md"; there are: peru.md.');
  });

  it('calculates where an answer asks for it', async () => {
    stack.play({
      ...oneFact,
      parseAnswer: ({ prompt }) =>
        prompt.includes('Calculated: 34 * 2 = 68') ? answer('68 million') : answer('', '34 * 2'),
    });
    const result = await (await stack.start({ ...peru, options: { votes: 1 } })).result();
    expect(result.answer).toBe('68 million');
    expect(result.evidence).toContainEqual({ fact: '34 * 2 = 68', source: 'calculate' });
  });

  it('answers from the graph itself with retrieval direct', async () => {
    stack.play({ ...oneFact, answerDirectly: ({ prompt }) => answer(prompt.includes('LEADS') ? 'Ada Vega' : '') });
    const result = await (await stack.start({ ...peru, options: { votes: 1, retrieval: 'direct' } })).result();
    expect(result).toMatchObject({ answer: 'Ada Vega', endReason: 'solved' });
    expect(asked('writeQuery')).toBe(0);
  });

  it('forces an answer when the rounds are used up', async () => {
    stack.play({
      ...oneFact,
      decideNextStep: () => enhance('Who leads Peru?'),
      parseAnswer: () => answer(''),
      answerDirectly: () => answer('probably Ada Vega'),
    });
    const result = await (await stack.start({ ...peru, options: { votes: 1, rounds: 2 } })).result();
    expect(result).toMatchObject({ answer: 'probably Ada Vega', endReason: 'forced', rounds: 2 });
  });

  it('keeps two relations of different kinds between the same nodes, and both sources of one fact', async () => {
    stack.play({
      ...oneFact,
      chooseTools: () => search('Peru', 'Ada Vega'),
      extractChanges: () => facts(['Ada Vega', 'LEADS', 'Peru'], ['Ada Vega', 'BORN_IN', 'Peru']),
    });
    const { graph } = await (await stack.start({ ...peru, options: { votes: 1 } })).result();
    expect(graph).toMatchObject({ revision: 1, nodes: 2, edges: 2 });
  });
});

describe('what cannot be right', () => {
  it.each<[RunInput, RegExp]>([
    [{ question: ' ' }, /The question is empty/],
    [{ question: 'q', options: { rounds: 0 } }, /options.rounds is 0: give a whole number from 1 to 100/],
    [{ question: 'q', options: { toolQueues: ['nobody-serves-this'] } }, /No worker answered on the tool queue/],
  ])('refuses %j, whoever starts it', { timeout: 120_000 }, async (input, message) => {
    const { client } = stack.runtime;
    const options = { models: stack.model.models, ...input.options };
    const handle = await client.workflow.start('answerQuestion', {
      args: [{ ...input, options }],
      taskQueue: 'kgot',
      workflowId: `refused-${JSON.stringify(input).length}`,
    });
    expect(await failureOf(handle)).toMatch(message);
  });
});
