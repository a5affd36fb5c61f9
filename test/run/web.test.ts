import { expect, it, onTestFinished, vi } from 'vitest';
import { enhance, facts, oneFact, openStack } from '../support/stack.ts';
import { webServer } from '../support/web-server.ts';

it('a run searches the web, reads a page of it, and a later run needs neither', async () => {
  const site = await webServer(() => ({
    headers: { 'content-type': 'text/html' },
    body: '<title>Peru</title><p>Ada Vega leads Peru. <a href="/lima">Its capital</a> is Lima.',
  }));
  const searched = await webServer(() => ({
    body: {
      results: [{ title: 'Peru', url: `${site.url}/peru`, content: 'A country, and who leads it.' }],
      unresponsive_engines: [],
    },
  }));
  vi.stubEnv('SEARXNG_URL', searched.url);
  vi.stubEnv('KGOT_WEB', 'on');
  vi.stubEnv('KGOT_FETCH_ALLOW', site.host);
  onTestFinished(() => void vi.unstubAllEnvs());
  const stack = await openStack();
  onTestFinished(() => stack.close());

  const script = {
    ...oneFact,
    decideNextStep: oneFact['decideNextStep'] ?? (() => enhance()),
    chooseTools: ({ earlier, prompt }: { earlier: number; prompt: string }) => {
      expect(prompt).toMatch(/- web_search: [^]*- fetch_page: |- fetch_page: [^]*- web_search: /);
      const search = { tool: 'web_search', input: { page: 1, query: 'who leads Peru' } };
      // As a model does it: with the address that the search gave.
      const read = { tool: 'fetch_page', input: { page: 1, url: `${site.url}/peru` } };
      return { calls: [earlier === 0 ? search : read] };
    },
    extractChanges: ({ prompt }: { prompt: string }) =>
      prompt.includes('Ada Vega leads Peru.') ? facts(['Ada Vega', 'LEADS', 'Peru']) : facts(),
  };
  const input = { question: 'Who leads Peru?', options: { votes: 1 } };

  stack.play(script);
  const result = await (await stack.start(input)).result();
  expect(result).toMatchObject({ answer: 'Ada Vega', endReason: 'solved', rounds: 3 });
  expect(result.evidence).toEqual([
    { fact: 'Ada Vega —LEADS→ Peru', source: `round 2: fetch_page({"page":1,"url":"${site.url}/peru"})` },
  ]);
  expect(result.ledger).toMatchObject({ toolCalls: 2, unknown: 0, unpriced: 0 });
  const shown = stack.model.requests.filter(({ step }) => step === 'extractChanges').map(({ prompt }) => prompt);
  expect(shown[0]).toMatch(/fetched: \d{4}-\d\d-\d\dT[^]*url: http:\/\/127[^]*snippet: A country/);
  expect(shown[1]).toContain(`#1 ${site.url}/lima`);
  expect([searched.requests.length, site.requests.length]).toEqual([1, 1]);

  stack.play(script);
  expect(await (await stack.start(input)).result()).toMatchObject({ answer: 'Ada Vega', rounds: 3 });
  expect([searched.requests.length, site.requests.length]).toEqual([1, 1]);
});
