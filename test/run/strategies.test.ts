import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Ledger } from '../../src/domain/ledger.ts';
import { sumEntries } from '../../src/domain/ledger.ts';
import type { RunOptions, RunResult } from '../../src/domain/run.ts';
import { readLedgerEntries } from '../../src/cost/call-records.ts';
import { PerformanceHistory } from '../../src/optimizer/history.ts';
import { answer, facts, oneFact, openStack, peru, search, solve } from '../support/stack.ts';
import type { Script, Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.close());

const asked = (step: string) => stack.model.requests.filter((request) => request.step === step);

/** Models with a cheap one, which the script knows by its name. */
function withCheap(): RunOptions['models'] {
  const { planner, executor } = stack.model.models;
  return { planner, executor, cheap: { ...planner, name: 'cheap' } };
}

async function play(script: Script, options: RunOptions, question = peru.question): Promise<RunResult> {
  stack.play(script);
  return (await stack.start({ ...peru, question, options })).result();
}

/** The ledger is what the records say, to the last request. */
async function expectExact({ graph, ledger }: RunResult): Promise<Ledger> {
  expect(ledger).toEqual(sumEntries(await readLedgerEntries(stack.artifacts, graph.run)));
  return ledger;
}

describe('a run with the strategy latency', () => {
  it('sends all votes and parses at once, and goes on without the slow ones', async () => {
    const result = await play(
      {
        ...oneFact,
        // Two of five votes a round, and one of three parses, never come back.
        decideNextStep: (request) => (request.earlier % 5 < 2 ? 'hang' : oneFact['decideNextStep']!(request)),
        parseAnswer: ({ earlier }) => (earlier === 0 ? 'hang' : answer('Ada Vega')),
      },
      { strategy: 'latency' },
    );
    expect(result).toMatchObject({ answer: 'Ada Vega', endReason: 'solved', rounds: 2 });
    expect(asked('decideNextStep')).toHaveLength(10);
    expect(asked('parseAnswer')).toHaveLength(3);
    // Each request that never came back is in the ledger, with what was reserved for it.
    expect(await expectExact(result)).toMatchObject({ calls: stack.model.requests.length - 5, unknown: 5 });
    await vi.waitFor(() => expect(stack.model.dropped).toBe(5));
    expect(result.plan).toMatchObject({ strategy: 'latency', votes: { most: 5, send: 'all' } });
    // Once a run has measured what calls take, the next one does not wait long for a slow one.
    const next = await play(
      { ...oneFact, chooseTools: ({ earlier }) => (earlier === 0 ? 'hang' : search('Peru')) },
      { strategy: 'latency', cache: false },
    );
    expect(next.plan!.hedge).toBeDefined();
    expect(next).toMatchObject({ answer: 'Ada Vega', rounds: 2 });
    expect(asked('chooseTools')).toHaveLength(2);
    expect(await expectExact(next)).toMatchObject({ unknown: 1 });
  });

  it('asks nothing again for a vote that does not count any more', async () => {
    const result = await play(
      {
        ...oneFact,
        decideNextStep: (request) =>
          request.earlier % 5 === 4 ? { text: 'no JSON' } : oneFact['decideNextStep']!(request),
      },
      { strategy: 'latency', cache: false },
    );
    expect(result.answer).toBe('Ada Vega');
    await expectExact(result);
    // At most the ask under way when the others decided.
    expect(asked('decideNextStep').length).toBeLessThanOrEqual(12);
  });
});

describe('a run with the strategy cost', () => {
  it('asks the cheap model, shown its error, and the stronger one for what it fails', async () => {
    const result = await play(
      {
        ...oneFact,
        chooseTools: ({ model }) => (model === 'cheap' ? { text: 'no JSON' } : search('Peru')),
      },
      { strategy: 'cost', models: withCheap(), cache: false },
    );
    expect(result).toMatchObject({ answer: 'Ada Vega', rounds: 2 });
    expect(asked('chooseTools').map(({ model }) => model)).toEqual(['cheap', 'cheap', 'stub']);
    expect(asked('decideNextStep').map(({ model }) => model)).toEqual(['cheap', 'cheap', 'cheap', 'cheap']);
    expect(asked('parseAnswer')).toHaveLength(1);
    await expectExact(result);
  });

  it('asks the stronger model where votes of the cheap one disagree', async () => {
    const result = await play(
      {
        ...oneFact,
        decideNextStep: (request) =>
          request.prompt.includes('LEADS') && request.model === 'cheap' && request.earlier % 2 === 0
            ? solve()
            : request.prompt.includes('LEADS') && request.model === 'cheap'
              ? { facts: [{ fact: 'Who leads Peru?', value: '?' }], next: 'ENHANCE', how: '' }
              : oneFact['decideNextStep']!(request),
      },
      { strategy: 'cost', models: withCheap(), cache: false },
    );
    expect(result).toMatchObject({ answer: 'Ada Vega', rounds: 2 });
    expect(asked('decideNextStep').map(({ model }) => model)).toEqual(['cheap', 'cheap', 'cheap', 'cheap', 'stub']);
  });

  it('asks the stronger model where the cheap one does not answer at all', async () => {
    const result = await play(
      {
        ...oneFact,
        writeQuery: (request) => (request.model === 'cheap' ? { status: 400 } : oneFact['writeQuery']!(request)),
      },
      { strategy: 'cost', models: withCheap(), cache: false },
    );
    expect(result.answer).toBe('Ada Vega');
    expect(asked('writeQuery').map(({ model }) => model)).toEqual(['cheap', 'cheap', 'stub']);
  });

  it('uses answers that another run has paid for, and says what it saved', async () => {
    const options: RunOptions = { strategy: 'cost' };
    const question = 'Who leads Peru, again?';
    const first = await play(oneFact, options, question);
    expect(await expectExact(first)).toMatchObject({ reused: 0, savedDollars: 0 });
    const second = await play(oneFact, options, question);
    expect(second).toMatchObject({ answer: 'Ada Vega', rounds: 2 });
    expect(stack.model.requests).toEqual([]);
    expect(await expectExact(second)).toMatchObject({ calls: 0, inputTokens: 0, reused: first.ledger.calls });
    // Whoever does not want that asks anew.
    const third = await play(oneFact, { ...options, cache: false }, question);
    expect(third.ledger.calls).toBe(first.ledger.calls);
  });

  it('pays once for what two runs ask at the same time, and keeps no answer that does not fit', async () => {
    stack.play({ ...oneFact, chooseTools: ({ earlier }) => (earlier === 0 ? { text: 'no JSON' } : search('Peru')) });
    const question = 'Who leads Peru, twice at once?';
    const runs = await Promise.all([1, 2].map(() => stack.start({ ...peru, question, options: { strategy: 'cost' } })));
    const results = await Promise.all(runs.map((run) => run.result()));
    expect(results.map((result) => result.answer)).toEqual(['Ada Vega', 'Ada Vega']);
    const calls = results.map(({ ledger }) => ledger.calls + ledger.reused);
    expect(stack.model.requests).toHaveLength(results[0]!.ledger.calls + results[1]!.ledger.calls);
    expect(results[0]!.ledger.reused + results[1]!.ledger.reused).toBeGreaterThan(0);
    expect(Math.max(...calls)).toBeLessThanOrEqual(Math.min(...calls) + 1);
    // What did not fit was asked for again by whoever came next.
    expect(asked('chooseTools').length).toBeGreaterThan(1);
    for (const result of results) await expectExact(result);
  });
});

describe('outputs of several tool calls', () => {
  const PERU = ['Ada Vega', 'LEADS', 'Peru'] as [string, string, string];
  const LIMA = ['Lima', 'CAPITAL_OF', 'Peru'] as [string, string, string];
  const together: Script = {
    ...oneFact,
    chooseTools: () => search('Vega', 'people', 'million'),
    extractChangesTogether: () => ({
      outputs: [
        { output: 3, ...facts(PERU) },
        { output: 1, ...facts(LIMA) },
      ],
    }),
  };
  const documents = [1, 2, 3].map((number) => ({
    ...{ name: `${number}.md`, mediaType: 'text/markdown', text: `Ada Vega leads Peru. ${number} million people.` },
  }));

  it('are read with one request, and each fact rests on the call that gave it', async () => {
    stack.play(together);
    const run = await stack.start({ ...peru, documents, options: { strategy: 'cost', cache: false } });
    const result = await run.result();
    expect(result).toMatchObject({ answer: 'Ada Vega', rounds: 2, plan: { extractions: 'together' } });
    expect(asked('extractChangesTogether')).toHaveLength(1);
    expect(asked('extractChanges')).toHaveLength(0);
    expect(asked('extractChangesTogether')[0]!.prompt).toMatch(/^3\| .*Ada Vega leads Peru/m);
    expect(result.evidence).toEqual([
      expect.objectContaining({ source: 'round 1: search_documents({"page":1,"query":"million"})' }),
    ]);
    await expectExact(result);
  });

  it('are read each by itself once they could not be read together', async () => {
    const result = await play(
      { ...together, extractChangesTogether: () => ({ text: 'no JSON' }) },
      { strategy: 'cost', cache: false },
    );
    expect(result).toMatchObject({ answer: 'Ada Vega', rounds: 2 });
    expect(asked('extractChangesTogether')).toHaveLength(3);
    expect(asked('extractChanges')).toHaveLength(3);
    await expectExact(result);
  });

  it('are read each by itself where the run does without batching', async () => {
    const result = await play(together, { strategy: 'cost', cache: false, without: ['batching'] });
    expect(result.plan!.reasons['extractions']).toBe('asked for');
    expect(asked('extractChangesTogether')).toHaveLength(0);
    expect(asked('extractChanges')).toHaveLength(3);
  });
});

describe('a run without a way to spend less', () => {
  it('sends all votes at once without staged votes', async () => {
    await play(oneFact, { strategy: 'cost', cache: false });
    expect(asked('decideNextStep')).toHaveLength(4);
    const result = await play(oneFact, { strategy: 'cost', cache: false, without: ['staged-votes'] });
    expect(asked('decideNextStep')).toHaveLength(6);
    expect(result.plan!.reasons['votes']).toBe('asked for');
    await expectExact(result);
  });

  it('makes an identical tool call again without shared calls', async () => {
    const again: Script = { ...oneFact, extractChanges: ({ earlier }) => (earlier === 0 ? facts() : facts(...FACT)) };
    const FACT = [['Ada Vega', 'LEADS', 'Peru']] as [string, string, string][];
    const callsOf = async (options: RunOptions): Promise<{ made: number; shared: number }> => {
      stack.play(again);
      const run = await stack.start({ ...peru, options });
      const { performance } = await run.result();
      const { events } = await stack.runtime.client.workflow.getHandle(run.id).fetchHistory();
      const made = events!.filter(
        ({ activityTaskScheduledEventAttributes: scheduled }) =>
          scheduled?.activityType?.name === 'tool.search_documents',
      ).length;
      return { made, shared: performance!.savings.callsShared };
    };
    expect(await callsOf({})).toEqual({ made: 1, shared: 1 });
    expect(await callsOf({ without: ['shared-calls'] })).toEqual({ made: 2, shared: 0 });
  });
});

describe('a run with the strategy balanced', () => {
  it('asks the cheap model all at once and the stronger one for the last word, and the one model in stages where there is none', async () => {
    const result = await play(oneFact, { models: withCheap() });
    expect(asked('decideNextStep')).toHaveLength(6);
    expect(asked('chooseTools').length + asked('extractChanges').length).toBe(4);
    expect(stack.model.requests.filter(({ model }) => model !== 'cheap').map(({ step }) => step)).toEqual([
      'parseAnswer',
    ]);
    await expectExact(result);
    await play(oneFact, {});
    expect(asked('decideNextStep')).toHaveLength(6);
  });
});

describe('a call that is lost', () => {
  it('is given up by what calls took before, and made again', async () => {
    const options: RunOptions = { taskType: 'slower', votes: 1, finalParses: 1 };
    await play(oneFact, options);
    // One call is lost: it is given up after five seconds, long before a model's own deadline.
    const started = performance.now();
    const result = await play(
      { ...oneFact, chooseTools: ({ earlier }) => (earlier < 1 ? 'hang' : search('Peru')) },
      options,
    );
    expect(result.plan!.deadline).toBe(5_000);
    expect(result.answer).toBe('Ada Vega');
    expect(asked('chooseTools')).toHaveLength(2);
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(await expectExact(result)).toMatchObject({ unknown: 1 });
  });
});

describe('a run with the strategy auto', () => {
  it('learns from earlier runs of its task type', async () => {
    const history = new PerformanceHistory(stack.artifacts);
    const run = async (): Promise<RunResult> => play(oneFact, { strategy: 'auto', taskType: 'learned', cache: false });
    const tried = [];
    // The first begins before it is known what calls take, and does not count.
    for (let index = 0; index < 16; index += 1) tried.push((await run()).plan!);
    expect(tried.every(({ reasons }) => reasons['strategy']!.includes('tries each strategy'))).toBe(true);
    expect(tried.slice(0, 2).map(({ strategy }) => strategy)).toEqual(['balanced', 'balanced']);
    expect(new Set(tried.map(({ strategy }) => strategy)).size).toBe(5);
    const records = await history.records('learned');
    expect(records).toHaveLength(16);
    expect(records.every(({ ok, milliseconds, calls }) => ok && milliseconds > 0 && calls!.count > 0)).toBe(true);
    const learned = (await run()).plan!;
    expect(learned).toMatchObject({ asked: 'auto', taskType: 'learned' });
    expect(learned.reasons['strategy']).toMatch(/^auto: /);
  });
});
