import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readLedgerEntries } from '../../src/cost/call-records.ts';
import { sumEntries } from '../../src/domain/ledger.ts';
import type { RunModels } from '../../src/domain/run.ts';
import { answer, enhance, facts, failureOf, oneFact, openStack, peru, search } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.close());

describe('budget', () => {
  it('ends a run in order, with an answer from what the graph holds, and is never exceeded', async () => {
    stack.play({
      ...oneFact,
      decideNextStep: () => enhance('Who leads Peru?'),
      chooseTools: ({ earlier }) => search(`Peru ${earlier}`),
      extractChanges: ({ earlier }) => facts(['Ada Vega', `LEADS_${earlier}`, 'Peru']),
      answerDirectly: () => answer('Ada Vega'),
    });
    const tokens = 9_000;
    const result = await (await stack.start({ ...peru, options: { budget: { tokens } } })).result();
    expect(result).toMatchObject({ answer: 'Ada Vega', endReason: 'out-of-budget' });
    expect(result.graph.nodes).toBeGreaterThan(0);
    expect(stack.model.requests.at(-1)!.step).toBe('answerDirectly');
    expect(result.ledger.inputTokens + result.ledger.outputTokens).toBeLessThanOrEqual(tokens);
  });

  it('counts requests without an answer with what was reserved for them', async () => {
    stack.play({ ...oneFact, decideNextStep: ({ earlier }) => (earlier === 0 ? 'hang' : enhance('?')) });
    const handle = await stack.start({ ...peru, options: { votes: 1, budget: { tokens: 6_000 } } });
    await vi.waitFor(() => expect(stack.model.requests.length).toBe(1), 20_000);
    await handle.cancel();
    await failureOf(handle);
    const ledger = await handle.ledger();
    expect(ledger).toMatchObject({ calls: 0, unknown: 1 });
    expect(ledger.unknownTokens).toBeGreaterThan(500);
  });

  it('holds for the model calls of tools too: one that does not fit is told to the next vote', async () => {
    const asked = ({ earlier }: { earlier: number }): object => ({
      calls: [{ tool: 'ask_model', input: { question: `${'Who leads Peru? '.repeat(100)}${earlier}` } }],
    });
    stack.play({ ...oneFact, decideNextStep: () => enhance('Who leads Peru?'), chooseTools: asked });
    const handle = await stack.start({ ...peru, options: { rounds: 2, votes: 1, budget: { tokens: 13_000 } } });
    expect((await handle.result()).endReason).toBe('forced');
    expect(stack.model.requests.map(({ step }) => step)).not.toContain('ask_model');
    const { notes } = await handle.progress();
    expect(notes.join('\n')).toMatch(
      /ask_model.* failed: A model call of ask_model, of up to \d+ tokens, does not fit/,
    );
  });

  it('in dollars is refused for a model whose price is unknown', async () => {
    const unknown = { provider: 'openai-compatible', name: 'nobody-knows-it', url: 'https://models.example/v1' };
    const models: RunModels = { planner: unknown, executor: unknown };
    const handle = await stack.start({ ...peru, options: { models, budget: { dollars: 1 } } });
    expect(await failureOf(handle)).toMatch(/needs known prices.*give the budget in tokens/);
  });

  it('is refused when it does not hold one answer', async () => {
    const handle = await stack.start({ ...peru, options: { budget: { tokens: 100 } } });
    expect(await failureOf(handle)).toMatch(/The budget does not hold one answer: that may take \d+ tokens/);
  });
});

describe('cancellation', () => {
  it('stops calls in flight within a second or so, and keeps the ledger', async () => {
    stack.play({ decideNextStep: () => 'hang' });
    const handle = await stack.start(peru);
    await vi.waitFor(() => expect(stack.model.requests.length).toBe(3), 20_000);
    const dropped = stack.model.dropped;
    const cancelled = performance.now();
    await handle.cancel();
    await failureOf(handle);
    expect(performance.now() - cancelled).toBeLessThan(8_000);
    await vi.waitFor(() => expect(stack.model.dropped - dropped).toBe(3));
    const { status } = await handle.workflow.describe();
    expect(status.name).toBe('CANCELLED');
    const ledger = await handle.ledger();
    expect(ledger).toMatchObject({ calls: 0, unknown: 3 });
    const { run } = await handle.graph();
    expect(sumEntries(await readLedgerEntries(stack.artifacts, run))).toEqual(ledger);
  });
});

describe('what the UI shows', () => {
  it('tells the story: activities by name with summaries, details as Markdown, search attributes', async () => {
    stack.play(oneFact);
    const handle = await stack.start(peru);
    const result = await handle.result();
    const history = await handle.workflow.fetchHistory();
    const scheduled = (history.events ?? []).flatMap(
      ({ activityTaskScheduledEventAttributes: activity, userMetadata }) =>
        activity == null
          ? []
          : [
              `${activity.activityType?.name}: ${JSON.parse(Buffer.from(userMetadata?.summary?.data ?? '""').toString())}`,
            ],
    );
    expect(scheduled).toContain('model.decideNextStep: round 1, vote 1');
    expect(scheduled).toContain('tool.search_documents: search_documents({"page":1,"query":"Peru"})');
    expect(scheduled).toContain('model.extractChanges: round 1: facts of search_documents({"page":1,"query":"Peru"})');
    expect(scheduled).toContain('graph.query: MATCH (p)-[:LEADS]->(c) RETURN p.name');
    expect(scheduled.every((line) => /^(model|tool|graph|run|tools)\.\w+: \S/.test(line))).toBe(true);

    const metadata = await handle.workflow.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain('Answer: **Ada Vega**');
    expect(metadata.currentDetails).toContain('Round 2 of 7 · solved · 2 nodes, 1 edge');
    expect(metadata.currentDetails).toContain('- Ada Vega —LEADS→ Peru');

    const description = await handle.workflow.describe();
    const attributes = Object.fromEntries(
      description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
    );
    expect(attributes).toMatchObject({ KgotStatus: 'solved', KgotModel: 'openai-compatible:stub', KgotRounds: 2 });
    expect(attributes['KgotDollars']).toBe(result.ledger.dollars);
    await vi.waitFor(async () => {
      const found = [];
      const query = `KgotStatus = 'solved' AND WorkflowId = '${handle.id}'`;
      for await (const run of stack.runtime.client.workflow.list({ query })) found.push(run.workflowId);
      expect(found).toEqual([handle.id]);
    }, 10_000);
  });

  it('leaves the dollars out while a price is unknown', async () => {
    stack.play(oneFact);
    const remote = {
      provider: 'openai-compatible',
      name: 'stub',
      url: stack.model.url.replace('127.0.0.1', '0.0.0.0'),
    };
    const handle = await stack.start({ ...peru, options: { models: { planner: remote, executor: remote } } });
    const { ledger } = await handle.result();
    expect(ledger.unpriced).toBe(ledger.calls);
    expect((await handle.progress()).dollars).toBeUndefined();
    const { typedSearchAttributes } = await handle.workflow.describe();
    expect(typedSearchAttributes.getAll().map(({ key }) => key.name)).not.toContain('KgotDollars');
  });
});
