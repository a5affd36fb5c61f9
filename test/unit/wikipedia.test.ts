/**
 * `wikipedia` against a server that answers as MediaWiki's API documents it (https://www.mediawiki.org/wiki/API:Main_page,
 * format version 2): the answers here are made after it, and none is a recording.
 */
import type { ApplicationFailure } from '@temporalio/activity';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { webSettings } from '../../src/config/web.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { wikipediaTool } from '../../src/tools/web/wikipedia.ts';
import { temporaryStore } from '../support/folders.ts';
import { callTool, quietEnvironment } from '../support/tool-call.ts';
import { webServer } from '../support/web-server.ts';
import type { WebReply, WebRequest, WebServer, WebWriter } from '../support/web-server.ts';

let artifacts: ArtifactStore;
let clock: number;
beforeEach(() => {
  artifacts = temporaryStore();
  clock = Date.parse('2026-11-24T10:00:00Z');
});

const ARTICLE = `<div class="mw-content-ltr mw-parser-output" lang="en" dir="ltr">
<div class="shortdescription nomobile noexcerpt noprint">Country in South America</div>
<div role="note" class="hatnote">For other uses, see <a href="/wiki/Peru_(disambiguation)">Peru (disambiguation)</a>.</div>
<table class="infobox"><tbody><tr><th colspan="2">Republic of Peru</th></tr>
<tr><th scope="row">Capital</th><td><a href="/wiki/Lima">Lima</a></td></tr></tbody></table>
<style data-mw-deduplicate="x">.mw-parser-output p{}</style>
<p><b>Peru</b> is a country.<sup id="cite_ref-1" class="reference"><a href="#cite_note-1">[1]</a></sup></p>
<div id="toc" class="toc">Contents</div>
<div class="mw-heading mw-heading2"><h2 id="History">History</h2><span class="mw-editsection">[edit]</span></div><p>Old.</p>
<div class="mw-heading mw-heading3"><h3 id="Inca">Inca Empire</h3></div><p>Of the Inca.</p>
<div class="mw-heading mw-heading2"><h2 id="Geography">Geography</h2></div><p>High.</p>
<div class="navbox">Countries of South America</div><div class="mw-references-wrap"><ol class="references"><li>A book</li></ol></div>
</div>`;

interface WikiRevision {
  id: number;
  at: string;
  html: string;
}

interface Wiki {
  [title: string]: { disambiguation?: boolean; redirect?: string; revisions?: WikiRevision[] };
}

const WIKI: Wiki = {
  Peru: {
    revisions: [
      { id: 30, at: '2026-10-01T12:00:00Z', html: ARTICLE },
      { id: 20, at: '2015-03-01T00:00:00Z', html: '<p>As it was in 2015.</p>' },
      { id: 10, at: '2001-05-06T00:00:00Z', html: '<p>A stub.</p>' },
    ],
  },
  'Republic of Peru': { redirect: 'Peru' },
  Mercury: {
    disambiguation: true,
    revisions: [
      {
        id: 40,
        at: '2026-01-01T00:00:00Z',
        html: '<p><b>Mercury</b> may refer to:</p><ul><li><a href="/wiki/Mercury_(planet)">Mercury (planet)</a>, a planet</li></ul>',
      },
    ],
  },
};

/** Answers as the API does for the little that is asked of it. */
function answer(wiki: Wiki, { query }: WebRequest): WebReply {
  const { action, list, titles, oldid, srsearch = '', sroffset, rvstart } = query;
  if (action === 'parse') {
    const [title, revision] = Object.entries(wiki).flatMap(([name, { revisions = [] }]) =>
      revisions.filter(({ id }) => String(id) === oldid).map((found) => [name, found] as const),
    )[0]!;
    return { body: { parse: { title, pageid: 7, text: revision.html } } };
  }
  if (list === 'search') {
    const search = Object.keys(wiki)
      .filter((title) => title.includes(srsearch.split(' ')[0]!))
      .map((title) => ({
        ...{ ns: 0, title, pageid: 7, timestamp: '2026-10-01T12:00:00Z' },
        snippet: `<span class="searchmatch">${title}</span> &amp; more`,
      }))
      .slice(Number(sroffset));
    return { body: { batchcomplete: true, query: { searchinfo: { totalhits: search.length }, search } } };
  }
  const { redirect } = wiki[titles!] ?? {};
  const title = redirect ?? titles!;
  const page = wiki[title];
  const redirects = redirect === undefined ? {} : { redirects: [{ from: titles, to: redirect }] };
  if (page === undefined) {
    return { body: { batchcomplete: true, query: { pages: [{ ns: 0, title, missing: true }] } } };
  }
  const revision = page.revisions?.find(({ at }) => rvstart === undefined || at <= rvstart);
  const found = {
    ...{ pageid: 7, ns: 0, title, contentmodel: 'wikitext', canonicalurl: `https://en.wikipedia.org/wiki/${title}` },
    ...(page.disambiguation === true ? { pageprops: { disambiguation: '' } } : {}),
    ...(revision === undefined ? {} : { revisions: [{ revid: revision.id, parentid: 1, timestamp: revision.at }] }),
  };
  return { body: { batchcomplete: true, query: { ...redirects, pages: [found] } } };
}

interface Reading {
  env?: NodeJS.ProcessEnv;
  milliseconds?: number;
}

type Asked = Partial<Record<'action' | 'date' | 'language' | 'query' | 'section', string>> & { page?: number };

const FOR_ALL = { action: 'read', date: '', language: '', page: 1, query: 'Peru', section: '' };

function toolFor(url: string, { env = {}, milliseconds }: Reading = {}) {
  const settings = webSettings({ KGOT_WEB: 'on', WIKIPEDIA_URL: url, ...env });
  return wikipediaTool(settings, { now: () => clock, ...(milliseconds === undefined ? {} : { milliseconds }) });
}

/** Calls the tool as a run does. @returns the text that a model is shown */
function ask(url: string, asked: Asked, reading: Reading = {}): Promise<string> {
  const run = `r${Math.random()}`;
  return callTool(toolFor(url, reading), { ...FOR_ALL, ...asked }, { artifacts, run, now: () => clock });
}

async function failureOf(asking: Promise<unknown>): Promise<ApplicationFailure> {
  return asking.then(
    (text) => {
      throw new Error(`It did not fail: ${String(text)}`);
    },
    (error: unknown) => error as ApplicationFailure,
  );
}

const wikiServer = (wiki: Wiki = WIKI): Promise<WebServer> => webServer((request) => answer(wiki, request));
const serving = (reply: WebReply | WebWriter): Promise<WebServer> => webServer(() => reply);

describe('reading an article', () => {
  it('gives its text without what is for editors, its sections, and of when it is', async () => {
    const server = await wikiServer();
    expect(await ask(server.url, {})).toBe(
      [
        'title: Peru',
        'url: https://en.wikipedia.org/wiki/Peru',
        'revised: 2026-10-01T12:00:00Z',
        'fetched: 2026-11-24T10:00:00Z',
        'sections: Introduction; History; Inca Empire; Geography',
        'page: 1',
        'pages: 1',
        'text:',
        'For other uses, see Peru (disambiguation).',
        '',
        '| Republic of Peru |',
        '| Capital | Lima |',
        '',
        'Peru is a country.',
        '',
        '## History',
        '',
        'Old.',
        '',
        '### Inca Empire',
        '',
        'Of the Inca.',
        '',
        '## Geography',
        '',
        'High.',
      ].join('\n'),
    );
  });

  it('asks as the documentation and the etiquette of Wikimedia say', async () => {
    const server = await wikiServer();
    await ask(server.url, {}, { env: { KGOT_CONTACT: 'mailto:me@example.org' } });
    expect(server.requests.map(({ query }) => query)).toEqual([
      {
        ...{
          action: 'query',
          titles: 'Peru',
          redirects: '1',
          prop: 'revisions|info|pageprops',
          rvprop: 'ids|timestamp',
        },
        ...{ inprop: 'url', ppprop: 'disambiguation', format: 'json', formatversion: '2', maxlag: '5' },
      },
      {
        ...{ action: 'parse', oldid: '30', prop: 'text', disableeditsection: '1', disabletoc: '1' },
        ...{ disablelimitreport: '1', format: 'json', formatversion: '2', maxlag: '5' },
      },
    ]);
    for (const { method, path, headers } of server.requests) {
      expect({ method, path }).toEqual({ method: 'GET', path: '/w/api.php' });
      expect(headers['user-agent']).toMatch(/^kgot-temporal\/[\d.]+ \(mailto:me@example\.org\) undici$/);
    }
  });

  it.each([
    ['History', '## History\n\nOld.\n\n### Inca Empire\n\nOf the Inca.'],
    ['inca-empire', '### Inca Empire\n\nOf the Inca.'],
    ['Introduction', 'For other uses, see Peru (disambiguation).'],
  ])('gives the section %s alone, with those inside of it', async (section, text) => {
    const server = await wikiServer();
    const answered = await ask(server.url, { section });
    expect(answered).toContain(`section: ${section}`);
    expect(answered).toContain(text);
    expect(answered).not.toMatch(/High|sections:/);
  });

  it('says which sections there are when there is no such section', async () => {
    const server = await wikiServer();
    const answered = await ask(server.url, { section: 'Sports' });
    expect(answered).toContain('note: There is no section "Sports".');
    expect(answered).toContain('sections: Introduction; History; Inca Empire; Geography');
    expect(answered).not.toContain('text:');
  });

  it.each([
    ['2015-06-30', '2015-03-01T00:00:00Z', 'As it was in 2015.'],
    ['2015-03', '2015-03-01T00:00:00Z', 'As it was in 2015.'],
    ['2015-02', '2001-05-06T00:00:00Z', 'A stub.'],
    ['2014', '2001-05-06T00:00:00Z', 'A stub.'],
    ['2001', '2001-05-06T00:00:00Z', 'A stub.'],
  ])('gives what it was at the end of %s', async (date, revised, text) => {
    const server = await wikiServer();
    expect(await ask(server.url, { date })).toMatch(new RegExp(`revised: ${revised}[^]*text: ${text}`));
  });

  it('says that it was not there yet', async () => {
    const server = await wikiServer();
    expect(await ask(server.url, { date: '1999-12-31' })).toContain(
      'note: Peru has no revision of that time: it was written later.',
    );
    expect(server.requests[0]!.query).toMatchObject({ rvlimit: '1', rvdir: 'older', rvstart: '1999-12-31T23:59:59Z' });
  });

  it('follows redirects', async () => {
    const server = await wikiServer();
    expect(await ask(server.url, { query: 'Republic of Peru#History' })).toContain('title: Peru\n');
  });

  it('says that a name may mean several things, and which', async () => {
    const server = await wikiServer();
    const answered = await ask(server.url, { query: 'Mercury' });
    expect(answered).toContain('note: Mercury may mean several things: read one of these articles.');
    expect(answered).toContain('- Mercury (planet), a planet');
  });

  it('says that there is no such article, and what there is', async () => {
    const server = await wikiServer();
    expect(await ask(server.url, { query: 'Peru, the country' })).not.toContain('text:');
    expect(await ask(server.url, { query: 'Republic of the Incas' })).toBe(
      'fetched: 2026-11-24T10:00:00Z\nnote: There is no article "Republic of the Incas". Articles about these words: Republic of Peru.',
    );
    expect(await ask(server.url, { query: 'Xyzzy' })).toContain('note: There is no article "Xyzzy".');
  });

  it.each([
    ['invalid', { pages: [{ title: '<x>', invalidreason: 'bad', invalid: true }] }],
    ['of another wiki', { interwiki: [{ title: 'fr:Paris', iw: 'fr' }] }],
  ])('says so for a title that is %s', async (_, found) => {
    const server = await webServer((request) =>
      request.query['titles'] === undefined ? answer({}, request) : { body: { batchcomplete: true, query: found } },
    );
    expect(await ask(server.url, { query: 'fr:Paris' })).toContain('note: There is no article "fr:Paris".');
  });

  it('reads long articles page by page, from one request', async () => {
    const html = Array.from(
      { length: 60 },
      (_, index) => `<h2>Part ${index}</h2><p>${'Some words of it. '.repeat(20)}`,
    ).join('');
    const server = await wikiServer({ Long: { revisions: [{ id: 1, at: '2026-01-01T00:00:00Z', html }] } });
    const first = await ask(server.url, { query: 'Long' });
    const pages = Number(/pages: (\d+)/.exec(first)![1]);
    const texts = [first];
    for (let page = 2; page <= pages; page += 1) texts.push(await ask(server.url, { query: 'Long', page }));
    expect(server.requests).toHaveLength(2);
    expect(texts.join('\n').match(/^## Part \d+$/gm)).toHaveLength(60);
    for (const text of texts) expect(text.length).toBeLessThan(LIMITS.toolOutputCharacters);
    expect((await failureOf(ask(server.url, { query: 'Long', page: 99 }))).message).toBe(
      `Long has ${pages} pages; there is no page 99.`,
    );
    clock += 86_400_000;
    expect(await ask(server.url, { query: 'Long' })).toContain('fetched: 2026-11-25T10:00:00Z');
    expect(server.requests).toHaveLength(4);
  });
});

describe('searching', () => {
  it('gives titles and what they are about', async () => {
    const server = await wikiServer();
    expect(await ask(server.url, { action: 'search', query: 'Peru' })).toBe(
      [
        'fetched: 2026-11-24T10:00:00Z',
        'results:',
        '  title: Peru',
        '  changed: 2026-10-01',
        '  snippet: Peru & more',
        '  ---',
        '  title: Republic of Peru',
        '  changed: 2026-10-01',
        '  snippet: Republic of Peru & more',
      ].join('\n'),
    );
    await ask(server.url, { action: 'search', query: 'Peru', page: 3 });
    expect(server.requests.at(-1)!.query).toMatchObject({ srsearch: 'Peru', srlimit: '10', sroffset: '20' });
  });

  it('says that nothing was found', async () => {
    const server = await wikiServer();
    expect(await ask(server.url, { action: 'search', query: 'xyzzy' })).toContain('note: Nothing was found.');
  });
});

describe('the wiki that is asked', () => {
  it('may lie anywhere', async () => {
    const server = await wikiServer();
    await ask(`${server.url}/mediawiki/api.php`, {});
    expect(server.requests[0]!.path).toBe('/mediawiki/api.php');
  });

  it('is that of the language', async () => {
    const server = await wikiServer();
    await ask(`${server.url}/{language}`, {});
    await ask(`${server.url}/{language}`, { language: 'DE' });
    await ask(`${server.url}/{language}`, { language: 'zh-min-nan' });
    const paths = new Set(server.requests.map(({ path }) => path));
    expect([...paths]).toEqual(['/en/w/api.php', '/de/w/api.php', '/zh-min-nan/w/api.php']);
    expect(await ask(server.url, { language: 'de' })).toContain('note: This wiki has one language only.');
  });

  it.each(['../x', 'e n', 'en.evil.example/', 'english/', '@evil'])('is none of the language %j', async (language) => {
    expect(await failureOf(ask('https://{language}.wikipedia.org', { language }))).toMatchObject({
      type: 'InvalidToolInput',
      nonRetryable: true,
    });
  });

  it.each(['yesterday', '2015-13', '2015/06/30', '15'])('has no date %j', async (date) => {
    expect((await failureOf(ask('http://127.0.0.1:1', { date }))).message).toContain(
      'is no date: give one like 2015-06-30',
    );
  });
});

describe('a wiki that does not answer', () => {
  it.each<[string, WebReply, object]>([
    [
      'lags behind',
      {
        headers: { 'retry-after': '5', 'x-database-lag': '9' },
        body: {
          error: { code: 'maxlag', info: 'Waiting for 10.64.48.35: 9 seconds lagged.', host: '10.64.48.35', lag: 9 },
        },
      },
      { type: 'RateLimited', nonRetryable: false, nextRetryDelay: 5_000 },
    ],
    [
      'is asked too often',
      { status: 429, headers: { 'retry-after': '1' } },
      { type: 'RateLimited', nextRetryDelay: 1_000 },
    ],
    [
      'has its own limit',
      { body: { error: { code: 'ratelimited', info: 'Slow down.' } } },
      { type: 'RateLimited', nonRetryable: false },
    ],
    [
      'is broken',
      { body: { error: { code: 'internal_api_error_DBQueryError', info: 'Oops.' } } },
      { type: 'ServerError', nonRetryable: false },
    ],
    ['is down', { status: 503 }, { type: 'ServerError', nonRetryable: false }],
    ['refuses', { body: { error: { code: 'badvalue', info: 'No.' } } }, { type: 'RequestRefused', nonRetryable: true }],
    [
      'blocks the client',
      { status: 403, body: 'Please set a user-agent' },
      { type: 'ClientRefused', nonRetryable: true },
    ],
    ['is none', { headers: { 'content-type': 'text/html' }, body: '<html>' }, { type: 'BrokenAnswer' }],
    ['is another', { body: { hello: 1 } }, { type: 'BrokenAnswer', nonRetryable: true }],
  ])('since it %s', async (_, reply, failure) => {
    const server = await serving(reply);
    expect(await failureOf(ask(server.url, {}))).toMatchObject(failure);
    expect(server.requests).toHaveLength(1);
  });

  it('in time', async () => {
    const server = await serving(() => {});
    const failure = await failureOf(ask(server.url, {}, { milliseconds: 100 }));
    expect(failure).toMatchObject({ type: 'Timeout', nonRetryable: false });
  });

  it('before the call is cancelled', async () => {
    const server = await serving(() => {});
    const environment = quietEnvironment();
    const asking = callTool(toolFor(server.url), FOR_ALL, { artifacts, environment });
    await server.asked;
    environment.cancel('CANCELLED');
    await expect(asking).rejects.toThrow(/CANCELLED/i);
    await server.dropped;
  });
});
