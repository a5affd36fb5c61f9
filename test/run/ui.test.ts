import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { currentDetails, launchChromium } from '../support/chromium.ts';
import { oneFact, openStack, peru } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';

/** A page of a busy machine takes its time. */
const PATIENCE = 60_000;

let stack: Stack;
let browser: Browser;
beforeAll(async () => {
  stack = await openStack();
  browser = await launchChromium();
}, 900_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

it('tells the story of a run in Temporal’s UI', { timeout: 300_000 }, async () => {
  stack.play(oneFact);
  const handle = await stack.start(peru);
  await handle.result();

  const page = await browser.newPage({ viewport: { width: 1400, height: 2000 } });
  page.setDefaultTimeout(PATIENCE);
  await page.goto(`${stack.runtime.uiUrl}/namespaces/default/workflows/${handle.id}`);

  // The timeline has a line an activity: its type, and its summary.
  for (const line of [
    'run.prepare • validates the input and names queues, models and limits',
    'model.decideNextStep • round 1, vote 1',
    'model.chooseTools • round 1: tools for Who leads Peru?',
    'tool.search_documents • search_documents({"page":1,"query":"Peru"})',
    'model.extractChanges • round 1: facts of search_documents({"page":1,"query":"Peru"})',
    'graph.apply • batch of revision 1',
    'model.decideNextStep • round 2, vote 3',
    'graph.query • MATCH (p)-[:LEADS]->(c) RETURN p.name',
    'model.parseAnswer • round 2: answer from rows',
    'graph.evidence • facts that the answer rests on',
  ]) {
    await page.getByText(line, { exact: true }).first().waitFor();
  }

  await page.getByRole('tab', { name: 'User Metadata' }).click();
  await currentDetails(page).getByText('Answer: Ada Vega').waitFor();
  const details = await currentDetails(page).locator('body').innerText();
  expect(details).toContain('Round 2 of 7 · solved · 2 nodes, 1 edge');
  expect(details).toContain('Ada Vega —LEADS→ Peru');

  await page.getByRole('tab', { name: 'Search Attributes' }).click();
  await page.getByText('KgotStatus').waitFor();
  const shown = await page.getByRole('main').innerText();
  for (const attribute of [
    'KgotStatus',
    'solved',
    'KgotModel',
    'openai-compatible:stub',
    'KgotRounds',
    'KgotDollars',
  ]) {
    expect(shown).toContain(attribute);
  }
});
