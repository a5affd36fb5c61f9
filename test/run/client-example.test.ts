import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection, defaultPayloadConverter } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStubModel } from '../../bench/stub-model.ts';
import type { StubModel } from '../../bench/stub-model.ts';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search-attributes.ts';
import { kgot, ROOT, start } from '../support/command.ts';
import type { Command } from '../support/command.ts';
import { temporaryFolder } from '../support/folders.ts';
import { oneFact, peru, toReply } from '../support/stack.ts';
import { startForeignServer } from '../../bench/foreign-server.ts';

let server: Awaited<ReturnType<typeof startForeignServer>>;
let model: StubModel;
beforeAll(async () => {
  server = await startForeignServer(
    SEARCH_ATTRIBUTES.flatMap(({ name, type }) => ['--search-attribute', `${name}=${type}`]),
  );
  model = await startStubModel((request) => toReply(oneFact[request.step]?.(request)));
});
afterAll(async () => {
  await model.close();
  await server.close();
});

const example = (args: readonly string[], folder: string, env: NodeJS.ProcessEnv): Command =>
  start(process.execPath, [`${ROOT}examples/client.ts`, ...args], { folder, env });

it('is answered over two worker processes, each with its part of the work', { timeout: 240_000 }, async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'peru.md');
  writeFileSync(file, 'Ada Vega leads Peru. It has 34 million people.\n');
  const env = {
    TEMPORAL_ADDRESS: server.address,
    KGOT_DATA: join(folder, 'data'),
    KGOT_MODEL: 'stub',
    KGOT_MODEL_URL: model.url,
  };
  const loop = kgot(['worker', '--queue', 'kgot', '--queue', 'kgot-graph'], { folder, env });
  const calls = kgot(['worker', '--queue', 'kgot-model', '--queue', 'kgot-tools'], { folder, env });
  try {
    await Promise.all([loop.until('Serving kgot, kgot-graph'), calls.until('Serving kgot-model, kgot-tools')]);
    const asked = example([peru.question, '--file', file], folder, { TEMPORAL_ADDRESS: server.address });
    expect(await asked.ended, asked.stderr).toBe(0);
    expect(asked.stderr).toBe('');
    expect(asked.stdout).toContain(`
round 2: done, nodes 2, edges 1, calls ${model.requests.length}; Ada Vega —LEADS→ Peru
`);
    expect(asked.stdout).toContain(`
Answer: Ada Vega (solved)
  Ada Vega —LEADS→ Peru
      round 1: search_documents({"page":1,"query":"Peru"})
${model.requests.length} model calls, 1 tool calls, ${100 * model.requests.length} + ${20 * model.requests.length} tokens, $0.0000
`);
    await readBack(/^Run (.*)$/m.exec(asked.stdout)![1]!, { loop: loop.child.pid!, calls: calls.child.pid! });
  } finally {
    for (const { child } of [loop, calls]) child.kill('SIGTERM');
  }
  expect(await Promise.all([loop.ended, calls.ended])).toEqual([0, 0]);
});

/** What the run left at the server, for whoever looks at it there. */
async function readBack(id: string, workers: { loop: number; calls: number }): Promise<void> {
  const connection = await Connection.connect({ address: server.address });
  try {
    const handle = new Client({ connection }).workflow.getHandle(id);
    const { events } = await handle.fetchHistory();
    const scheduled = new Map(
      events!.flatMap(({ eventId, userMetadata, activityTaskScheduledEventAttributes: attributes }) =>
        attributes == null ? [] : [[String(eventId), { ...attributes, summary: userMetadata?.summary }] as const],
      ),
    );
    const done = events!.flatMap(({ activityTaskStartedEventAttributes: attributes }) => {
      if (attributes == null) return [];
      const { activityType, taskQueue, summary } = scheduled.get(String(attributes.scheduledEventId))!;
      return {
        type: activityType!.name!,
        queue: taskQueue!.name!,
        process: Number(attributes.identity!.split('@')[0]),
        summary: summary == null ? undefined : defaultPayloadConverter.fromPayload<string>(summary),
      };
    });

    expect(Object.groupBy(done, ({ process }) => process)).toEqual({
      [workers.loop]: done.filter(({ queue }) => queue === 'kgot' || queue === 'kgot-graph'),
      [workers.calls]: done.filter(({ queue }) => queue === 'kgot-model' || queue === 'kgot-tools'),
    });
    expect(new Set(done.map(({ queue, type }) => `${queue}: ${type.split('.')[0]}`))).toEqual(
      new Set(['kgot: run', 'kgot-tools: tools', 'kgot-model: model', 'kgot-tools: tool', 'kgot-graph: graph']),
    );
    const turns = events!.flatMap(({ workflowTaskStartedEventAttributes: attributes }) => attributes?.identity ?? []);
    expect(new Set(turns.map((identity) => Number(identity.split('@')[0])))).toEqual(new Set([workers.loop]));

    for (const { type, summary } of done) expect(summary, `the summary of ${type}`).toMatch(/\S/);
    expect(done.map(({ type, summary }) => `${type}: ${summary}`)).toEqual(
      expect.arrayContaining([
        'model.decideNextStep: round 1, vote 3',
        'tool.search_documents: search_documents({"page":1,"query":"Peru"})',
        'graph.apply: batch of revision 1',
        'graph.query: MATCH (p)-[:LEADS]->(c) RETURN p.name',
      ]),
    );

    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain('**Who leads Peru?**');
    expect(currentDetails).toContain('Round 2 of 7 · solved · 2 nodes, 1 edge');
    expect(currentDetails).toContain('Answer: **Ada Vega**');
    expect(currentDetails).toContain('- Ada Vega —LEADS→ Peru');

    const described = await handle.describe();
    expect(await described.staticSummary()).toBe(peru.question);
    expect(
      Object.fromEntries(described.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value])),
    ).toMatchObject({ KgotStatus: 'solved', KgotModel: 'openai-compatible:stub', KgotRounds: 2, KgotDollars: 0 });
  } finally {
    await connection.close();
  }
}

it('says where it looked when no server answers', { timeout: 60_000 }, async () => {
  const asked = example(['--address', '127.0.0.1:1'], temporaryFolder(), {});
  expect(await asked.ended).toBe(1);
  expect(asked.stderr).toMatch(
    /^Error: No Temporal server answers at 127\.0\.0\.1:1 \(.*\)\. "npm start -- up" starts one/,
  );
  expect(asked.stdout).toBe('');
});
