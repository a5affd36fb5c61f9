import { expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { oneFact, openStack, peru } from '../support/stack.ts';
import { writeFileSync } from 'node:fs';
it('explores', { timeout: 240_000 }, async () => {
  const stack = await openStack();
  stack.play(oneFact);
  const handle = await stack.start(peru);
  await handle.result();
  const browser = await launchChromium();
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  page.on('request', (r) => {
    if (!r.url().startsWith('http://127.0.0.1')) console.log('OUT', r.url());
  });
  const base = `${stack.runtime.uiUrl}/namespaces/default/workflows/${handle.id}`;
  await page.goto(base);
  await page.waitForTimeout(4000);
  console.log(page.url());
  await page.screenshot({ path: '/tmp/ui1.png' });
  writeFileSync('/tmp/ui1.txt', await page.innerText('body'));
  const links = await page
    .locator('a')
    .evaluateAll((as) => as.map((a) => (a as any).href + ' ' + (a as any).innerText));
  console.log(links.join('\n'));
  const runId = page.url().split('/').at(-2);
  for (const tab of ['user-metadata', 'call-stack', 'metadata', 'summary']) {
    await page.goto(page.url().replace(/\/[a-z-]+$/, '/' + tab));
    await page.waitForTimeout(3000);
    await page.screenshot({ path: `/tmp/ui-${tab}.png` });
    writeFileSync(`/tmp/ui-${tab}.txt`, page.url() + '\n' + (await page.innerText('body')));
  }
  void runId;
  await browser.close();
  await stack.close();
});
