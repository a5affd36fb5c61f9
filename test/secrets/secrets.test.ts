import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runHandle, startRun } from '../../src/client/client.ts';
import { readServerState } from '../../src/config/server-state.ts';
import type { ModelReference, RunOptions } from '../../src/domain/run.ts';
import { parseModel } from '../../src/model/resolve.ts';
import { kgot, processesOf } from '../support/command.ts';
import type { Command } from '../support/command.ts';
import { peru } from '../support/stack.ts';
import { CANARIES, canariesIn, CANARY_VARIABLES, echoOf } from './canaries.ts';
import { PROVIDER_MARK, startFakeProviders, WAITING_QUESTION } from './fake-providers.ts';
import type { FakeProviders } from './fake-providers.ts';
import { TOOL_MARK } from './leaky-tools.ts';

const { History } = proto.temporal.api.history.v1;

/** All that the runs have left anywhere, by where that is. */
const left = new Map<string, Buffer>();

const folder = mkdtempSync(join(tmpdir(), 'kgot-secrets-'));
const data = join(folder, '.kgot');
const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** An OTLP collector that keeps what it is sent. */
const traces: Buffer[] = [];
const collector = createServer((request, response) => {
  request.on('data', (chunk: Buffer) => traces.push(chunk));
  request.on('end', () => response.end());
});

let providers: FakeProviders;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  providers = await startFakeProviders();
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  writeFileSync(join(folder, 'peru.md'), 'Ada Vega leads Peru. It has 34 million people.');
  env = {
    ...CANARIES,
    NODE_OPTIONS: `--import=${pathOf('./redirect-fetch.ts')}`,
    KGOT_TEST_PROVIDERS: providers.url,
    KGOT_MODEL_URL: `${providers.url}/v1`,
    KGOT_MODEL_CONCURRENCY: '16',
    KGOT_RECORD: join(data, 'recording.json'),
    KGOT_DEBUG: '1',
    KGOT_APPROVAL_WEBHOOK: `${providers.url}/hooks/${encodeURIComponent(CANARIES['GITHUB_TOKEN']!)}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
  };
  await playRuns();
}, 240_000);
afterAll(async () => {
  for (const pid of processesOf(folder)) process.kill(pid, 'SIGKILL');
  await vi.waitFor(() => expect(processesOf(folder)).toEqual([]));
  rmSync(folder, { recursive: true });
  await providers.close();
  collector.closeAllConnections();
  collector.close();
});

/** Runs on every provider, with errors and with answers, from the command line and from a client. */
async function playRuns(): Promise<void> {
  const start = (...args: string[]): Command => kgot(args, { folder, env });
  const up = start('up');
  await up.until('Up: Temporal at');
  const worker = start('worker', '--queue', 'leaky', '--tools', pathOf('./leaky-tools.ts'));
  const crash = start('worker', '--queue', 'crash', '--tools', pathOf('./crashing-tool.ts'));
  await worker.until('Serving leaky');
  const solve = (planner: string, executor: string): Command => {
    const asked = ['solve', 'Who leads Peru?', '--file', 'peru.md', '--planner', planner, '--executor', executor];
    return start(...asked, '--tool-queue', 'leaky', '--votes', '1', '--rounds', '3', '--json');
  };
  const commands: [Command, code: number][] = [
    [solve('stumbles', 'openai:stumbles'), 0],
    [solve('openai:refuses', 'openai:refuses'), 1],
    [crash, 1],
  ];
  await playFromClient();
  for (const [command, code] of commands) expect(await command.ended, command.stderr).toBe(code);
  const looks = [start('show', 'google'), start('show', 'refused-0', '--json'), start('config', '--json')];
  for (const look of looks) expect(await look.ended, look.stderr).toBe(0);
  await readTemporal();
  for (const command of [worker, up]) {
    process.kill(-command.child.pid!, 'SIGINT');
    await command.ended;
  }
  for (const { child, stdout, stderr } of [...commands.map(([command]) => command), ...looks, worker, up]) {
    const [, , name] = child.spawnargs;
    left.set(`stdout of ${name} ${child.pid}`, Buffer.from(stdout));
    left.set(`stderr of ${name} ${child.pid}`, Buffer.from(stderr));
  }
  left.set('traces', Buffer.concat(traces));
  left.set('requests', Buffer.from(providers.bodies.join('\n')));
  for (const file of readdirSync(data, { recursive: true, withFileTypes: true })) {
    const name = join(file.parentPath, file.name);
    if (file.isFile()) left.set(`file ${name.slice(data.length + 1)}`, readFileSync(name));
  }
}

async function connect(): Promise<Client> {
  return new Client({ connection: await Connection.connect({ address: readServerState(data)!.address! }) });
}

async function playFromClient(): Promise<void> {
  const client = await connect();
  const own = (name: string): ModelReference => parseModel(name, `${providers.url}/v1`, {});
  const play = async (name: string, options: RunOptions, question = peru.question): Promise<unknown> => {
    const shared = { votes: 1, rounds: 3, toolQueues: ['kgot-tools', 'leaky'] };
    const run = await startRun(client, { ...peru, question, options: { ...shared, ...options } }, { id: name });
    return run.result().catch((error: unknown) => error);
  };
  const both = (planner: ModelReference, executor = planner) => ({ models: { planner, executor } });
  await Promise.all([
    play('anthropic', both(own('anthropic:stumbles'), own('openai:stumbles-2'))),
    play('google', both(own('google:stumbles'))),
    ...['refuses', 'anthropic:refuses', 'google:refuses'].map((model, index) =>
      play(`refused-${index}`, both(own(model))),
    ),
    play('waiting', { ...both(own('answers-at-once')), approval: { timeoutSeconds: 1 } }, WAITING_QUESTION),
  ]);
  await client.connection.close();
}

/** What the server says of every run: histories as they are stored, listings, descriptions, queries. */
async function readTemporal(): Promise<void> {
  const client = await connect();
  for await (const run of client.workflow.list()) {
    const id = run.workflowId;
    const handle = runHandle(client, id);
    const history = await handle.workflow.fetchHistory();
    left.set(`history of ${id}`, Buffer.from(History.encode(History.fromObject(history)).finish()));
    const { raw, memo, typedSearchAttributes } = await handle.workflow.describe();
    left.set(`listing of ${id}`, Buffer.from(JSON.stringify([run.raw, run.memo, raw, memo, typedSearchAttributes])));
    const details = ['__temporal_workflow_metadata', '__stack_trace'].map((name) => () => handle.workflow.query(name));
    const answers: unknown[] = [];
    for (const ask of [() => handle.progress(), () => handle.graph(), () => handle.ledger(), ...details]) {
      // The server gives a worker of a loaded machine ten seconds: then it is to be asked again.
      answers.push(await vi.waitFor<unknown>(ask, { timeout: 60_000, interval: 500 }));
    }
    left.set(`queries of ${id}`, Buffer.from(JSON.stringify(answers)));
  }
  await client.connection.close();
}

describe('the search for secrets', () => {
  it('knows every variable of the code that holds one', () => {
    expect(CANARY_VARIABLES).toEqual(
      expect.arrayContaining(['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY', 'KGOT_MODEL_KEY']),
    );
  });

  it('finds one however it is spelt', () => {
    for (const [name, secret] of Object.entries(CANARIES)) {
      const found = canariesIn(`before ${echoOf(secret)} after`);
      expect(found).toEqual(['raw', 'JSON-escaped', 'URL-encoded', 'Base64'].map((how) => `${name}, ${how}`));
    }
    expect(canariesIn('nothing of the kind')).toEqual([]);
  });

  it.each([
    ...['history of anthropic', 'history of refused-0', 'queries of google', 'traces', 'requests'],
    ...[
      'stdout of solve',
      'stderr of solve',
      'stdout of show',
      'file recording.json',
      'file temporal.db',
      'file worker.log',
    ],
    'file artifacts/runs',
  ])('looks at %s, where a provider is heard', (place) => {
    const said = [...left].filter(([name]) => name.startsWith(place));
    expect(said.some(([, content]) => content.includes(PROVIDER_MARK))).toBe(true);
  });

  it.each([
    ...['history of google', 'queries of google', 'traces', 'requests', 'stderr of worker'],
    ...['file temporal.db', 'file artifacts/content', 'file artifacts/tool-cache'],
  ])('looks at %s, where a tool is heard', (place) => {
    const said = [...left].filter(([name]) => name.startsWith(place));
    expect(said.some(([, content]) => content.includes(TOOL_MARK))).toBe(true);
  });
});

describe('the secrets of the environment', () => {
  it('are nowhere else, whatever providers and tools say', () => {
    const found = [...left].flatMap(([place, content]) => canariesIn(content).map((canary) => `${place}: ${canary}`));
    expect(found).toEqual([]);
  });

  it('are named where they stood', () => {
    const text = Buffer.concat([...left.values()]).toString();
    for (const name of CANARY_VARIABLES) expect(text).toContain(`[${name}]`);
    expect(left.get('file worker.log')!.toString()).toContain('KGOT_APPROVAL_WEBHOOK answered with status 500');
  });
});
