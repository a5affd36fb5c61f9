import { randomBytes } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { currentDetails, launchChromium } from '../support/chromium.ts';
import { oneFact, openStack, peru } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';

/** A page of a busy machine takes its time. */
const PATIENCE = 60_000;

let stack: Stack;
let browser: Browser;
beforeAll(async () => {
  vi.stubEnv('KGOT_ENCRYPTION_KEYS', `k1:${randomBytes(32).toString('base64')}`);
  stack = await openStack();
  browser = await launchChromium();
}, 900_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
  vi.unstubAllEnvs();
});

it('shows an encrypted run in Temporal’s UI as if it were not', { timeout: 300_000 }, async () => {
  stack.play(oneFact);
  const handle = await stack.start(peru);
  await handle.result();

  const page = await browser.newPage({ viewport: { width: 1400, height: 2000 } });
  page.setDefaultTimeout(PATIENCE);
  await page.goto(`${stack.runtime.uiUrl}/namespaces/default/workflows/${handle.id}`);
  // Summaries, input and result are payloads.
  for (const line of [
    'model.decideNextStep • round 1, vote 1',
    'model.chooseTools • round 1: tools for Who leads Peru?',
  ]) {
    await page.getByText(line, { exact: true }).first().waitFor();
  }
  const main = page.getByRole('main');
  await main.getByText('Ada Vega').first().waitFor();
  expect(await main.innerText()).not.toContain('binary/encrypted');

  await page.getByRole('tab', { name: 'User Metadata' }).click();
  await currentDetails(page).getByText('Answer: Ada Vega').waitFor();
});
