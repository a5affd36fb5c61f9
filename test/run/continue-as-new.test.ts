import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLedgerEntries } from '../../src/cost/call-records.ts';
import { sumEntries } from '../../src/domain/ledger.ts';
import { answer, enhance, facts, oneFact, openStack, peru, search } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';
import { startForeignServer } from '../../bench/foreign-server.ts';

let server: Awaited<ReturnType<typeof startForeignServer>>;
let stack: Stack;

beforeAll(async () => {
  server = await startForeignServer(['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=100']);
  process.env['TEMPORAL_ADDRESS'] = server.address;
  stack = await openStack();
});
afterAll(async () => {
  await stack.close();
  delete process.env['TEMPORAL_ADDRESS'];
  await server.close();
});

it('continues as new on a server of somebody else, and loses nothing: graph, ledger, calls made', async () => {
  stack.play({
    ...oneFact,
    decideNextStep: () => enhance('Who leads Peru?'),
    // Every round repeats the first round's search beside its own.
    chooseTools: ({ earlier }) => search('Peru', `Peru ${earlier}`),
    extractChanges: ({ earlier }) => facts(['Ada Vega', `LEADS_${earlier}`, 'Peru']),
    writeQuery: () => ({ query: 'MATCH (p)-[]->(c) RETURN DISTINCT p.name' }),
    parseAnswer: () => answer('Ada Vega'),
  });
  const handle = await stack.start({ ...peru, options: { rounds: 12 } });
  const { runId } = await handle.workflow.describe();
  const result = await handle.result();
  expect(result).toMatchObject({ answer: 'Ada Vega', endReason: 'forced', rounds: 12 });
  expect((await handle.workflow.describe()).runId).not.toBe(runId);
  expect(result.graph.revision).toBe(12);
  expect(result.ledger).toMatchObject({ calls: stack.model.requests.length, toolCalls: 13, unknown: 0 });
  expect(sumEntries(await readLedgerEntries(stack.artifacts, result.graph.run))).toEqual(result.ledger);
  expect(await stack.artifacts.list(`runs/${result.graph.run}/graph`)).toHaveLength(12);
});
