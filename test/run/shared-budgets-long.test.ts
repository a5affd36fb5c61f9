import { afterAll, beforeAll, expect, it } from 'vitest';
import { startForeignServer } from '../../bench/foreign-server.ts';
import { setSharedBudget, sharedBudget } from '../../src/client/shared-budgets.ts';
import { readLedgerEntries } from '../../src/cost/call-records.ts';
import { sumEntries } from '../../src/domain/ledger.ts';
import { ownerId } from '../../src/domain/scopes.ts';
import { spentOf } from '../../src/domain/shares.ts';
import { enhance, facts, openStack, peru, search } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';

let server: Awaited<ReturnType<typeof startForeignServer>>;
let stack: Stack;
beforeAll(async () => {
  server = await startForeignServer(['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60']);
  process.env['TEMPORAL_ADDRESS'] = server.address;
  stack = await openStack();
});
afterAll(async () => {
  await stack.close();
  delete process.env['TEMPORAL_ADDRESS'];
  await server.close();
});

it('lasts over continue-as-new of the runs and of the owner', { timeout: 240_000 }, async () => {
  const usage = { prompt_tokens: 1_000, completion_tokens: 60 };
  stack.play({
    decideNextStep: () => ({ value: enhance('Who leads Peru?'), usage }),
    chooseTools: ({ earlier }) => ({ value: search(`Peru ${earlier}`), usage }),
    extractChanges: ({ earlier }) => ({ value: facts(['Ada Vega', `LEADS_${earlier}`, 'Peru']), usage }),
    writeQuery: () => ({ query: 'MATCH (p)-[]->(c) RETURN DISTINCT p.name' }),
  });
  const { client } = stack.runtime;
  const limit = 500_000;
  await setSharedBudget(client, 'batch:long', { tokens: limit });
  const options = { rounds: 16, votes: 3, budgetScopes: ['batch:long'] };
  const runs = await Promise.all(Array.from({ length: 6 }, () => stack.start({ ...peru, options })));
  const results = await Promise.all(runs.map((run) => run.result()));
  const ledgers = await Promise.all(
    results.map(async ({ graph }) => sumEntries(await readLedgerEntries(stack.artifacts, graph.run))),
  );
  const spent = ledgers.reduce((sum, ledger) => sum + spentOf(ledger).tokens, 0);
  expect(spent).toBeLessThanOrEqual(limit);
  expect(await sharedBudget(client, 'batch:long')).toMatchObject({
    ...{ spent: { tokens: spent }, granted: { tokens: 0 }, free: { tokens: limit - spent }, runs: 0 },
  });
  const executionsOf = async (id: string): Promise<number> => {
    let executions = 0;
    for await (const _ of client.workflow.list({ query: `WorkflowId = '${id}'` })) executions += 1;
    return executions;
  };
  expect(await executionsOf(runs[0]!.id)).toBeGreaterThan(1);
  expect(await executionsOf(ownerId('batch:long'))).toBeGreaterThan(1);
});
