import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listRuns } from '../../src/client/list-runs.ts';
import type { ListedRuns } from '../../src/client/list-runs.ts';
import type { RunFilter } from '../../src/client/visibility.ts';
import { answer, enhance, failureOf, oneFact, openStack, peru } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';

const MODEL = defineSearchAttributeKey('KgotModel', SearchAttributeType.KEYWORD);
const DOLLARS = defineSearchAttributeKey('KgotDollars', SearchAttributeType.DOUBLE);
const ODD_MODELS = ["o'hara", "x' OR '1'='1", 'llama3:8b', '漢字 %_'];

let stack: Stack;
/** Ids by how the runs ended. */
const ids: Record<string, string> = {};
/** Ids of runs that nobody works on, in the order of their start. */
const waiting: string[] = [];

beforeAll(async () => {
  stack = await openStack();
  const { client } = stack.runtime;
  const votes = 1;
  stack.play({ ...oneFact, answerDirectly: () => answer('perhaps') });
  const solved = await stack.start({ ...peru, options: { votes } });
  await solved.result();
  ids['solved'] = solved.id;

  stack.play({ ...oneFact, decideNextStep: () => enhance('Who leads Peru?'), parseAnswer: () => answer('perhaps') });
  const forced = await stack.start({ ...peru, options: { votes, rounds: 1 } });
  await forced.result();
  ids['forced'] = forced.id;

  stack.play({ decideNextStep: () => ({ status: 401 }) });
  const failed = await stack.start({ ...peru, options: { votes } });
  await failureOf(failed);
  ids['failed'] = failed.id;

  stack.play({ decideNextStep: () => 'hang' });
  const [cancelled, terminated] = [await stack.start(peru), await stack.start(peru)];
  await vi.waitFor(() => expect(stack.model.requests.length).toBe(6), 20_000);
  await cancelled.cancel();
  await failureOf(cancelled);
  await terminated.workflow.terminate('a test');
  ids['cancelled'] = cancelled.id;
  ids['terminated'] = terminated.id;

  for (const [index, name] of ODD_MODELS.entries()) {
    const workflowId = `waiting-${index}`;
    await client.workflow.start('answerQuestion', {
      workflowId,
      taskQueue: 'nobody',
      args: [peru],
      memo: { question: `Question ${index}?` },
      typedSearchAttributes: [
        { key: MODEL, value: `ollama:${name}` },
        { key: DOLLARS, value: index / 2 },
      ],
    });
    waiting.push(workflowId);
  }
  await client.workflow.start('answerBatch', { workflowId: 'no-run', taskQueue: 'nobody', args: [] });
  await vi.waitFor(
    async () => {
      const { runs } = await listRuns(client);
      expect(runs).toHaveLength(9);
      expect(runs.map(({ status }) => status).sort()).toEqual(
        ['cancelled', 'failed', 'forced', 'solved', 'terminated', ...waiting.map(() => 'running')].sort(),
      );
    },
    { timeout: 20_000 },
  );
});
afterAll(() => stack.close());

const list = (filter?: RunFilter, limit?: number): Promise<ListedRuns> => listRuns(stack.runtime.client, filter, limit);
const idsOf = async (filter?: RunFilter, limit?: number): Promise<string[]> =>
  (await list(filter, limit)).runs.map(({ id }) => id);

describe('the list of runs', () => {
  it('has the newest first, whether open or ended, and no more than asked for', async () => {
    const { solved, forced, failed, terminated, cancelled } = ids;
    const newest = [...waiting].reverse();
    expect(await idsOf()).toEqual([...newest, terminated, cancelled, failed, forced, solved]);
    expect(await list({}, 5)).toMatchObject({ runs: [...newest, terminated].map((id) => ({ id })), more: true });
    expect(await list({}, 9)).toMatchObject({ more: false });
    expect(await idsOf({}, 1)).toEqual(['waiting-3']);
  });

  it.each(['solved', 'forced', 'cancelled'] as const)('shows those that are %s', async (status) => {
    const { runs } = await list({ status });
    expect(runs).toMatchObject([{ id: ids[status], status, question: peru.question, model: 'openai-compatible:stub' }]);
    expect(runs[0]!.ended).not.toBeNull();
  });

  it('counts those that were terminated to the failed ones', async () => {
    expect(await list({ status: 'failed' })).toMatchObject({
      runs: [
        { id: ids['terminated'], status: 'terminated' },
        { id: ids['failed'], status: 'failed' },
      ],
    });
    expect(await idsOf({ status: 'out-of-budget' })).toEqual([]);
  });

  it('shows those that run, with what they spent so far', async () => {
    const { runs } = await list({ status: 'running' }, 1);
    expect(runs).toMatchObject([{ id: 'waiting-3', question: 'Question 3?', dollars: 1.5, rounds: null, ended: null }]);
  });

  it.each(ODD_MODELS)('finds the model %j, and no other', async (name) => {
    const wanted = [waiting[ODD_MODELS.indexOf(name)]];
    expect(await idsOf({ model: name })).toEqual(wanted);
    expect(await idsOf({ model: `ollama:${name}` })).toEqual(wanted);
    expect(await idsOf({ model: `openai:${name}` })).toEqual([]);
  });

  it('finds by dollars, by time, and by Temporal’s own conditions', async () => {
    expect(await idsOf({ minDollars: 0.75 })).toEqual(['waiting-3', 'waiting-2']);
    const { runs } = await list();
    const since = new Date(runs[2]!.started);
    expect(await idsOf({ since })).toEqual(runs.slice(0, 3).map(({ id }) => id));
    expect(await idsOf({ query: `WorkflowId = 'waiting-0' OR KgotRounds = 1`, status: 'forced' })).toEqual([
      ids['forced'],
    ]);
  });

  it('fails with what the server says of a condition', async () => {
    await expect(list({ query: 'KgotNothing = 1' })).rejects.toMatchObject({
      cause: { details: expect.stringContaining('KgotNothing') as string },
    });
  });
});
