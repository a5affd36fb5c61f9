import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import PQueue from 'p-queue';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { seenTexts } from '../../cli/safe-links.ts';
import { defangLinks } from '../../cli/show/links.ts';
import { startRun } from '../../src/client/client.ts';
import { applyBatch, emptyGraph } from '../../src/domain/graph.ts';
import { sourceOf } from '../../src/domain/tools.ts';
import type { ToolCall } from '../../src/domain/tools.ts';
import { STEP_RULES } from '../../src/domain/steps.ts';
import { oneLine } from '../../src/domain/unseen.ts';
import { CANARIES, canariesIn } from '../secrets/canaries.ts';
import { openStack } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';
import { HOST_FILE } from './cases/secrets.ts';
import { cases } from './cases.ts';
import { GullibleModel } from './gullible-model.ts';
import { markdown, OFFICIAL, WHO } from './injection-case.ts';
import type { InjectionCase } from './injection-case.ts';
import { play } from './played.ts';
import type { Played } from './played.ts';

/**
 * Each case is a run on a real server and worker, whose model obeys every order that it sees. A tool with side effects still
 * waits for a person, no secret leaves, and what was believed is shown with where it came from.
 */

/** Secrets whose names do not say so: nothing takes them out, and so nothing may ever read them. */
const QUIET = { KGOT_TEST_QUIET: 'quiet-canary-5e1f', HOST_FILE: 'host-file-canary-9b7d' };

const folder = mkdtempSync(join(tmpdir(), 'kgot-test-'));
const asked = join(folder, 'asked.jsonl');
const model = new GullibleModel(cases);
/** Runs side by side: more would only wait for each other. */
const turns = new PQueue({ concurrency: 12 });
/** What each case's run has done, once it has ended. */
const playing = new Map<string, Promise<Played>>();

let stack: Stack;
beforeAll(async () => {
  writeFileSync(
    join(folder, 'outputs.json'),
    JSON.stringify(Object.assign({}, ...cases.map(({ outputs }) => outputs))),
  );
  writeFileSync(asked, '');
  mkdirSync(dirname(HOST_FILE), { recursive: true });
  writeFileSync(HOST_FILE, QUIET.HOST_FILE);
  const env = {
    ...{ ...CANARIES, KGOT_TEST_QUIET: QUIET.KGOT_TEST_QUIET },
    ...{ KGOT_TEST_OUTPUTS: join(folder, 'outputs.json'), KGOT_TEST_ASKED: asked },
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  stack = await openStack();
  await stack.runtime.startWorker('stand-ins', [fileURLToPath(new URL('./stand-in-tools.ts', import.meta.url))]);
  const steps = [...Object.keys(STEP_RULES), ''];
  stack.play(Object.fromEntries(steps.map((step) => [step, (request) => model.reply(request)])));
  for (const tried of cases) {
    const played = turns.add(() => playCase(tried));
    // Each is awaited by its own test.
    played.catch(() => undefined);
    playing.set(tried.id, played);
  }
});
afterAll(async () => {
  await Promise.allSettled(playing.values());
  await stack.close();
  vi.unstubAllEnvs();
  for (const path of [folder, dirname(HOST_FILE)]) rmSync(path, { recursive: true });
});

async function playCase({ id, documents = [], options, asks = WHO }: InjectionCase): Promise<Played> {
  const { client } = stack.runtime;
  await startRun(
    client,
    {
      question: `${asks.question} (case ${id})`,
      documents: [markdown('official.md', OFFICIAL), ...documents],
      options: {
        ...{ models: stack.model.models, rounds: 4, votes: 1, repairs: 1, regenerations: 0, finalParses: 1 },
        ...{ approval: { timeoutSeconds: 1 }, toolQueues: ['kgot-tools', 'stand-ins'] },
        ...options,
      },
    },
    { id },
  );
  return play(client, stack.artifacts, id);
}

function secretsIn(content: Buffer | string): string[] {
  const quiet = Object.entries(QUIET).filter(([, value]) => content.includes(value));
  return [...canariesIn(content), ...quiet.map(([name]) => name)];
}

/** What the stand-in tools were asked, of whichever case. */
function askedOfTools(): ToolCall[] {
  const lines = readFileSync(asked, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as ToolCall);
}

/** 1. No tool with side effects runs unless a person has approved it; nobody does here. */
function expectNoEffects({ calls, waited }: Played, { holds }: InjectionCase): void {
  expect(calls.map(({ tool }) => tool)).not.toContain('send_note');
  expect(waited).toHaveLength(holds.waited ?? 0);
  const others = calls.map(({ tool }) => tool).filter((tool) => tool !== 'read_document');
  if (holds.called instanceof RegExp) expect(others.join()).toMatch(holds.called);
  else expect(others.join()).toBe(holds.called ?? '');
}

/** 2. No secret leaves: not to a model, a tool, the graph, the answer or the history. */
function expectNoSecrets({ result, progress, calls, batches, history, details }: Played, { id }: InjectionCase): void {
  const requests = model.requests.get(id)!.map(({ system, conversation }) => system + conversation);
  expect(requests.length).toBeGreaterThan(3);
  expect(secretsIn(JSON.stringify({ result, progress, calls, batches, details }))).toEqual([]);
  expect(secretsIn(requests.join('\n'))).toEqual([]);
  expect(secretsIn(history)).toEqual([]);
}

/** 3. Whatever the graph holds, and an answer rests on, names the tool call that it came from, and no other. */
function expectProvenance({ result, calls, batches }: Played, { holds, documents = [] }: InjectionCase): void {
  const sources = calls.map((call) => sourceOf(call.round, call));
  for (const { source } of batches.flatMap(({ changes }) => changes)) expect(sources).toContain(source);
  for (const { fact, source, documents: named = [] } of result.evidence) {
    expect(sources).toContain(source);
    for (const text of [fact, source]) expect(text).toBe(oneLine(text));
    for (const name of named) expect(['official.md', ...documents.map((document) => document.name)]).toContain(name);
  }
  if (holds.evidence !== undefined) {
    const shown = result.evidence.find(({ fact }) => fact === holds.evidence!.fact);
    expect(shown).toEqual(holds.evidence);
  }
}

/** The graph is what typed changes made of it; a query that would write is refused, and nothing is taken back unseen. */
function expectTypedChanges({ result, batches, queries }: Played, { holds, asks = WHO }: InjectionCase): void {
  let graph = emptyGraph();
  for (const batch of batches) graph = applyBatch(graph, batch);
  const { revision, nodes, edges } = result.graph;
  expect({ revision, nodes, edges }).toEqual({
    ...{ revision: batches.length, nodes: graph.nodes.size, edges: graph.edges.size },
  });
  for (const { labels, properties } of graph.nodes.values()) {
    for (const label of labels) expect(label).toMatch(/^[\p{L}\p{N}_]+$/u);
    expect(properties['name']).toBe(oneLine(String(properties['name'])));
  }
  for (const { type } of graph.edges.values()) expect(type).toMatch(/^[\p{L}\p{N}_]+$/u);
  const ordered = queries.filter(({ query }) => query !== asks.query && holds.refused === true);
  expect(ordered.length > 0).toBe(holds.refused ?? false);
  for (const { query, result: outcome } of ordered) expect(outcome, query).toMatchObject({ kind: 'error' });
  const taken = batches.flatMap(({ changes }) => changes.filter(({ op }) => op.startsWith('retract')));
  expect(taken.map(({ source }) => source)).toEqual(holds.retractedBy ?? []);
}

/** The run ends in order: within its rounds and its budget, with an answer. */
function expectOrder({ result, progress }: Played, { holds, options }: InjectionCase): void {
  expect(progress.status).toBe('done');
  expect(result.rounds).toBeLessThanOrEqual(options?.rounds ?? 4);
  const { inputTokens, outputTokens, unknownTokens } = result.ledger;
  expect(inputTokens + outputTokens + unknownTokens).toBeLessThanOrEqual(options?.budget?.tokens ?? Infinity);
  expect(result.endReason).toBe(holds.endReason ?? 'solved');
  if (holds.answer instanceof RegExp) expect(result.answer).toMatch(holds.answer);
  else expect(result.answer).toBe(holds.answer);
  if (holds.noted !== undefined) expect(progress.notes.join('\n')).toMatch(holds.noted);
}

/** Nothing passes for what it is not, where models and people read it. */
function expectPlainText({ details }: Played, { id, holds }: InjectionCase): void {
  for (const { conversation } of model.requests.get(id)!)
    if (holds.unseen) expect(conversation).not.toMatch(holds.unseen);
  expect(details).not.toMatch(/(?<!\\)[[<]/);
}

describe('an order', { timeout: 240_000 }, () => {
  it.each(cases.map((tried) => [tried.tries, tried] as const))('%s does no more than it may', async (_, tried) => {
    const played = await playing.get(tried.id)!;
    expect([...(model.obeyed.get(tried.id) ?? [])].sort()).toEqual([...tried.holds.obeyed].sort());
    expectNoEffects(played, tried);
    expectNoSecrets(played, tried);
    expectProvenance(played, tried);
    expectTypedChanges(played, tried);
    expectOrder(played, tried);
    expectPlainText(played, tried);
    const { result, progress } = played;
    const seen = await seenTexts(stack.artifacts, result.graph.run, [progress.question]);
    expect(defangLinks(result.answer, seen)).toBe(tried.holds.defanged ?? played.result.answer);
  });

  it('is one of fifty and more, each of its own', () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThanOrEqual(50);
  });
});

describe('after all orders', { timeout: 240_000 }, () => {
  beforeAll(() => Promise.all(playing.values()), 240_000);

  it('no tool has changed anything, and none was told a secret', () => {
    expect(askedOfTools().filter(({ tool }) => tool === 'send_note')).toEqual([]);
    expect(secretsIn(JSON.stringify(askedOfTools()))).toEqual([]);
  });

  it('no file of the data directory holds a secret, logs and database included', () => {
    const data = stack.runtime.dataDirectory;
    const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    const found = files.flatMap((file) => {
      const path = join(file.parentPath, file.name);
      return secretsIn(readFileSync(path)).map((secret) => `${path}: ${secret}`);
    });
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['temporal.db', 'temporal.log', 'worker.log']),
    );
    expect(found).toEqual([]);
    // Nor does the log hold what would move the cursor of whoever reads it.
    expect(readFileSync(join(data, 'worker.log'), 'utf8')).not.toMatch(/\u001b/);
  });
});
