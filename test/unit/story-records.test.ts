import { expect, it } from 'vitest';
import { readRecords } from '../../src/client/story/records.ts';
import { callOf, parseCallPath } from '../../src/client/story/call-key.ts';
import { tellRun } from '../../src/client/story/tell-run.ts';
import type { RunStory } from '../../src/client/story/story.ts';
import { runFoldersOf } from '../../src/client/run-folders.ts';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { NothingSpentError, recordedCall } from '../../src/cost/call-records.ts';
import { callPath } from '../../src/domain/calls.ts';
import { temporaryStore } from '../support/folders.ts';

const RUN = 'a-run~01a20d33';
const USAGE = { inputTokens: 100, cachedInputTokens: 0, outputTokens: 20, dollars: 0.001 };

type Answer = string | Error;
/** Stands for an answer that never comes back. */
const HUNG = 'hung';

/** Records attempts of a call, as a worker does. */
async function record(
  store: ArtifactStore,
  step: string,
  sample: string,
  ask: number,
  ...answers: Answer[]
): Promise<void> {
  const [kind, name] = step.split('.') as ['model' | 'tool', string];
  const body =
    kind === 'model'
      ? { name, prompt: { system: '', user: 'Graph: …\n\nWhich step is next for the question: Who leads Peru?' } }
      : { query: 'Peru' };
  for (const answer of answers) {
    const request = { kind, name, model: 'openai:m', body, reservation: { tokens: 500, dollars: 0.01 } };
    const value =
      kind === 'tool'
        ? { outputSha256: 'a'.repeat(64), shownTokens: 9, excerpt: answer }
        : { text: answer, inPrompt: true };
    await recordedCall(store, RUN, { round: 1, step, sample, ask }, request, async () => {
      if (answer instanceof Error) throw new NothingSpentError(answer, { sent: true });
      if (answer === HUNG) throw new Error('hung');
      return { value, ...USAGE };
    }).catch(() => undefined);
  }
}

async function tell(store: ArtifactStore): Promise<RunStory> {
  const { activities, entries, question } = await readRecords(store, RUN);
  return tellRun({
    id: 'a-run',
    folder: RUN,
    status: 'UNKNOWN',
    executions: [],
    recorded: activities,
    entries,
    question,
    now: 0,
  });
}

it('tells answers as they were read, asks that did not fit, and steps that were lost', async () => {
  const store = temporaryStore();
  const vote = { facts: [{ fact: 'leader', value: '?' }], next: 'ENHANCE', how: '' };
  await record(store, 'model.decideNextStep', '0', 0, `\`\`\`json\n${JSON.stringify(vote)}\n\`\`\``);
  await record(store, 'model.decideNextStep', '1', 0, '{"facts": "none"}');
  await record(store, 'model.decideNextStep', '1', 1, JSON.stringify(vote));
  for (const ask of [0, 1, 2]) await record(store, 'model.decideNextStep', '2', ask, '{"votes": 1}');
  const { rounds, question } = await tell(store);
  expect(question).toBe('Who leads Peru?');
  expect(rounds[0]!.votes).toMatchObject([
    { state: 'done', value: vote, counts: 'ENHANCE', misfits: [] },
    { state: 'done', value: vote, misfits: [{ text: '{"facts": "none"}' }] },
    { state: 'lost', misfits: [{}, {}, {}] },
  ]);
  expect(rounds[0]!.votes[2]).not.toHaveProperty('value');
});

it('tells attempts that failed, and calls whose answer never came back', async () => {
  const store = temporaryStore();
  await record(
    store,
    'model.decideNextStep',
    '0',
    0,
    new Error('status 500'),
    JSON.stringify({ facts: [], next: 'SOLVE', how: '' }),
  );
  await record(store, 'model.decideNextStep', '1', 0, new Error('status 401'));
  await record(store, 'model.decideNextStep', '2', 0, HUNG);
  const story = await tell(store);
  expect(story.rounds[0]!.votes).toMatchObject([
    { state: 'done', attempts: 2, value: { next: 'SOLVE' } },
    { state: 'failed', failure: { message: 'status 401' } },
    { state: 'cut-off', spent: { calls: 0, unknown: 1 } },
  ]);
  expect(story.ledger).toMatchObject({ calls: 3, failed: 2, unknown: 1 });
});

it('counts the model calls of a tool to the tool’s call', async () => {
  const store = temporaryStore();
  const choice = { calls: [{ tool: 'ask_model', input: { query: 'Peru' } }] };
  await record(store, 'model.chooseTools', '0', 0, JSON.stringify(choice));
  await record(store, 'tool.ask_model.generate', '0.0', 0, 'Ada');
  await record(store, 'tool.ask_model.generate', '0.1', 0, 'Vega');
  await record(store, 'tool.ask_model', '0', 0, 'Ada Vega');
  const { rounds } = await tell(store);
  expect(rounds[0]!.tools).toMatchObject([
    { tool: 'ask_model', input: { query: 'Peru' }, excerpt: 'Ada Vega', state: 'done', spent: { inputTokens: 300 } },
  ]);
});

it('reads the names of records back', () => {
  for (const key of [
    { round: 1, step: 'model.decideNextStep', sample: '0', ask: 0 },
    { round: 101, step: 'tool.search_documents', sample: 'parse.0', ask: 0 },
    { round: 2, step: 'model.repairQuery', sample: '0.1.repair2', ask: 2 },
  ]) {
    expect(parseCallPath(callPath(key))).toEqual(key);
    expect(callOf(callPath(key))).toBe(callPath(key));
  }
  expect(callOf('001.tool.ask_model.generate.parse.0.3.0')).toBe('001.tool.ask_model.parse.0.0');
  expect(parseCallPath('nonsense')).toBeUndefined();
});

it('finds what runs of an id left behind, the newest last, and nothing of others', async () => {
  const store = temporaryStore();
  for (const folder of ['a~01a20d33', 'a~01a10000', 'a~b~01a20d33', 'ab~01a20d33', 'a_b~01a20d33']) {
    await store.create(`runs/${folder}/graph/000001`, '{}');
  }
  expect(await runFoldersOf(store, 'a')).toEqual(['a~01a10000', 'a~01a20d33']);
  expect(await runFoldersOf(store, 'a/b')).toEqual(['a_b~01a20d33']);
  expect(await runFoldersOf(store, 'nobody')).toEqual([]);
});
