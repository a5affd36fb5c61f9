import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { tryLock } from '../../cli/runtime/data-lock.ts';
import { VERSION } from '../../src/config/paths.ts';
import { writeServerState } from '../../src/config/server-state.ts';
import { kgot } from '../support/command.ts';
import { temporaryFolder } from '../support/folders.ts';
import { hangs, modelServer } from '../support/model-server.ts';

const SECRETS = { OPENAI_API_KEY: 'sk-hidden', KGOT_MODEL_KEY: 'key-hidden', TEMPORAL_API_KEY: 'api-hidden' };

it('prints every setting with its value and where that came from, and no secret', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'kgot.json');
  await writeFile(file, JSON.stringify({ model: 'ollama:x', votes: 3, tools: ['a.ts'] }));
  const env = { ...SECRETS, KGOT_ROUNDS: '4' };
  const text = kgot(['config', '--budget', '500tokens'], { folder, env });
  const json = kgot(['config', '--json', '--model', 'openai:y'], { folder, env });
  expect(await text.ended, text.stderr).toBe(0);
  expect(await json.ended, json.stderr).toBe(0);

  const lines = text.stdout.split('\n').map((line) => line.split(/ {2,}/));
  const line = (name: string) => lines.find(([first]) => first === name);
  expect(line('model')).toEqual(['model', 'ollama:x', `file ${file}`, 'KGOT_MODEL']);
  expect(line('tools')).toEqual(['tools', join(folder, 'a.ts'), `file ${file}`, 'KGOT_TOOLS']);
  expect(line('rounds')).toEqual(['rounds', '4', 'environment KGOT_ROUNDS', 'KGOT_ROUNDS']);
  expect(line('budget')).toEqual(['budget', '500 tokens', 'flag --budget', 'KGOT_BUDGET']);
  expect(line('repairs')).toEqual(['repairs', '3', 'default', 'KGOT_REPAIRS']);
  expect(line('openaiKey')).toEqual(['openaiKey', 'set', 'environment OPENAI_API_KEY', 'OPENAI_API_KEY']);
  expect(line('anthropicKey')).toEqual(['anthropicKey', 'not set', 'default', 'ANTHROPIC_API_KEY']);
  expect(text.stdout).toContain(`The configuration file is ${file}.`);

  const { file: read, settings } = JSON.parse(json.stdout) as { file: string; settings: Record<string, unknown>[] };
  const setting = (name: string) => settings.find((one) => one['name'] === name);
  expect(read).toBe(file);
  expect(setting('model')).toMatchObject({ value: 'openai:y', origin: { from: 'flag', flag: '--model' } });
  expect(setting('votes')).toMatchObject({ value: 3, origin: { from: 'file', path: file } });
  expect(setting('modelKey')).toMatchObject({ value: 'set', secret: true, variable: 'KGOT_MODEL_KEY' });
  expect(setting('budget')).toMatchObject({ value: null, origin: { from: 'default' } });
  for (const { stdout, stderr } of [text, json]) expect(stdout + stderr).not.toContain('hidden');
});

it.each([
  ['a file', { vote: 3 }, {}, [], '"vote" in FILE is no setting: did you mean "votes"?'],
  ['the environment', {}, { KGOT_VOTES: 'x' }, [], 'KGOT_VOTES is "x": give a whole number from 1.'],
  ['a flag', {}, {}, ['--votes', 'x'], "option '--votes <n>' argument 'x' is invalid. Give a whole number from 1."],
  ['a model of a file', { model: 'acme:x' }, {}, [], '"model" in FILE: There is no provider "acme". Give openai:'],
  ['a model of the environment', {}, { KGOT_PLANNER: 'acme:x' }, [], 'KGOT_PLANNER: There is no provider "acme".'],
])('refuses what is wrong in %s, and starts nothing', async (_, content, env, args, message) => {
  const folder = temporaryFolder();
  const file = join(folder, 'kgot.json');
  await writeFile(file, JSON.stringify(content));
  const command = kgot(['solve', 'q', ...args], { folder, env });
  expect(await command.ended).toBe(2);
  expect(command.stderr).toContain(message.replace('FILE', file));
  expect(command.stdout).toBe('');
});

it('reaches the worker: what a file says holds there too', { timeout: 240_000 }, async () => {
  const folder = temporaryFolder();
  const server = await modelServer(hangs);
  const settings = { model: 'of-the-file', modelUrl: server.url, data: 'elsewhere', votes: 1, rounds: 1 };
  await writeFile(join(folder, 'kgot.json'), JSON.stringify(settings));
  const command = kgot(['Who leads Peru?', '--json'], { folder, env: { KGOT_MODEL_KEY: 'key-hidden' } });
  await server.request(1);
  // Only a worker that knows the address sends the key there.
  expect(server.requests[0]).toMatchObject({
    headers: { authorization: 'Bearer key-hidden' },
    body: { model: 'of-the-file' },
  });
  process.kill(-command.child.pid!, 'SIGINT');
  expect(await command.ended).toBe(130);
});

it('names another server than that of the data directory’s owner: that is refused, whatever its namespace is', async () => {
  const folder = temporaryFolder();
  const data = join(folder, '.kgot');
  const lock = tryLock(data)!;
  onTestFinished(() => lock.release());
  const state = { version: VERSION, status: 'ready', ownerPid: process.pid, namespace: 'default' } as const;
  writeServerState(data, { ...state, address: '127.0.0.1:1' });
  for (const [args, named] of [
    [['--address', '127.0.0.1:2'], 'default of 127.0.0.1:2'],
    [['--address', 'localhost:1', '--namespace', 'team'], 'team of localhost:1'],
  ] as const) {
    const command = kgot(['list', ...args], { folder });
    expect(await command.ended).toBe(1);
    expect(command.stderr).toContain(
      `The data directory ${data} is in use with the namespace default of 127.0.0.1:1, and the environment names ${named}`,
    );
  }
});
