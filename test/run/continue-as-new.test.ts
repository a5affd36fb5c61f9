import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { outlineText } from '../../cli/show/outline.ts';
import { storySections } from '../../cli/show/story.ts';
import type { RunHandle } from '../../src/client/client.ts';
import { listRuns } from '../../src/client/list-runs.ts';
import { describeRun, RunNotFoundError } from '../../src/client/story/describe-run.ts';
import type { RunStory } from '../../src/client/story/story.ts';
import { readLedgerEntries } from '../../src/cost/call-records.ts';
import { sumEntries } from '../../src/domain/ledger.ts';
import { answer, enhance, facts, oneFact, openStack, peru, search } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';
import { startForeignServer } from '../../bench/foreign-server.ts';

let server: Awaited<ReturnType<typeof startForeignServer>>;
let stack: Stack;
let handle: RunHandle;
/** Run ids of the executions, the first one first. */
const executions: string[] = [];

beforeAll(async () => {
  const settings = [
    'limit.historyCount.suggestContinueAsNew=100',
    // So that what is deleted is gone soon.
    'history.transferProcessorUpdateAckInterval="100ms"',
    'history.visibilityProcessorUpdateAckInterval="100ms"',
  ];
  server = await startForeignServer(settings.flatMap((setting) => ['--dynamic-config-value', setting]));
  process.env['TEMPORAL_ADDRESS'] = server.address;
  stack = await openStack();
});
afterAll(async () => {
  await stack.close();
  delete process.env['TEMPORAL_ADDRESS'];
  await server.close();
});

const tell = (): Promise<RunStory> => describeRun(stack.runtime.client, handle.id, { artifacts: stack.artifacts });

/** Deletes an execution, as the server does when its retention has passed. */
async function forget(runId: string): Promise<void> {
  const { workflowService, options } = stack.runtime.client;
  const { namespace } = options;
  const execution = { workflowId: handle.id, runId };
  await workflowService.deleteWorkflowExecution({ namespace, workflowExecution: execution });
  const look = (): Promise<unknown> => workflowService.describeWorkflowExecution({ namespace, execution });
  await vi.waitFor(() => expect(look()).rejects.toThrow(/not found/i), { timeout: 60_000 });
}

it('continues as new on a server of somebody else, and loses nothing: graph, ledger, calls made', async () => {
  stack.play({
    ...oneFact,
    decideNextStep: () => enhance('Who leads Peru?'),
    // Every round repeats the first round's search beside its own.
    chooseTools: ({ earlier }) => search('Peru', `Peru ${earlier}`),
    extractChanges: ({ earlier }) => facts(['Ada Vega', `LEADS_${earlier}`, 'Peru']),
    writeQuery: () => ({ query: 'MATCH (p)-[]->(c) RETURN DISTINCT p.name' }),
    parseAnswer: () => answer('Ada Vega'),
  });
  handle = await stack.start({ ...peru, options: { rounds: 12 } });
  const { runId } = await handle.workflow.describe();
  const result = await handle.result();
  expect(result).toMatchObject({ answer: 'Ada Vega', endReason: 'forced', rounds: 12 });
  expect((await handle.workflow.describe()).runId).not.toBe(runId);
  expect(result.graph.revision).toBe(12);
  expect(result.ledger).toMatchObject({ calls: stack.model.requests.length, toolCalls: 13, unknown: 0 });
  expect(sumEntries(await readLedgerEntries(stack.artifacts, result.graph.run))).toEqual(result.ledger);
  expect(await stack.artifacts.list(`runs/${result.graph.run}/graph`)).toHaveLength(12);
});

it('is listed with the start of its first execution', async () => {
  const { runId, startTime } = await handle.workflow.describe();
  const { events } = await stack.runtime.client.workflow.getHandle(handle.id, runId).fetchHistory();
  const { firstExecutionRunId } = events![0]!.workflowExecutionStartedEventAttributes!;
  const first = await stack.runtime.client.workflow.getHandle(handle.id, firstExecutionRunId!).describe();
  const listed = await vi.waitFor(
    async () => {
      const { runs } = await listRuns(stack.runtime.client, { status: 'forced' });
      expect(runs).toHaveLength(1);
      return runs[0]!;
    },
    { timeout: 20_000 },
  );
  expect(listed).toMatchObject({ id: handle.id, question: peru.question });
  expect(Date.parse(listed.started)).toBeLessThanOrEqual(first.startTime.getTime());
  expect(first.startTime.getTime() - Date.parse(listed.started)).toBeLessThan(1_000);
  expect(startTime.getTime()).toBeGreaterThan(first.startTime.getTime());
});

it('is told as one story over all its executions', async () => {
  const story = await tell();
  expect(story.executions).toBeGreaterThan(1);
  expect(story).toMatchObject({ status: 'COMPLETED', gaps: [], result: { answer: 'Ada Vega' } });
  expect(story.rounds.map(({ round, forced }) => [round, forced])).toEqual(
    Array.from({ length: 13 }, (_, index) => [index + 1, index === 12]),
  );
  for (const [index, round] of story.rounds.slice(0, 12).entries()) {
    expect(round.votes).toHaveLength(3);
    expect(round.tools.map(({ state }) => state)).toEqual([index === 0 ? 'done' : 'repeated', 'done']);
    expect(round.facts).toMatchObject({ revision: index + 1, difference: { from: index, to: index + 1 } });
  }
  const calls = story.rounds.reduce((sum, { spent }) => sum + spent.calls, 0);
  expect(calls).toBe(story.ledger.calls);
  // The history alone tells the same.
  expect(await describeRun(stack.runtime.client, handle.id)).toEqual(story);
  const text = outlineText(storySections(story));
  expect(text).toContain(`Continued as new ${story.executions - 1} time`);
  expect(text).toContain('After the last round');
});

it('is told by the artifact store where its history is gone, and says so', { timeout: 90_000 }, async () => {
  const whole = await tell();
  let last = (await handle.workflow.describe()).runId;
  while (last !== '') {
    executions.unshift(last);
    const { events } = await stack.runtime.client.workflow.getHandle(handle.id, last).fetchHistory();
    last = events![0]!.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
  }
  await forget(executions[0]!);
  const story = await tell();
  expect(story.executions).toBe(whole.executions - 1);
  expect(story.gaps).toEqual([
    'The beginning of the history is gone, as its retention has passed, and is told by the artifact store: without times, and without what queries gave.',
  ]);
  expect(story).toMatchObject({ question: peru.question, options: whole.options, ledger: whole.ledger });
  expect(story.rounds.map(({ round }) => round)).toEqual(whole.rounds.map(({ round }) => round));
  const [first] = story.rounds;
  expect(first).not.toHaveProperty('seconds');
  const { votes, decision, tools, facts: learnt, spent } = whole.rounds[0]!;
  expect(first!.votes.map(({ value }) => value)).toEqual(votes.map(({ value }) => value));
  expect(first!.decision).toEqual(decision);
  expect(first!.tools.map(({ input, excerpt, state }) => ({ input, excerpt, state }))).toEqual(
    tools.map(({ input, excerpt, state }) => ({ input, excerpt, state })),
  );
  expect(first!.facts!.difference).toEqual(learnt!.difference);
  expect(first!.spent).toEqual(spent);
  expect(story.rounds.at(-1)).toEqual(whole.rounds.at(-1));

  const alone = await describeRun(stack.runtime.client, handle.id);
  expect(alone.gaps[0]).toMatch(/^The beginning of the history is gone, .* and is not told\.$/);
  expect(alone.rounds.length).toBeLessThan(whole.rounds.length);
  expect(alone.ledger).toEqual(whole.ledger);
});

it('is told by the artifact store alone when Temporal knows it no more', { timeout: 90_000 }, async () => {
  for (const runId of executions.slice(1)) await forget(runId);
  const story = await tell();
  expect(story).toMatchObject({ status: 'UNKNOWN', question: peru.question, executions: 0, underWay: [] });
  expect(story.rounds).toHaveLength(13);
  expect(story.rounds[12]!.parses).toMatchObject([{ answer: 'Ada Vega' }, { answer: 'Ada Vega' }]);
  expect(story.ledger).toMatchObject({ calls: stack.model.requests.length, toolCalls: 13 });
  const text = outlineText(storySections(story)).replace(/\s+/g, ' ');
  expect(text).toContain(
    '! Temporal knows the run no more, as its retention has passed; the artifact store tells of it',
  );
  expect(text).toContain('The end is not known');
  await expect(describeRun(stack.runtime.client, handle.id)).rejects.toThrow(RunNotFoundError);
});
