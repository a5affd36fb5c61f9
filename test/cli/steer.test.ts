import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startStubModel } from '../../bench/stub-model.ts';
import type { StubModel } from '../../bench/stub-model.ts';
import { kgot, kgotOnTerminal, processesOf, ROOT } from '../support/command.ts';
import type { Command } from '../support/command.ts';
import { oneFact, toReply } from '../support/stack.ts';

const TOOL = join(ROOT, 'bench/post-note-tool.ts');
const ASK = ['Who leads Peru?', '--tools', TOOL, '--votes', '1'];

let folder: string;
let model: StubModel;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kgot-test-'));
  const post = { calls: [{ tool: 'post_note', input: { text: 'hello' } }] };
  model = await startStubModel((request) =>
    toReply(request.step === 'chooseTools' ? post : oneFact[request.step]?.(request)),
  );
  env = { KGOT_MODEL: 'stub', KGOT_MODEL_URL: model.url, KGOT_TEST_NOTES: join(folder, 'notes') };
});
afterEach(async () => {
  await model.close();
  rmSync(folder, { recursive: true, force: true });
});

const posted = (): boolean => existsSync(join(folder, 'notes'));

async function outcome(command: Command): Promise<string> {
  const code = await command.ended;
  return `${code} ${command.stdout}${command.stderr}`;
}

describe('a run on the command line that waits for approval', { timeout: 300_000 }, () => {
  it('says how to decide, takes hints and decisions from beside, and refuses what makes no sense', async () => {
    const solving = kgot([...ASK, '--budget', '90000tokens', '--json'], { folder, env });
    await solving.until(/"kgot approve kgot-\S+ 1\.0" lets it be made/);
    const id = /kgot approve (\S+)/.exec(solving.stderr)![1]!;
    const beside = (...args: string[]): Promise<string> => outcome(kgot(args, { folder, env }));

    expect(solving.stderr).toContain('Waits for approval: 1.0  post_note({"text":"hello"})');
    expect(await beside('hint', id, 'Her name is short.')).toContain('0 The run has its first hint');
    expect(await beside('hint', id, ' ')).toMatch(/^2 Error: The hint is empty/);
    expect(await beside('raise', id, '80000tokens')).toMatch(
      /^2 Error: The budget is 90000 tokens, and 80000 is not more/,
    );
    expect(await beside('raise', id, '95000tokens', '--json')).toMatch(
      /^0 \{"id":".*","budget":\{"tokens":95000\}\}\n/,
    );
    expect(await beside('approve', id, '7.7')).toMatch(
      /^2 Error: No tool call "7.7" waits.*there is 1.0 \(post_note\)/,
    );
    expect(await beside('approve', 'kgot-nobody')).toMatch(/^2 Error: There is no run kgot-nobody/);
    expect(posted()).toBe(false);
    expect(await beside('approve', id)).toContain('0 Approved: post_note({"text":"hello"})');
    expect(await solving.ended, solving.stderr).toBe(0);
    expect(JSON.parse(solving.stdout)).toMatchObject({ answer: 'Ada Vega' });
    expect(readFileSync(join(folder, 'notes'), 'utf8').trimEnd().split('\n')).toHaveLength(1);
    expect(await beside('reject', id)).toMatch(/^1 Error: The run .* has ended already/);
  });

  it('asks on a terminal, and does as it is told', async () => {
    const yes = kgotOnTerminal([...ASK, '--exit'], { folder, env });
    await yes.until('[l]ater: ');
    expect(yes.stdout).toContain('post_note({"text":"hello"})');
    expect(posted()).toBe(false);
    yes.child.stdin!.write('what?\ny\n');
    expect(await yes.ended, yes.stdout).toBe(0);
    expect(yes.stdout).toContain('Answer: Ada Vega');
    expect(posted()).toBe(true);
  });

  it('takes no for an answer on a terminal, with the reason', async () => {
    const no = kgotOnTerminal([...ASK, '--exit', '--rounds', '2'], { folder, env });
    await no.until('[l]ater: ');
    no.child.stdin!.write('n it is rude\n');
    expect(await no.ended, no.stdout).toBe(0);
    expect(model.requests.map(({ prompt }) => prompt).join()).toContain('must not be made: it is rude');
    expect(posted()).toBe(false);
  });

  it('leaves the question when it is decided elsewhere', async () => {
    const first = kgotOnTerminal([...ASK, '--exit', '--rounds', '1'], { folder, env });
    await first.until('[l]ater: ');
    const id = /Run (kgot-\S+)/.exec(first.stdout)![1]!;
    expect(await outcome(kgot(['reject', id, '--json'], { folder, env }))).toContain('"rejected":{"id":"1.0"');
    expect(await first.ended, first.stdout).toBe(0);
    expect(first.stdout).toContain('It was decided elsewhere.');
  });

  it('ends at Ctrl-C while it asks, and the run stays open', async () => {
    const asking = kgotOnTerminal(ASK, { folder, env });
    await asking.until('[l]ater: ');
    asking.child.stdin!.write('\x03');
    expect(await asking.ended, asking.stdout).toBe(130);
    expect(asking.stdout).toContain('The run stays open');
    expect(posted()).toBe(false);
    expect(processesOf(folder)).toEqual([]);
  });
});
