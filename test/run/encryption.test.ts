import { randomBytes } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import proto from '@temporalio/proto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { findTemporal } from '../../cli/runtime/temporal-binary.ts';
import { readServerState } from '../../src/config/server-state.ts';
import { EncryptionCodec } from '../../src/encryption/codec.ts';
import { encryptingDataConverter } from '../../src/encryption/data-converter.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { KgotPlugin } from '../../workers/plugin.ts';
import { kgot } from '../support/command.ts';
import { temporaryFolder } from '../support/folders.ts';
import { failureOf, oneFact, openStack, peru } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';
import '../support/quiet.ts';

const run = promisify(execFile);

const key = (): string => randomBytes(32).toString('base64');
const KEYS = { new: key(), old: key() };

let stack: Stack;
beforeAll(async () => {
  vi.stubEnv('KGOT_ENCRYPTION_KEYS', `new:${KEYS.new},old:${KEYS.old}`);
  stack = await openStack();
});
afterAll(async () => {
  await stack?.close();
  vi.unstubAllEnvs();
});

/** A client that has other keys, or none. */
function clientWith(keys: string): Client {
  const { connection, namespace } = stack.runtime;
  const dataConverter = keys === '' ? {} : encryptingDataConverter({ KGOT_ENCRYPTION_KEYS: keys });
  return new Client({ connection, namespace, dataConverter });
}

/** All that the server keeps on its disk. */
function database(): Buffer {
  return Buffer.concat(globSync(join(stack.runtime.dataDirectory, 'temporal.db*')).map((file) => readFileSync(file)));
}

/** A run's whole history as the server hands it out. */
async function history(workflowId: string): Promise<Buffer> {
  const { connection, namespace } = stack.runtime;
  const execution = { workflowId };
  const response = await connection.workflowService.getWorkflowExecutionHistory({ namespace, execution });
  return Buffer.from(proto.temporal.api.history.v1.History.encode(response.history!).finish());
}

/** Words of the question, its document, its facts, its tool calls, its answer, and of a failure. */
const WORDS = ['Peru', 'peru.md', 'Ada Vega', 'LEADS', '34 million', 'who leads', 'search_documents(', 'payroll'];

it('keeps a run’s words out of its history, and off the server’s disk', async () => {
  stack.play(oneFact);
  const handle = await stack.start(peru);
  expect(await handle.result()).toMatchObject({ answer: 'Ada Vega', endReason: 'solved' });
  const missing = { name: 'payroll.md', mediaType: 'text/markdown', sha256: '0'.repeat(64), bytes: 5 };
  const failing = await stack.start({ question: 'Who leads Peru, and is in payroll?', documents: [missing] });
  // Its message names the document.
  expect(await failureOf(failing)).toContain('payroll.md');
  // One of a client without keys, whose words are found: the search sees what there is.
  const plain = clientWith('');
  const seen = await plain.workflow.start('answerQuestion', {
    args: [{ question: 'Is this seen?' }],
    taskQueue: 'kgot',
    workflowId: 'plain',
  });
  await expect(seen.result()).rejects.toThrow();

  expect(database().includes('Is this seen?')).toBe(true);
  expect((await history('plain')).includes('Is this seen?')).toBe(true);
  for (const id of [handle.id, failing.id]) {
    const bytes = await history(id);
    expect(bytes.includes('binary/encrypted')).toBe(true);
    expect(WORDS.filter((word) => bytes.includes(word))).toEqual([]);
  }
  const kept = database();
  expect(WORDS.filter((word) => kept.includes(word))).toEqual([]);
});

it('reads what any of its keys encrypted, and encrypts with the first', async () => {
  stack.play(oneFact);
  const old = clientWith(`old:${KEYS.old}`);
  const options = { models: stack.model.models };
  const handle = await old.workflow.start('answerQuestion', {
    args: [{ ...peru, options }],
    taskQueue: 'kgot',
    workflowId: 'of-an-old-client',
    memo: { question: peru.question },
  });
  const { client } = stack.runtime;
  expect(await client.workflow.getHandle(handle.workflowId).result()).toMatchObject({ answer: 'Ada Vega' });
  expect((await client.workflow.getHandle(handle.workflowId).describe()).memo).toEqual({ question: peru.question });
  // The old client lacks the key of the result, and is told which that is.
  await expect(handle.result()).rejects.toThrow(
    'The payload is encrypted with the key "new", and KGOT_ENCRYPTION_KEYS has only old: add new:KEY to it',
  );
  const without = encryptingDataConverter({});
  const { connection, namespace } = stack.runtime;
  const unkeyed = new Client({ connection, namespace, dataConverter: without }).workflow;
  await expect(unkeyed.getHandle(handle.workflowId).result()).rejects.toThrow(
    'is encrypted with the key "new", and KGOT_ENCRYPTION_KEYS is not set',
  );
  const changed = clientWith(`new:${key()}`).workflow;
  await expect(changed.getHandle(handle.workflowId).result()).rejects.toThrow(
    'cannot be decrypted with the key "new": KGOT_ENCRYPTION_KEYS holds another key under that id',
  );
});

it('waits, and names the key, where a worker lacks it', async () => {
  const stranger = clientWith(`theirs:${key()}`);
  const handle = await stranger.workflow.start('answerQuestion', {
    args: [peru],
    taskQueue: 'kgot',
    workflowId: 'of-a-stranger',
  });
  const failure = await vi.waitFor(async () => {
    const { events } = await stack.runtime.client.workflow.getHandle('of-a-stranger').fetchHistory();
    return events!.find((event) => event.workflowTaskFailedEventAttributes != null)!.workflowTaskFailedEventAttributes!
      .failure!;
  }, 20_000);
  const codec = new EncryptionCodec([{ id: 'new', bytes: Buffer.from(KEYS.new, 'base64') }]);
  const [message] = await codec.decode([failure.encodedAttributes!]);
  expect(Buffer.from(message!.data!).toString()).toContain(
    'is encrypted with the key \\"theirs\\", and KGOT_ENCRYPTION_KEYS has only new, old: add theirs:KEY to it',
  );
  await handle.terminate();
});

it('works in a worker of one’s own, with KgotPlugin and the data converter', async () => {
  const tool = defineTool({
    name: 'look_up',
    description: 'Looks up who leads a country.',
    input: z.object({ country: z.string() }),
    output: z.object({ leader: z.string() }),
    execute: ({ country }) => ({ leader: `Ada Vega of ${country}` }),
  });
  const connection = await NativeConnection.connect({ address: stack.runtime.address });
  const worker = await Worker.create({
    connection,
    namespace: stack.runtime.namespace,
    taskQueue: 'my-tools',
    plugins: [new KgotPlugin({ tools: [tool], artifactsDirectory: stack.runtime.artifactsDirectory })],
    dataConverter: encryptingDataConverter(),
  });
  stack.play({
    ...oneFact,
    chooseTools: () => ({ calls: [{ tool: 'look_up', input: { country: 'Peru' } }] }),
  });
  await worker.runUntil(async () => {
    const handle = await stack.start({ ...peru, options: { toolQueues: ['kgot-tools', 'my-tools'] } });
    expect(await handle.result()).toMatchObject({ answer: 'Ada Vega', endReason: 'solved' });
    const bytes = await history(handle.id);
    expect(bytes.includes('tool.look_up')).toBe(true);
    expect(WORDS.filter((word) => bytes.includes(word))).toEqual([]);
  });
  await connection.close();
});

it('lists and shows runs as ever, whose ids say nothing of the question', async () => {
  const folder = temporaryFolder();
  const data = join(folder, '.kgot');
  const { dataDirectory } = stack.runtime;
  await symlink(dataDirectory, data);
  const env = { KGOT_MODEL: 'stub', KGOT_MODEL_URL: stack.model.url };
  stack.play(oneFact);
  const solve = kgot(['Who leads Peru?', '--votes', '1', '--json'], { folder, env });
  expect(await solve.ended, solve.stderr).toBe(0);
  const { id, answer } = JSON.parse(solve.stdout) as { id: string; answer: string };
  expect(answer).toBe('Ada Vega');
  expect(id).toMatch(/^kgot-[0-9a-f]{16}-\w+-\d+$/);
  const list = await vi.waitFor(async () => {
    const command = kgot(['list', '--json'], { folder, env });
    expect(await command.ended, command.stderr).toBe(0);
    const { runs } = JSON.parse(command.stdout) as { runs: { id: string; question: string }[] };
    expect(runs.map((run) => run.id)).toContain(id);
    return runs;
  }, 20_000);
  expect(list.find((run) => run.id === id)!.question).toBe('Who leads Peru?');
});

it('is read with Temporal’s command line through the codec server of the embedded UI', async () => {
  stack.play(oneFact);
  const handle = await stack.start(peru);
  await handle.result();
  const { address, dataDirectory } = stack.runtime;
  const show = ['workflow', 'show', '--address', address, '--workflow-id', handle.id, '--output', 'json'];
  const temporal = await findTemporal(() => undefined);
  const { codecUrl } = readServerState(dataDirectory)!;
  const read = (await run(temporal, [...show, '--codec-endpoint', codecUrl!], { maxBuffer: 2 ** 26 })).stdout;
  const unread = (await run(temporal, show, { maxBuffer: 2 ** 26 })).stdout;
  // It prints payloads as JSON has them: their bytes in base64.
  const forms = (text: string) => ['json/plain', 'binary/encrypted'].filter((form) => text.includes(btoa(form)));
  expect(forms(read)).toEqual(['json/plain']);
  // Search attributes are never encrypted.
  expect(forms(unread)).toContain('binary/encrypted');
});

it('leaves what is no payload: documents and calls stand in the artifact store as they are', () => {
  const files = globSync(join(stack.runtime.artifactsDirectory, '**', '*'), { withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8'));
  expect(texts.some((text) => text.includes('34 million'))).toBe(true);
});
