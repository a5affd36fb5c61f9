import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/configuration.ts';
import { readSetting, SettingError } from '../../src/config/read-setting.ts';
import { setting, SETTING_NAMES } from '../../src/config/settings.ts';
import type { SettingName } from '../../src/config/settings.ts';
import { PAGE, withSettings } from '../../scripts/settings-table.ts';
import { ROOT } from '../support/command.ts';
import { temporaryFolder } from '../support/folders.ts';

/** Loads what a `kgot.json` with this content, variables and flags say together. */
function load(file: unknown, env: Record<string, string> = {}, flags: Partial<Record<SettingName, unknown>> = {}) {
  const folder = temporaryFolder();
  const path = join(folder, 'kgot.json');
  if (file !== undefined) writeFileSync(path, typeof file === 'string' ? file : JSON.stringify(file));
  const given = new Map(Object.entries(flags) as [SettingName, unknown][]);
  return { folder, path, read: () => loadConfiguration({ env: { INIT_CWD: folder, ...env }, flags: given }) };
}

describe('the places of a value', () => {
  it('count in the order file, environment, flag', () => {
    const file = { rounds: 2, votes: 2, repairs: 2 };
    const { path, read } = load(file, { KGOT_VOTES: '3', KGOT_REPAIRS: '3' }, { repairs: 4 });
    const { entries } = read();
    expect(entries.get('rounds')).toEqual({ name: 'rounds', value: 2, origin: { from: 'file', path } });
    const variable = 'KGOT_VOTES';
    expect(entries.get('votes')).toEqual({ name: 'votes', value: 3, origin: { from: 'environment', variable } });
    expect(entries.get('repairs')).toEqual({ name: 'repairs', value: 4, origin: { from: 'flag', flag: '--repairs' } });
    expect(entries.get('retrieval')).toEqual({ name: 'retrieval', value: 'query', origin: { from: 'default' } });
    expect([...entries.keys()]).toEqual(SETTING_NAMES);
  });

  it('do not count where a variable is empty', () => {
    const { read } = load({ rounds: 2 }, { KGOT_ROUNDS: '' });
    expect(read().entries.get('rounds')!.value).toBe(2);
  });

  it.each<[string, Record<string, string>, Partial<Record<SettingName, unknown>>, unknown]>([
    ['a variable beats the planner of a file', { KGOT_MODEL: 'openai:b' }, {}, undefined],
    ['a flag beats the planner of the environment', { KGOT_PLANNER: 'openai:b' }, { model: 'openai:c' }, undefined],
    ['a variable leaves the planner of the environment', { KGOT_MODEL: 'x', KGOT_PLANNER: 'openai:b' }, {}, 'openai:b'],
    ['none leaves the planner of a file', {}, {}, 'openai:p'],
  ])('of a model: %s', (_, env, flags, planner) => {
    const { read } = load({ planner: 'openai:p' }, env, flags);
    const { entries, environment } = read();
    expect(entries.get('planner')!.value).toBe(planner);
    expect(environment['KGOT_PLANNER']).toBe(planner === 'openai:p' ? 'openai:p' : undefined);
  });
});

describe('a file', () => {
  it('is handed on as the variables that its settings have, paths from its own folder', () => {
    const { folder, read } = load({
      model: 'ollama:x',
      modelUrl: 'http://host/v1',
      modelConcurrency: 3,
      telemetryDisabled: true,
      data: 'data',
      tools: ['a.ts', '/b.ts'],
      toolQueues: ['q1', 'q2'],
      budget: 0.05,
      temporalAddress: 'host:7233',
    });
    const { environment } = read();
    expect(environment).toEqual({
      KGOT_MODEL: 'ollama:x',
      KGOT_MODEL_URL: 'http://host/v1',
      KGOT_MODEL_CONCURRENCY: '3',
      OTEL_SDK_DISABLED: 'true',
      KGOT_DATA: join(folder, 'data'),
      KGOT_TOOLS: `${join(folder, 'a.ts')},/b.ts`,
      KGOT_TOOL_QUEUES: 'q1,q2',
      KGOT_BUDGET: '0.05',
      TEMPORAL_ADDRESS: 'host:7233',
    });
    // Read as variables, they say the same.
    for (const name of SETTING_NAMES) {
      if (environment[setting(name).variable] === undefined) continue;
      expect(readSetting(name, environment)).toEqual(read().entries.get(name)!.value);
    }
    expect(readSetting('budget', environment)).toEqual({ dollars: 0.05 });
  });

  it('may be another one, named by KGOT_CONFIG or a flag', () => {
    const { folder, read } = load({ rounds: 2 }, { KGOT_CONFIG: 'other.json' });
    writeFileSync(join(folder, 'other.json'), '{"rounds": 3}');
    expect(read()).toMatchObject({ file: join(folder, 'other.json') });
    expect(read().entries.get('rounds')!.value).toBe(3);
    const flags = new Map<SettingName, unknown>([['config', 'kgot.json']]);
    const env = { INIT_CWD: folder, KGOT_CONFIG: 'other.json' };
    expect(loadConfiguration({ env, flags }).entries.get('rounds')!.value).toBe(2);
  });

  it('need not be there', () => {
    expect(load(undefined).read()).toMatchObject({ environment: {} });
    expect(load(undefined).read().file).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ['a key that is none', { vote: 3 }, '"vote" in PATH is no setting: did you mean "votes"?'],
    ['a key near none', { somethingElse: 3 }, '"somethingElse" in PATH is no setting. "kgot config" prints all'],
    ['a wrong value', { rounds: 'many' }, '"rounds" in PATH is "many": give a whole number from 1.'],
    ['a wrong kind of value', { model: 7 }, '"model" in PATH is 7: give text.'],
    ['a budget of a wrong kind', { budget: [] }, '"budget" in PATH is []: give dollars as 0.05 or $0.05, or tokens as'],
    ['null', { rounds: null }, '"rounds" in PATH is null: give a whole number from 1.'],
    [
      'a secret',
      { openaiKey: 'sk-hidden' },
      '"openaiKey" in PATH is a secret, and no file may hold it: set OPENAI_API_KEY in the environment.',
    ],
    ['a secret by its variable', { KGOT_MODEL_KEY: 'sk-hidden' }, '"KGOT_MODEL_KEY" in PATH is a secret'],
    ['a variable', { KGOT_MODEL: 'openai:x' }, '"KGOT_MODEL" in PATH is a variable of the environment: write "model"'],
    ['itself', { config: 'x.json' }, '"config" in PATH cannot stand there: it names the file itself.'],
    [
      'a password',
      { modelUrl: 'http://a:b@host/v1' },
      '"modelUrl" in PATH is "http://a:b@host/v1": leave the password',
    ],
    ['text that is no JSON', '{rounds: 3}', 'The configuration file PATH cannot be read (Expected property name'],
    ['a list', [1], 'The configuration file PATH must hold one object'],
  ])('with %s is refused', (_, content, message) => {
    const { path, read } = load(content);
    expect(read).toThrow(SettingError);
    expect(read).toThrow(message.replace('PATH', path));
    expect(read).not.toThrow(/sk-hidden/);
  });

  it('that is named and is not there is refused', () => {
    const { folder, read } = load(undefined, { KGOT_CONFIG: 'gone.json' });
    expect(read).toThrow(`The configuration file ${join(folder, 'gone.json')} is not there`);
  });
});

describe('a wrong variable', () => {
  it.each([
    ['KGOT_ROUNDS', 'x', 'KGOT_ROUNDS is "x": give a whole number from 1.'],
    ['KGOT_RETRIEVAL', 'sparql', 'KGOT_RETRIEVAL is "sparql": give query, code or direct.'],
    ['KGOT_MODEL_URL', 'host:1', 'KGOT_MODEL_URL is "host:1": give an address like http://127.0.0.1:8080/v1.'],
    [
      'TEMPORAL_ADDRESS',
      'http://host',
      'TEMPORAL_ADDRESS is "http://host": give it as host:port, like 127.0.0.1:7233.',
    ],
    ['TEMPORAL_TLS', 'yes', 'TEMPORAL_TLS is "yes": give true or false.'],
  ])('%s=%s is named with what would be right', (variable, value, message) => {
    expect(load(undefined, { [variable]: value }).read).toThrow(message);
  });
});

describe('the settings', () => {
  it('have names, variables and flags of their own', () => {
    for (const of of ['variable', 'flag'] as const) {
      const all = SETTING_NAMES.map((name) => setting(name)[of]).filter((value) => value !== undefined);
      expect(new Set(all).size).toBe(all.length);
    }
  });

  it('have defaults that they could read', () => {
    for (const name of SETTING_NAMES) {
      const { default: otherwise, schema } = setting(name);
      if (otherwise !== undefined) expect(schema.parse(String(otherwise))).toEqual(otherwise);
    }
  });

  it('are the one way to the environment: no variable is read past them', () => {
    const ofMpiexec = ['PMIX_RANK', 'PMIX_HOSTNAME', 'OMPI_VERSION', 'OPAL_PREFIX'];
    const ofRanks = ['OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE', 'TMPDIR', 'NODE_COMPILE_CACHE'];
    const allowed = new Set(['PATH', 'INIT_CWD', 'XDG_CACHE_HOME', ...ofMpiexec, ...ofRanks]);
    const past = globSync('{cli,workers,activities,workflows,src}/**/*.ts', { cwd: ROOT }).flatMap((file) => {
      const code = readFileSync(join(ROOT, file), 'utf8');
      const names = [...code.matchAll(/\benv(?:\[['"](\w+)['"]\]|\.(\w+))/g)].map(
        ([, quoted, dotted]) => quoted ?? dotted,
      );
      return names
        .filter((name) => !allowed.has(name!))
        .map((name) => `${name} in ${file}: add it to src/config/settings.ts, and take it with readSetting`);
    });
    expect(past).toEqual([]);
  });

  it('stand in docs/configuration.md as they are: else run node scripts/settings-table.ts', async () => {
    const page = readFileSync(PAGE, 'utf8');
    expect(page).toBe(await withSettings(page));
  });
});
