import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStubModel } from '../../bench/stub-model.ts';
import type { StubModel } from '../../bench/stub-model.ts';
import { kgot } from '../support/command.ts';
import type { Command } from '../support/command.ts';
import { oneFact, toReply } from '../support/stack.ts';

let folder: string;
let model: StubModel;
let up: Command;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kgot-test-'));
  model = await startStubModel((request) => toReply(oneFact[request.step]?.(request)));
  up = kgot(['up'], { folder, env: env() });
  await up.until(/Ctrl-C/);
});
afterAll(async () => {
  up.child.kill('SIGINT');
  await up.ended;
  await model.close();
  rmSync(folder, { recursive: true, force: true });
});

const env = (): NodeJS.ProcessEnv => ({ KGOT_MODEL: 'stub', KGOT_MODEL_URL: model.url });
const start = (...args: string[]): Command => kgot(args, { folder, env: env() });
async function run(...args: string[]): Promise<string> {
  const command = start(...args);
  return `${await command.ended} ${command.stdout}${command.stderr}`;
}
const ask = ['Who leads Peru?', '--votes', '1', '--json'];

describe('kgot budget', { timeout: 240_000 }, () => {
  it('sets, raises and lists budgets, and refuses what is none', async () => {
    expect(await run('budget')).toMatch(/^0 No budget is shared yet: "kgot budget set user:NAME AMOUNT"/);
    expect(await run('budget', 'set', 'user:ada', '$0.5')).toMatch(
      /^0 SCOPE +LIMIT +SPENT +GRANTED +FREE +RUNS +WAITING\nuser:ada +\$0\.5000 +\$0\.0000 +\$0\.0000 +\$0\.5000 +0 +0\n/,
    );
    expect(await run('budget', 'raise', 'user:ada', '0.4')).toMatch(
      /^2 Error: The budget user:ada is 0\.5 dollars, and 0\.4 is not more: give a higher number\./,
    );
    expect(await run('budget', 'set', 'user:ada', '900tokens')).toMatch(/^2 Error: .* is in dollars, and stays so/);
    expect(JSON.parse((await run('budget', 'raise', 'user:ada', '2', '--json')).slice(2))).toMatchObject({
      ...{ scope: 'user:ada', limit: { dollars: 2 }, free: { dollars: 2 } },
    });
    expect(await run('budget', 'set', 'ada', '5')).toMatch(/^2 Error: "ada" is no scope of a budget: give batch:NAME/);
    expect(await run('budget', 'set', 'user:ada', 'much')).toMatch(/^2 .*Give dollars as 0\.05/);
    expect(await run('budget', 'raise', 'user:nobody', '1')).toMatch(/^2 Error: The budget user:nobody was never set/);
  });

  it('holds for runs with --budget-scope, whose costs are told by user', async () => {
    expect(await run(...ask, '--budget-scope', 'user:bob')).toMatch(
      /^2 Error: The budget user:bob was never set: set it with "kgot budget set user:bob AMOUNT"/,
    );
    expect(await run(...ask, '--budget-scope', 'bob')).toMatch(/^2 Error: .*"bob" is no scope of a budget/);
    expect(await run(...ask, '--when-out-of-budget', 'stop')).toMatch(/^2 error: .*Give answer or wait/);
    expect(model.requests).toEqual([]);
    await run('budget', 'set', 'user:bob', '200000tokens');
    expect(await run(...ask, '--budget-scope', 'user:bob', '--budget-scope', 'user:ada')).toMatch(/^0 /);
    expect(await run(...ask, '--rounds', '3')).toMatch(/^0 /);
    const { budgets } = JSON.parse((await run('budget', '--json')).slice(2)) as {
      budgets: { scope: string; spent: { tokens: number }; runs: number }[];
    };
    expect(budgets.map(({ scope, runs }) => [scope, runs])).toEqual([
      ['user:ada', 0],
      ['user:bob', 0],
    ]);
    const cost = JSON.parse((await run('cost', '--since', '1h', '--by', 'user', '--json')).slice(2)) as {
      rows: { name: string; inputTokens: number; outputTokens: number }[];
    };
    expect(cost.rows.map(({ name }) => name).sort()).toEqual(['(no user)', 'bob']);
    const bob = cost.rows.find(({ name }) => name === 'bob')!;
    expect(budgets[1]!.spent.tokens).toBe(bob.inputTokens + bob.outputTokens);
    expect(await run('cost', '--since', '1h', '--by', 'user')).toMatch(/^0 USER +CALLS/);
  });

  it('raises a run that waits: it says what it waits for, and goes on', async () => {
    await run('budget', 'set', 'batch:small', '500tokens');
    const solving = start(...ask, '--budget-scope', 'batch:small', '--when-out-of-budget', 'wait');
    await solving.until(/waits: the budget batch:small has too little room .*"kgot budget raise batch:small AMOUNT"/);
    const id = /kgot-\S+/.exec(solving.stderr)![0];
    expect(await run('show', id)).toMatch(/So far; it waits for room in its budget, or for a person/);
    expect(await run('budget')).toMatch(/\nbatch:small +500 tokens +0 tokens +0 tokens +500 tokens +1 +1\n/);
    await run('budget', 'raise', 'batch:small', '300000tokens');
    expect(await solving.ended, solving.stderr).toBe(0);
    expect(JSON.parse(solving.stdout)).toMatchObject({ answer: 'Ada Vega', endReason: 'solved' });
  });
});
