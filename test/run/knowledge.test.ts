import { watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeRun } from '../../src/client/index.ts';
import { forgetAllChanges } from '../../src/domain/forget.ts';
import { KNOWLEDGE } from '../../src/domain/knowledge.ts';
import { readServerState } from '../../src/config/server-state.ts';
import type { RunInput } from '../../src/domain/run.ts';
import { changeKnowledge } from '../../src/graph/knowledge.ts';
import { BatchLog } from '../../src/graph/batches.ts';
import { openStore } from '../support/graph-stores.ts';
import { answer, enhance, facts, oneFact, openStack, peru, search, solve } from '../support/stack.ts';
import type { Script, Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.close());

const knowledge = () => new BatchLog(stack.artifacts).read(KNOWLEDGE);
const remembering: RunInput = { ...peru, options: { votes: 1, remember: true } };
const revisions = async () => (await knowledge()).revision;
const SEARCH = 'round 1: search_documents({"page":1,"query":"Peru"})';

/** Forgets it as `kgot knowledge forget --all` does. */
beforeEach(async () => {
  const store = openStore('embedded', stack.artifacts);
  await changeKnowledge(store, forgetAllChanges);
  await store.close();
});

describe('a run that remembers', () => {
  it('gives a later one, that recalls, its facts with their sources', async () => {
    const before = await revisions();
    stack.play(oneFact);
    const first = await stack.start(remembering);
    const { graph } = await first.result();
    expect((await knowledge()).edges.first()).toMatchObject({
      from: 'Thing:ada vega',
      type: 'LEADS',
      sources: [`${graph.run}: ${SEARCH}`],
    });

    stack.play(oneFact);
    const second = await stack.start({
      question: 'Tell me: who leads Peru?',
      options: { votes: 1, recall: true, remember: true },
    });
    const result = await second.result();
    expect(result).toMatchObject({ answer: 'Ada Vega', endReason: 'solved', rounds: 1, graph: { revision: 1 } });
    expect(result.ledger.toolCalls).toBe(0);
    expect(result.evidence).toEqual([{ fact: 'Ada Vega —LEADS→ Peru', source: `knowledge: ${graph.run}: ${SEARCH}` }]);
    // What was recalled is there already, and keeps the source that it had.
    expect(await revisions()).toBe(before + 1);

    const { client } = stack.runtime;
    expect(await describeRun(client, first.id, { artifacts: stack.artifacts })).toMatchObject({
      remembered: { nodes: 2, edges: 1 },
    });
    const story = await describeRun(client, second.id, { artifacts: stack.artifacts });
    expect(story).toMatchObject({ recalled: { nodes: 2, edges: 1 }, remembered: { nodes: 0, edges: 0 } });
    expect(story.rounds.map(({ round, facts: learnt }) => [round, learnt?.revision])).toEqual([
      [0, 1],
      [1, undefined],
    ]);
  });

  it('loses nothing where several remember at once', async () => {
    const countries = ['Peru', 'Chile', 'Bolivia', 'Ecuador', 'Brazil', 'Uruguay'];
    const country = (prompt: string): string => /Who leads (\w+)\?/.exec(prompt)![1]!;
    const script: Script = {
      ...oneFact,
      decideNextStep: ({ prompt }) => (prompt.includes('LEADS') ? solve() : enhance('a name')),
      chooseTools: ({ prompt }) => search(country(prompt)),
      extractChanges: ({ prompt }) => facts([`${country(prompt)}'s head`, 'LEADS', country(prompt)]),
      parseAnswer: ({ prompt }) => answer(`${country(prompt)}'s head`),
    };
    stack.play(script);
    const results = await Promise.all(
      countries.map(async (name) => (await stack.start({ ...remembering, question: `Who leads ${name}?` })).result()),
    );
    const { nodes, edges } = await knowledge();
    expect([nodes.size, edges.size]).toEqual([12, 6]);
    const sources = [...edges.values()].flatMap((edge) => edge.sources.map((source) => source.split(': ')[0]!));
    expect(sources.sort()).toEqual(results.map(({ graph }) => graph.run).sort());
  });

  it('remembers once when its worker is killed while it does', { timeout: 120_000 }, async () => {
    const folder = join(stack.runtime.artifactsDirectory, 'runs', KNOWLEDGE, 'graph');
    await mkdir(folder, { recursive: true });
    const before = await revisions();
    let kills = 0;
    const watcher = watch(folder, () => {
      if (kills > 0) return;
      kills += 1;
      process.kill(readServerState(stack.runtime.dataDirectory)!.workerPid!, 'SIGKILL');
    });
    stack.play(oneFact);
    const { answer: text } = await (await stack.start(remembering)).result();
    watcher.close();
    expect(text).toBe('Ada Vega');
    expect(kills).toBe(1);
    expect(await revisions()).toBe(before + 1);
    const { edges } = await knowledge();
    expect(edges.first()!.sources).toHaveLength(1);
  });
});

it('a run that recalls from an empty knowledge graph begins as any other', async () => {
  stack.play(oneFact);
  const handle = await stack.start({ ...peru, options: { votes: 1, recall: true } });
  expect(await handle.result()).toMatchObject({ answer: 'Ada Vega', rounds: 2, graph: { revision: 1 } });
  expect((await knowledge()).nodes.size).toBe(0);
});
