import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startStubModel } from '../../bench/stub-model.ts';
import { isBuiltInAnswer } from '../../cli/built-in-question.ts';
import { readServerState } from '../../src/config/server-state.ts';
import type { RunResult } from '../../src/domain/run.ts';
import { kgot, processesOf } from '../support/command.ts';
import { fixture } from '../support/documents.ts';
import { answer, enhance, facts, oneFact, solve } from '../support/stack.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kgot-cli-'));
});
afterEach(async () => {
  // Whatever a test leaves behind names its folder.
  for (const pid of processesOf(folder)) process.kill(pid, 'SIGKILL');
  await vi.waitFor(() => expect(processesOf(folder)).toEqual([]));
  await rm(folder, { recursive: true, force: true });
});

const parse = (text: string): RunResult & { id: string; picture: string } =>
  JSON.parse(text) as RunResult & { id: string; picture: string };

describe('kgot without arguments', { timeout: 240_000 }, () => {
  it('answers the built-in question on recorded answers, twice, with one JSON object on stdout', async () => {
    for (let time = 1; time <= 2; time += 1) {
      const command = kgot(['--json'], { folder });
      expect(await command.ended, command.stderr).toBe(0);
      const result = parse(command.stdout);
      expect(isBuiltInAnswer(result.answer)).toBe(true);
      expect(result.endReason).toBe('solved');
      expect(result.evidence.length).toBeGreaterThanOrEqual(3);
      const tools = new Set(result.evidence.map(({ source }) => /\w+(?=\(|$)/.exec(source)?.[0]));
      expect(tools).toEqual(new Set(['search_documents', 'calculate']));
      expect(result.evidence.map(({ fact }) => fact)).toContain('551695 + 505992 = 1057687');
      expect(await readFile(join(folder, '.kgot', 'graphs', `${result.graph.run}.svg`), 'utf8')).toContain('<svg');
      expect(command.stderr).toContain('the model’s answers are a recording of a real one');
      expect(processesOf(folder)).toEqual([]);
    }
  });

  it('goes on with the open run after a kill -9 in the middle, and says so', async () => {
    const first = kgot(['--exit'], { folder });
    await first.until(/Run kgot-\S+\n/);
    const id = /Run (\S+)/.exec(first.stderr)![1]!;
    process.kill(-first.child.pid!, 'SIGKILL');
    await first.ended;
    const second = kgot(['--json'], { folder });
    expect(await second.ended, second.stderr).toBe(0);
    expect(second.stderr).toContain(`An open run of the same question goes on: ${id}`);
    const result = parse(second.stdout);
    expect(result.id).toBe(id);
    expect(isBuiltInAnswer(result.answer)).toBe(true);
    expect(processesOf(folder)).toEqual([]);
  });

  it('leaves no process after Ctrl-C, and the run open', async () => {
    const model = await startStubModel(() => 'hang');
    try {
      const env = { KGOT_MODEL: 'stub', KGOT_MODEL_URL: model.url };
      const command = kgot(['Who leads Peru?', '--exit'], { folder, env });
      await command.until(/round 1: /);
      process.kill(-command.child.pid!, 'SIGINT');
      expect(await command.ended).toBe(130);
      expect(command.stderr).toMatch(/The run stays open: go on with "kgot resume kgot-/);
      await vi.waitFor(() => expect(processesOf(folder)).toEqual([]), 10_000);
    } finally {
      await model.close();
    }
  });
});

describe('a question of the user’s own', { timeout: 240_000 }, () => {
  it('without a model names the ways to have one, and starts nothing', async () => {
    const command = kgot(['Who leads Peru?'], { folder });
    expect(await command.ended).toBe(2);
    expect(command.stderr).toContain('KGOT_MODEL=openai:gpt-4o-mini');
    expect(command.stdout).toBe('');
    expect(readServerState(join(folder, '.kgot'))).toBeUndefined();
  });

  it('uses a tool from one file, and no other file is touched', async () => {
    await writeFile(join(folder, 'notes.md'), '# Motto\n\nThe motto is: Firm and happy for the union.\n');
    await writeFile(
      join(folder, 'my-tool.ts'),
      await readFile(new URL('../../examples/word-count-tool.ts', import.meta.url), 'utf8'),
    );
    const model = await startStubModel(({ step, prompt }) => {
      switch (step) {
        case 'decideNextStep':
          return { value: prompt.includes('HAS_WORDS') ? solve() : enhance('How many words has the motto?') };
        case 'chooseTools':
          // The model is offered the tool, with its schema.
          expect(prompt).toContain('- count_words: Counts the words of a text. Input: {"text":');
          return { value: { calls: [{ tool: 'count_words', input: { text: 'Firm and happy for the union' } }] } };
        case 'extractChanges':
          expect(prompt).toContain('words: 6');
          return { value: facts(['the motto', 'HAS_WORDS', '6']) };
        case 'writeQuery':
          return { value: { query: 'MATCH ()-[:HAS_WORDS]->(n) RETURN n.name' } };
        default:
          return { value: answer('6') };
      }
    });
    try {
      const args = ['How many words has the motto?', '--file', 'notes.md', '--tools', 'my-tool.ts', '--json'];
      const command = kgot([...args, '--votes', '1'], {
        folder,
        env: { KGOT_MODEL: 'stub', KGOT_MODEL_URL: model.url },
      });
      expect(await command.ended, command.stderr).toBe(0);
      const result = parse(command.stdout);
      expect(result.answer).toBe('6');
      expect(result.evidence[0]?.source).toContain('count_words({"text":"Firm and happy');
    } finally {
      await model.close();
    }
  });

  it('is answered from a folder of real files, and what cannot be read is said before the run starts', async () => {
    await mkdir(join(folder, 'papers'));
    await writeFile(join(folder, 'papers', 'report.txt'), fixture('report.pdf'));
    await writeFile(join(folder, 'papers', 'locked.pdf'), fixture('password.pdf'));
    const model = await startStubModel((request) => {
      if (request.step === 'chooseTools') expect(request.prompt).toContain('- report.txt (application/pdf)');
      return { value: oneFact[request.step]?.(request) ?? {} };
    });
    try {
      const env = { KGOT_MODEL: 'stub', KGOT_MODEL_URL: model.url };
      const refused = kgot(['Who leads Peru?', '--file', 'papers/locked.pdf'], { folder, env });
      expect(await refused.ended).toBe(2);
      expect(refused.stderr).toBe(
        'Error: The file papers/locked.pdf is password-protected: save it without a password.\n',
      );
      expect(readServerState(join(folder, '.kgot'))).toBeUndefined();
      const command = kgot(['Who leads Peru?', '--file', 'papers', '--json', '--votes', '1'], { folder, env });
      expect(await command.ended, command.stderr).toBe(0);
      expect(parse(command.stdout).answer).toBe('Ada Vega');
      expect(command.stderr).toContain('papers/report.txt is a PDF by its content');
      expect(command.stderr).toContain('Left out of papers: locked.pdf is password-protected');
    } finally {
      await model.close();
    }
  });

  it('is joined by a second command in the same directory, and list, show, graph, ledger and resume work beside', async () => {
    const model = await startStubModel((request) => {
      const reply = oneFact[request.step]?.(request) ?? {};
      return { value: reply };
    });
    try {
      const env = { KGOT_MODEL: 'stub', KGOT_MODEL_URL: model.url };
      const up = kgot(['up'], { folder, env });
      await up.until('Up: Temporal at');
      await writeFile(join(folder, 'peru.md'), 'Ada Vega leads Peru.');
      const commands = [1, 2].map((number) =>
        kgot([`Who leads Peru? (${number})`, '--file', 'peru.md', '--json'], { folder, env }),
      );
      const results = await Promise.all(
        commands.map(async (command) => {
          expect(await command.ended, command.stderr).toBe(0);
          return parse(command.stdout);
        }),
      );
      expect(results.map((result) => result.answer)).toEqual(['Ada Vega', 'Ada Vega']);
      const { id } = results[0]!;
      const json = async (...args: string[]): Promise<Record<string, unknown>> => {
        const command = kgot([...args, '--json'], { folder, env });
        expect(await command.ended, command.stderr).toBe(0);
        return JSON.parse(command.stdout) as Record<string, unknown>;
      };
      await vi.waitFor(async () => expect((await json('list'))['runs']).toHaveLength(2), { timeout: 20_000 });
      expect(await json('show', id)).toMatchObject({ id, status: 'COMPLETED', result: { answer: 'Ada Vega' } });
      expect(await json('graph', id)).toMatchObject({ id, revision: 1, nodes: [{}, {}], edges: [{ type: 'LEADS' }] });
      expect(await json('ledger', id)).toMatchObject({ id, ledger: results[0]!.ledger });
      expect(await json('resume', id)).toMatchObject({ id, answer: 'Ada Vega' });
      const cancel = kgot(['cancel', id], { folder, env });
      expect(await cancel.ended).toBe(1);
      expect(cancel.stderr).toContain(`The run ${id} has ended already`);
      process.kill(-up.child.pid!, 'SIGINT');
      expect(await up.ended).toBe(0);
      await vi.waitFor(() => expect(processesOf(folder)).toEqual([]));
    } finally {
      await model.close();
    }
  });
});

describe('wrong calls', () => {
  it.each<[string[], RegExp]>([
    [['solve', 'q', '--file', 'missing.md'], /The file missing.md cannot be read/],
    [['solve', 'q', '--rounds', 'many'], /Give a whole number from 1/],
    [['solve', 'q', '--budget', 'much'], /Give dollars as 0.05/],
    [['solve', 'q', '--model', 'gpt-4o-mini'], /needs its provider or an address/],
    [['solve', 'q', '--model', 'acme:x'], /There is no provider "acme"/],
    [['sovle'], /unknown command|Did you mean solve/i],
    [['solve', 'q', '--colour'], /unknown option/],
    [['eval', 'missing.jsonl', '--model', 'oracle'], /cannot be read/],
    [['tools', '--tools', 'missing.ts'], /There is no file .*missing.ts/],
  ])('%j is refused with what would be right, and starts nothing', async (args, message) => {
    const command = kgot(args, { folder, env: { KGOT_MODEL: 'ollama:x' } });
    expect(await command.ended).toBe(2);
    expect(command.stderr).toMatch(message);
    expect(command.stdout).toBe('');
    expect(processesOf(join(folder, '.kgot'))).toEqual([]);
  });

  it('refuses a data directory that another version has in use', async () => {
    const { tryLock } = await import('../../cli/runtime/data-lock.ts');
    const { writeServerState } = await import('../../src/config/server-state.ts');
    const data = join(folder, '.kgot');
    const lock = tryLock(data)!;
    const state = { version: '0.0.1', status: 'ready', ownerPid: process.pid, namespace: 'default' } as const;
    writeServerState(data, state);
    const command = kgot(['list'], { folder });
    expect(await command.ended).toBe(1);
    expect(command.stderr).toMatch(/is in use by kgot 0\.0\.1, and this is \d+\.\d+\.\d+/);
    lock.release();
  });
});
