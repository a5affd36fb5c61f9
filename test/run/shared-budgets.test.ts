import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunHandle } from '../../src/client/client.ts';
import { listRuns } from '../../src/client/list-runs.ts';
import {
  listSharedBudgets,
  raiseSharedBudget,
  setSharedBudget,
  sharedBudget,
  updateOwner,
} from '../../src/client/shared-budgets.ts';
import { readLedgerEntries } from '../../src/cost/call-records.ts';
import { readScopes } from '../../src/cost/run-scopes.ts';
import { sumEntries } from '../../src/domain/ledger.ts';
import type { RunModels, RunOptions } from '../../src/domain/run.ts';
import { ownerId } from '../../src/domain/scopes.ts';
import { NOTHING, spentOf } from '../../src/domain/shares.ts';
import type { SharedBudget } from '../../src/domain/shares.ts';
import { answer, enhance, facts, failureOf, oneFact, openStack, peru, search } from '../support/stack.ts';
import type { Script, Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
  await stack.runtime.startWorker('experts', [fileURLToPath(new URL('../support/priced-tool.ts', import.meta.url))]);
});
afterAll(() => stack.close());

const client = (): Stack['runtime']['client'] => stack.runtime.client;
const start = (options: RunOptions): Promise<RunHandle> => stack.start({ ...peru, options });
const set = (scope: string, tokens: number): Promise<SharedBudget> => setSharedBudget(client(), scope, { tokens });

/** What a run has spent, by the records of its calls. */
async function spentBy(run: RunHandle): Promise<number> {
  const { run: folder } = await run.graph();
  return spentOf(sumEntries(await readLedgerEntries(stack.artifacts, folder))).tokens;
}

async function spentByAll(runs: readonly RunHandle[]): Promise<number> {
  let sum = 0;
  for (const run of runs) sum += await spentBy(run);
  return sum;
}

/** Answers that take nearly what is reserved for them. */
const dear = (script: Script): Script =>
  Object.fromEntries(
    Object.entries(script).map(([step, answers]) => [
      step,
      (request) => ({ value: answers!(request), usage: { prompt_tokens: 1_100, completion_tokens: 60 } }),
    ]),
  );

/** Never solves: it goes on until rounds or budget are used up. */
const searching: Script = dear({
  decideNextStep: () => enhance('Who leads Peru?'),
  chooseTools: ({ earlier }) => search(`Peru ${earlier}`),
  extractChanges: ({ earlier }) => facts(['Ada Vega', `LEADS_${earlier}`, 'Peru']),
  answerDirectly: () => answer('Ada Vega'),
});

const untilWaiting = (run: RunHandle): Promise<void> =>
  vi.waitFor(async () => expect((await run.progress()).status).toBe('waiting'), { timeout: 40_000, interval: 100 });

describe('runs that share a budget', () => {
  it('never overshoot it, 64 of them side by side', { timeout: 300_000 }, async () => {
    stack.play(searching);
    const limit = 400_000;
    await set('batch:many', limit);
    const options = { rounds: 4, votes: 3, budgetScopes: ['batch:many'] };
    const runs = await Promise.all(Array.from({ length: 64 }, () => start(options)));
    const ended = new AbortController();
    const looks: SharedBudget[] = [];
    const looking = (async () => {
      while (!ended.signal.aborted) {
        looks.push(await sharedBudget(client(), 'batch:many'));
        await delay(500);
      }
    })();
    const results = await Promise.all(runs.map((run) => run.result()));
    ended.abort();
    await looking;
    for (const { free, granted, spent } of looks) {
      expect(free.tokens).toBeGreaterThanOrEqual(0);
      expect(granted.tokens).toBeGreaterThanOrEqual(0);
      expect(spent.tokens).toBeLessThanOrEqual(limit);
    }
    const spent = await spentByAll(runs);
    expect(spent).toBeLessThanOrEqual(limit);
    // It was short for them, and still made use of.
    expect(spent).toBeGreaterThan(limit / 2);
    expect(results.filter(({ endReason }) => endReason === 'out-of-budget').length).toBeGreaterThan(10);
    const { free, ...end } = await sharedBudget(client(), 'batch:many');
    expect(end).toMatchObject({ granted: { tokens: 0 }, spent: { tokens: spent }, runs: 0, waiting: 0 });
    expect(free.tokens).toBe(limit - spent);
  });

  it('never overshoot it where calls are sent all at once, made twice and left behind', async () => {
    stack.play({
      ...searching,
      decideNextStep: (request) => (request.earlier % 7 === 3 ? 'hang' : searching['decideNextStep']!(request)),
    });
    const limit = 150_000;
    await set('batch:fast', limit);
    const options: RunOptions = { rounds: 3, strategy: 'latency', budgetScopes: ['batch:fast'] };
    const runs = await Promise.all(Array.from({ length: 6 }, () => start(options)));
    await Promise.all(runs.map((run) => run.result()));
    const spent = await spentByAll(runs);
    expect(spent).toBeLessThanOrEqual(limit);
    expect(await sharedBudget(client(), 'batch:fast')).toMatchObject({
      ...{ granted: { tokens: 0 }, spent: { tokens: spent }, runs: 0 },
    });
  }, 180_000);

  it('answer with what their graph holds when nothing more is granted, and say why', async () => {
    stack.play(searching);
    await set('user:short', 14_000);
    const run = await start({ budgetScopes: ['user:short'] });
    expect(await run.result()).toMatchObject({ answer: 'Ada Vega', endReason: 'out-of-budget' });
    expect(stack.model.requests.at(-1)!.step).toBe('answerDirectly');
    expect((await run.progress()).notes.join('\n')).toMatch(/It ends early: the budget user:short has too little room/);
    expect((await sharedBudget(client(), 'user:short')).spent.tokens).toBe(await spentBy(run));
    expect(await readScopes(stack.artifacts, (await run.graph()).run)).toEqual(['user:short']);

    await set('user:used-up', 500);
    const late = await start({ budgetScopes: ['user:used-up'] });
    const { ledger, answer: text, endReason } = await late.result();
    expect({ calls: ledger.calls, text, endReason }).toEqual({ calls: 0, text: 'unknown', endReason: 'out-of-budget' });
  });

  it('keep to each of their scopes, and to a budget of their own', async () => {
    stack.play(searching);
    await set('user:rich', 1_000_000);
    await set('day:2026-11-28', 16_000);
    const run = await start({ budgetScopes: ['user:rich', 'day:2026-11-28'] });
    expect((await run.result()).endReason).toBe('out-of-budget');
    const spent = await spentBy(run);
    expect(spent).toBeLessThanOrEqual(16_000);
    for (const scope of ['user:rich', 'day:2026-11-28']) {
      expect(await sharedBudget(client(), scope)).toMatchObject({ spent: { tokens: spent }, granted: { tokens: 0 } });
    }
    const own = await start({ budgetScopes: ['user:rich'], budget: { tokens: 12_000 } });
    expect((await own.result()).endReason).toBe('out-of-budget');
    expect(await spentBy(own)).toBeLessThanOrEqual(12_000);
  });

  it('keep to dollars as well, as prices of tools count them', async () => {
    stack.play({
      ...searching,
      chooseTools: ({ earlier }) => ({ calls: [{ tool: 'ask_expert', input: { question: `${earlier}` } }] }),
    });
    await setSharedBudget(client(), 'user:dollars', { dollars: 0.25 });
    const options = { rounds: 6, votes: 1, toolQueues: ['kgot-tools', 'experts'], budgetScopes: ['user:dollars'] };
    const run = await start(options);
    const { ledger } = await run.result();
    expect(ledger.dollars).toBeCloseTo(0.2);
    expect((await run.progress()).notes.join('\n')).toMatch(/ask_expert.* its price of \$0\.1 does not fit/);
    const { spent, free } = await sharedBudget(client(), 'user:dollars');
    expect(spent.dollars).toBeCloseTo(0.2);
    expect(free.dollars).toBeCloseTo(0.05);
  });

  it('count a call whose worker died with all that it may have cost', async () => {
    stack.play({
      ...searching,
      chooseTools: ({ earlier }) => ({ calls: [{ tool: 'ask_expert', input: { question: `die ${earlier}` } }] }),
    });
    await setSharedBudget(client(), 'user:dies', { dollars: 0.15 });
    const options = { rounds: 2, votes: 1, toolQueues: ['kgot-tools', 'experts'], budgetScopes: ['user:dies'] };
    const { ledger } = await (await start(options)).result();
    expect(ledger).toMatchObject({ unknown: 1, unknownDollars: 0.1, dollars: 0 });
    expect((await sharedBudget(client(), 'user:dies')).spent.dollars).toBe(0.1);
  });

  it('answer with what they have where the owner of their budget was terminated', async () => {
    const terminate = (): Promise<unknown> => client().workflow.getHandle(ownerId('user:lost')).terminate();
    stack.play({
      ...searching,
      decideNextStep: (request) => {
        if (request.earlier === 0) void terminate();
        return searching['decideNextStep']!(request);
      },
    });
    await set('user:lost', 12_000);
    const run = await start({ votes: 1, rounds: 12, budgetScopes: ['user:lost'] });
    expect((await run.result()).endReason).toBe('out-of-budget');
    expect((await run.progress()).notes.join('\n')).toMatch(/The budget user:lost was never set/);
    expect(await spentBy(run)).toBeLessThanOrEqual(12_000);
  });

  it('are refused before anything is paid where a scope was never set, or a price is unknown', async () => {
    stack.play(oneFact);
    expect(await failureOf(await start({ budgetScopes: ['user:nobody'] }))).toBe(
      'The budget user:nobody was never set: set it with "kgot budget set user:nobody AMOUNT", or leave the scope out.',
    );
    await setSharedBudget(client(), 'user:priced', { dollars: 1 });
    const unknown = { provider: 'openai-compatible', name: 'nobody-knows-it', url: 'https://models.example/v1' };
    const models: RunModels = { planner: unknown, executor: unknown };
    expect(await failureOf(await start({ models, budgetScopes: ['user:priced'] }))).toMatch(/needs known prices/);
    expect(stack.model.requests).toEqual([]);
  });

  it('give back what they hold when they are cancelled', async () => {
    stack.play({ decideNextStep: () => 'hang' });
    await set('user:cancels', 200_000);
    const run = await start({ budgetScopes: ['user:cancels'] });
    await vi.waitFor(() => expect(stack.model.requests.length).toBe(3), 20_000);
    expect((await sharedBudget(client(), 'user:cancels')).granted.tokens).toBeGreaterThan(10_000);
    await run.cancel();
    await failureOf(run);
    expect(await sharedBudget(client(), 'user:cancels')).toMatchObject({
      ...{ granted: { tokens: 0 }, runs: 0 },
      spent: { tokens: await spentBy(run) },
    });
  });

  it('do not lose what a run held that was terminated', async () => {
    stack.play({ ...searching, decideNextStep: ({ earlier }) => (earlier < 3 ? 'hang' : enhance('?')) });
    await set('user:ends', 60_000);
    const gone = await start({ budgetScopes: ['user:ends'] });
    await vi.waitFor(() => expect(stack.model.requests.length).toBe(3), 20_000);
    await gone.workflow.terminate();
    const before = await sharedBudget(client(), 'user:ends');
    expect(before.runs).toBe(1);
    // Calls of it may be on their way for ten seconds.
    await delay(11_000);
    const next = await start({ rounds: 12, budgetScopes: ['user:ends'] });
    await next.result();
    const { spent, granted, runs } = await sharedBudget(client(), 'user:ends');
    expect({ granted, runs }).toEqual({ granted: { tokens: 0 }, runs: 0 });
    expect(spent.tokens).toBe((await spentBy(gone)) + (await spentBy(next)));
    expect(spent.tokens).toBeGreaterThan(before.limit.tokens! - before.granted.tokens!);
  });
});

describe('a run that waits when it is out of budget', () => {
  it('goes on once its own budget is raised', async () => {
    stack.play(searching);
    const run = await start({ rounds: 3, whenOutOfBudget: 'wait', budget: { tokens: 9_000 } });
    await untilWaiting(run);
    expect((await run.progress()).waitsForBudget).toMatch(/the budget of the run has too little room/);
    const { typedSearchAttributes } = await run.workflow.describe();
    expect(typedSearchAttributes.getAll().find(({ key }) => key.name === 'KgotStatus')?.value).toBe('waiting');
    await vi.waitFor(
      async () => expect((await listRuns(client(), { status: 'waiting' })).runs.map(({ id }) => id)).toContain(run.id),
      { timeout: 20_000, interval: 500 },
    );
    const before = stack.model.requests.length;
    // A raise that is too small for the next call is none yet.
    await run.raiseBudget({ tokens: 9_001 });
    await untilWaiting(run);
    expect(stack.model.requests.length).toBe(before);
    await run.raiseBudget({ tokens: 500_000 });
    expect((await run.result()).endReason).toBe('forced');
    expect((await run.progress()).waitsForBudget).toBeUndefined();
  });

  it('goes on once a shared budget is raised, from the first call on', async () => {
    stack.play(searching);
    await set('user:waits', 500);
    const options: RunOptions = { rounds: 2, votes: 1, whenOutOfBudget: 'wait', budgetScopes: ['user:waits'] };
    const runs = await Promise.all([start(options), start(options)]);
    await Promise.all(runs.map(untilWaiting));
    expect(stack.model.requests).toEqual([]);
    expect((await sharedBudget(client(), 'user:waits')).waiting).toBe(2);
    await raiseSharedBudget(client(), 'user:waits', { tokens: 14_000 });
    await vi.waitFor(() => expect(stack.model.requests.length).toBeGreaterThan(1), 20_000);
    await raiseSharedBudget(client(), 'user:waits', { tokens: 400_000 });
    for (const run of runs) expect((await run.result()).endReason).toBe('forced');
    expect((await sharedBudget(client(), 'user:waits')).spent.tokens).toBe(await spentByAll(runs));
  });

  it('goes on once another run gives back what it held', async () => {
    stack.play({ ...searching, decideNextStep: ({ earlier }) => (earlier === 0 ? 'hang' : enhance('?')) });
    await set('user:turns', 9_000);
    const first = await start({ votes: 1, budgetScopes: ['user:turns'] });
    await vi.waitFor(() => expect(stack.model.requests.length).toBe(1), 20_000);
    const options: RunOptions = { rounds: 2, votes: 1, whenOutOfBudget: 'wait', budgetScopes: ['user:turns'] };
    const second = await start(options);
    await untilWaiting(second);
    await first.cancel();
    await vi.waitFor(async () => expect((await second.progress()).status).not.toBe('waiting'), 20_000);
    await second.cancel();
    await failureOf(second);
    expect((await sharedBudget(client(), 'user:turns')).granted.tokens).toBe(0);
  });

  it('can be cancelled while it waits', async () => {
    stack.play(searching);
    await set('user:stops', 500);
    const run = await start({ whenOutOfBudget: 'wait', budgetScopes: ['user:stops'] });
    await untilWaiting(run);
    await run.cancel();
    await failureOf(run);
    expect((await run.workflow.describe()).status.name).toBe('CANCELLED');
    expect(await sharedBudget(client(), 'user:stops')).toMatchObject({ runs: 0, waiting: 0 });
  });
});

describe('the owner of a budget', () => {
  it('keeps what it knows when it continues as new', async () => {
    await set('batch:long', 1_000_000);
    const handle = client().workflow.getHandle(ownerId('batch:long'));
    const { runId } = await handle.describe();
    const tell = (number: number): Promise<unknown> =>
      updateOwner(client(), 'batch:long', 'settle', {
        ...{ id: `run-${number}~`, request: 1 },
        spent: { ...NOTHING, tokens: 3 },
      });
    for (let number = 0; number < 520; number += 4) {
      await Promise.all([0, 1, 2, 3].map((more) => tell(number + more)));
    }
    await vi.waitFor(async () => expect((await handle.describe()).runId).not.toBe(runId), 20_000);
    expect(await sharedBudget(client(), 'batch:long')).toMatchObject({ spent: { tokens: 1_560 }, runs: 0 });
  }, 120_000);

  it('is set, raised and lowered, and refuses what is no budget', async () => {
    await set('user:set', 1_000);
    await set('user:set', 500);
    await raiseSharedBudget(client(), 'user:set', { tokens: 900 });
    expect(await sharedBudget(client(), 'user:set')).toEqual({
      ...{ scope: 'user:set', limit: { tokens: 900 }, free: { tokens: 900 }, granted: { tokens: 0 } },
      ...{ spent: NOTHING, runs: 0, waiting: 0 },
    });
    await expect(raiseSharedBudget(client(), 'user:set', { tokens: 900 })).rejects.toThrow(/900 is not more/);
    await expect(setSharedBudget(client(), 'user:set', { dollars: 1 })).rejects.toThrow(/is in tokens, and stays so/);
    await expect(setSharedBudget(client(), 'ada', { dollars: 1 })).rejects.toThrow(/is no scope of a budget/);
    await expect(raiseSharedBudget(client(), 'user:unset', { tokens: 1 })).rejects.toThrow(/was never set/);
    await vi.waitFor(
      async () => expect((await listSharedBudgets(client())).map(({ scope }) => scope)).toContain('user:set'),
      { timeout: 20_000, interval: 500 },
    );
  });
});
