/**
 * `web_search` against servers that answer as each service's documentation says: the answers here are made after it, and
 * none is a recording.
 */
import type { ApplicationFailure } from '@temporalio/activity';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { SEARCH_SERVICES, webSettings } from '../../src/config/web.ts';
import type { SearchService } from '../../src/config/web.ts';
import { readLedgerEntries } from '../../src/cost/call-records.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { webSearchTool } from '../../src/tools/web/web-search.ts';
import { temporaryFolder } from '../support/folders.ts';
import { closedAddress } from '../support/model-server.ts';
import { callTool, quietEnvironment } from '../support/tool-call.ts';
import { webServer } from '../support/web-server.ts';
import type { WebReply, WebRequest, WebServer, WebWriter } from '../support/web-server.ts';

const KEY = 'k3y/with+signs=&"quoted"';

let folder: string;
let artifacts: ArtifactStore;
let clock: number;
beforeEach(() => {
  folder = temporaryFolder();
  artifacts = openDirectoryStore(folder);
  clock = Date.parse('2026-11-24T10:00:00Z');
});

interface Fixture {
  /** What the request must be for a page. */
  asked(page: number): Partial<WebRequest>;
  /** Where the request carries the key. */
  keyOf?(request: WebRequest): unknown;
  found: object;
  nothing: object;
  /** What a wrong key is answered with. */
  refused: WebReply;
  price: number | null;
}

const PERU = { title: 'Peru', url: 'https://en.example.org/wiki/Peru' };

/** One result with a date, one without, and one that has as little as the documentation allows. */
const FIXTURES: Record<SearchService, Fixture> = {
  searxng: {
    asked: (page) => ({
      method: 'GET',
      path: '/search',
      query: { q: 'who leads Peru', format: 'json', pageno: String(page) },
    }),
    found: {
      query: 'who leads Peru',
      number_of_results: 0,
      results: [
        {
          ...PERU,
          content: 'Peru  is a\ncountry.',
          publishedDate: '2025-03-01T00:00:00',
          ...{
            thumbnail: '',
            engine: 'bing',
            engines: ['bing', 'brave'],
            positions: [1, 2],
            score: 3,
            category: 'general',
          },
          ...{ template: 'default.html', parsed_url: ['https', 'en.example.org', '/wiki/Peru', '', '', ''] },
        },
        { url: 'https://b.example/', title: 'Lima', content: 'The capital.', publishedDate: null },
        { url: 'https://c.example/', title: null, content: null },
      ],
      ...{ answers: [], corrections: [], infoboxes: [], suggestions: [], unresponsive_engines: [] },
    },
    nothing: {
      query: 'x',
      results: [],
      unresponsive_engines: [
        ['google', 'timeout'],
        ['qwant', 'CAPTCHA'],
      ],
    },
    refused: { status: 403, body: '<!doctype html><title>403 Forbidden</title>' },
    price: 0,
  },
  tavily: {
    asked: (page) => ({
      ...{ method: 'POST', path: '/search' },
      json: { query: 'who leads Peru', max_results: page * 10, search_depth: 'basic' },
    }),
    keyOf: ({ headers }) => headers.authorization?.replace(/^Bearer /, ''),
    found: {
      query: 'who leads Peru',
      ...{ answer: null, follow_up_questions: null, images: [], response_time: 1.2, request_id: 'a1' },
      results: [
        {
          ...PERU,
          content: 'Peru is a country.',
          score: 0.98,
          raw_content: null,
          published_date: 'Sat, 01 Mar 2025 03:00:00 GMT',
        },
        { title: 'Lima', url: 'https://b.example/', content: 'The capital.', score: 0.5, raw_content: null },
        { title: '', url: 'https://c.example/', content: '', score: 0.1 },
      ],
    },
    nothing: { query: 'x', results: [], images: [], response_time: 0.5 },
    refused: { status: 401, body: { detail: { error: `Unauthorized: missing or invalid API key ${KEY}.` } } },
    price: 0.008,
  },
  brave: {
    asked: (page) => ({
      ...{ method: 'GET', path: '/res/v1/web/search' },
      query: {
        ...{ q: 'who leads Peru', count: '10', offset: String(page - 1) },
        ...{ result_filter: 'web', text_decorations: 'false' },
      },
    }),
    keyOf: ({ headers }) => headers['x-subscription-token'],
    found: {
      type: 'search',
      query: { original: 'who leads Peru', more_results_available: true },
      web: {
        type: 'search',
        family_friendly: true,
        results: [
          {
            type: 'search_result',
            ...PERU,
            description: '<strong>Peru</strong> is a country.',
            page_age: '2025-03-01T09:10:11',
            age: 'March 1, 2025',
          },
          {
            type: 'search_result',
            title: 'Lima',
            url: 'https://b.example/',
            description: 'The capital&#x27;s.',
            language: 'en',
          },
          { type: 'search_result', title: '', url: 'https://c.example/' },
        ],
      },
    },
    nothing: { type: 'search', query: { original: 'x' } },
    refused: {
      status: 422,
      body: {
        type: 'ErrorResponse',
        error: { status: 422, code: 'SUBSCRIPTION_TOKEN_INVALID', detail: `The token ${KEY} is invalid.` },
      },
    },
    price: 0.005,
  },
  serpapi: {
    asked: (page) => ({
      ...{ method: 'GET', path: '/search.json' },
      query: { engine: 'google', q: 'who leads Peru', start: String((page - 1) * 10), api_key: KEY },
    }),
    keyOf: ({ query }) => query['api_key'],
    found: {
      search_metadata: { id: '64', status: 'Success', json_endpoint: 'https://serpapi.com/searches/x/64.json' },
      search_parameters: { engine: 'google', q: 'who leads Peru' },
      organic_results: [
        { position: 1, title: 'Peru', link: PERU.url, snippet: 'Peru is a country.', date: 'Mar 1, 2025' },
        { position: 2, title: 'Lima', link: 'https://b.example/', snippet: 'The capital.' },
        { position: 3, title: 'No link', snippet: 'nowhere' },
        { position: 4, link: 'https://c.example/' },
      ],
    },
    nothing: {
      search_metadata: { status: 'Success' },
      search_information: { organic_results_state: 'Fully empty' },
      error: "Google hasn't returned any results for this query.",
    },
    refused: {
      status: 401,
      body: { error: `Invalid API key: ${KEY}. Your API key should be here: https://serpapi.com/manage-api-key` },
    },
    price: null,
  },
};

const SERVICES = Object.keys(FIXTURES) as SearchService[];
const KEYED = SERVICES.filter((service) => service !== 'searxng');

function variablesOf(service: SearchService): { key?: string; address: string } {
  return SEARCH_SERVICES[service];
}

interface Searching {
  page?: number;
  query?: string;
  run?: string;
  env?: NodeJS.ProcessEnv;
  milliseconds?: number;
}

function toolFor(service: SearchService, url: string, { env = {}, milliseconds = 10_000 }: Searching = {}) {
  const { key, address } = variablesOf(service);
  const settings = webSettings({ [address]: url, ...(key === undefined ? {} : { [key]: KEY }), ...env });
  return webSearchTool(settings.search!, settings, { now: () => clock, milliseconds });
}

/** Calls the tool as a run does. @returns the text that a model is shown */
function search(service: SearchService, url: string, searching: Searching = {}): Promise<string> {
  const { page = 1, query = 'who leads Peru', run = `r${Math.random()}` } = searching;
  const input = { page, query };
  return callTool(toolFor(service, url, searching), input, { artifacts, run, now: () => clock });
}

async function failureOf(searching: Promise<unknown>): Promise<ApplicationFailure> {
  return searching.then(
    (text) => {
      throw new Error(`It did not fail: ${String(text)}`);
    },
    (error: unknown) => error as ApplicationFailure,
  );
}

function serving(reply: WebReply | WebWriter): Promise<WebServer> {
  return webServer(() => reply);
}

/** Everything that was written to disk. */
function written(path = folder): string {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

const SPELLINGS = [KEY, encodeURIComponent(KEY), JSON.stringify(KEY).slice(1, -1)];

function expectNoKey(...texts: string[]): void {
  for (const text of texts) for (const spelling of SPELLINGS) expect(text).not.toContain(spelling);
}

/** All that a failure says, in whatever field. */
function allOf(error: unknown): string {
  const parts: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    parts.push(cause.message, cause.stack ?? '', JSON.stringify(cause, Object.getOwnPropertyNames(cause)));
  }
  return parts.join('\n');
}

describe.each(SERVICES)('web_search with %s', (service) => {
  const fixture = FIXTURES[service];

  it('asks as the documentation says, and gives title, address, date and snippet', async () => {
    const server = await serving({ body: fixture.found });
    expect(await search(service, `${server.url}/`)).toBe(
      [
        'fetched: 2026-11-24T10:00:00Z',
        'results:',
        '  title: Peru',
        '  url: https://en.example.org/wiki/Peru',
        `  date: ${service === 'serpapi' ? 'Mar 1, 2025' : '2025-03-01'}`,
        '  snippet: Peru is a country.',
        '  ---',
        '  title: Lima',
        '  url: https://b.example/',
        `  snippet: The capital${service === 'brave' ? "'s" : ''}.`,
        '  ---',
        '  title: ',
        '  url: https://c.example/',
        '  snippet: ',
      ].join('\n'),
    );
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject(fixture.asked(1));
    expect(server.requests[0]!.headers['user-agent']).toMatch(/^kgot-temporal\//);
    expect(fixture.keyOf?.(server.requests[0]!)).toBe(fixture.keyOf === undefined ? undefined : KEY);
  });

  it('asks for the next page', async () => {
    const server = await serving({ body: fixture.found });
    await search(service, server.url, { page: 2 });
    expect(server.requests[0]).toMatchObject(fixture.asked(2));
  });

  it('says that nothing was found', async () => {
    const server = await serving({ body: fixture.nothing });
    const told =
      service === 'searxng' ? 'These engines did not answer: google (timeout), qwant (CAPTCHA).' : 'Nothing was found.';
    expect(await search(service, server.url)).toContain(`note: ${told}`);
  });

  it('remembers an answer for a day, and pays once', async () => {
    let count = 0;
    const server = await webServer(() => ({ body: (count += 1) < 3 ? fixture.found : fixture.nothing }));
    const first = await search(service, server.url, { run: 'r1' });
    clock += 86_399_999;
    expect(await search(service, server.url, { run: 'r2' })).toBe(first);
    expect(server.requests).toHaveLength(1);
    expect(await readLedgerEntries(artifacts, 'r1')).toMatchObject([{ known: true, dollars: fixture.price }]);
    expect(await readLedgerEntries(artifacts, 'r2')).toMatchObject([{ known: true, dollars: 0 }]);
    clock += 1;
    expect(await search(service, server.url)).toContain('fetched: 2026-11-25T10:00:00Z');
    expect(await search(service, server.url, { env: { KGOT_WEB_CACHE: 'off' } })).toContain('note: ');
    expect(server.requests).toHaveLength(3);
  });

  it('does not take another server’s answer for this one’s', async () => {
    const [one, other] = [await serving({ body: fixture.found }), await serving({ body: fixture.nothing })];
    expect(await search(service, one.url)).not.toContain('note: ');
    expect(await search(service, other.url)).toContain('note: ');
  });

  it.each<[WebReply, object]>([
    [
      { status: 429, headers: { 'retry-after': '3' } },
      { type: 'RateLimited', nonRetryable: false, nextRetryDelay: 3_000 },
    ],
    [{ status: 429 }, { type: 'RateLimited', nonRetryable: false }],
    [
      { status: 429, headers: { 'retry-after': '7200' } },
      { type: 'RateLimited', nonRetryable: true },
    ],
    [
      { status: 500, body: 'oops' },
      { type: 'ServerError', nonRetryable: false },
    ],
    [
      { status: 503, headers: { 'retry-after': '1' } },
      { type: 'ServerError', nonRetryable: false, nextRetryDelay: 1_000 },
    ],
    [
      { status: 400, body: { error: 'bad query' } },
      { type: 'RequestRefused', nonRetryable: true },
    ],
  ])('says whether another attempt may succeed: %j', async (reply, failure) => {
    const server = await serving(reply);
    expect(await failureOf(search(service, server.url, { run: 'r' }))).toMatchObject(failure);
    // It was answered: nothing is owed.
    const entries = await readLedgerEntries(artifacts, 'r');
    expect(entries).toEqual(
      fixture.price === 0 ? [] : [expect.objectContaining({ known: true, failed: true, dollars: 0 })],
    );
  });

  it('is not tried again with a key that is refused, and names its variable', async () => {
    const server = await serving(fixture.refused);
    const failure = await failureOf(search(service, server.url));
    const { key, address } = variablesOf(service);
    expect(failure.nonRetryable).toBe(true);
    expect(failure.message).toContain(key ?? address);
    expectNoKey(allOf(failure), written());
  });

  it('may owe its price where no answer came', async () => {
    const hanging = await serving(() => {});
    const failure = await failureOf(search(service, hanging.url, { run: 'r', milliseconds: 100 }));
    expect(failure).toMatchObject({ type: 'Timeout', nonRetryable: false });
    expect(failure.message).toMatch(/did not answer within 0\.1 seconds/);
    await hanging.dropped;
    const entries = await readLedgerEntries(artifacts, 'r');
    expect(entries).toEqual(
      fixture.price === 0 ? [] : [expect.objectContaining({ known: false, dollars: fixture.price })],
    );
  });

  it('owes nothing where nothing was sent', async () => {
    const closed = new URL(await closedAddress()).origin;
    expect(await failureOf(search(service, closed, { run: 'r' }))).toMatchObject({
      type: 'Unreachable',
      nonRetryable: false,
    });
    const entries = await readLedgerEntries(artifacts, 'r');
    expect(entries.every(({ known, dollars }) => known && dollars === 0)).toBe(true);
  });

  it('ends with the call', async () => {
    const server = await serving(() => {});
    const environment = quietEnvironment();
    const searching = callTool(toolFor(service, server.url), { page: 1, query: 'q' }, { artifacts, environment });
    await server.asked;
    environment.cancel('CANCELLED');
    await expect(searching).rejects.toThrow(/CANCELLED/i);
    await server.dropped;
  });

  it('follows no redirect: its key goes nowhere else', async () => {
    const other = await serving({ body: fixture.found });
    const server = await serving({ status: 302, headers: { location: `${other.url}/search` } });
    const failure = await failureOf(search(service, server.url));
    expect(failure).toMatchObject({ nonRetryable: true });
    expect(failure.message).toContain(`redirects: set ${variablesOf(service).address}`);
    expect(other.requests).toEqual([]);
  });

  it('refuses an answer of another form', async () => {
    for (const body of [{ results: 'none', web: 'none', organic_results: 'none' }, '<html>', '']) {
      const server = await serving({ body });
      expect((await failureOf(search(service, server.url))).type).toBe('BrokenAnswer');
    }
  });

  it('fits into what a prompt shows, however long the results are', async () => {
    const long = 'word '.repeat(1_000);
    const result = {
      ...{ title: long, url: `https://example.org/${'x'.repeat(200)}`, link: 'https://example.org/', date: long },
      ...{ content: long, description: long, snippet: long, published_date: long, publishedDate: long, age: long },
    };
    const results = Array.from({ length: 40 }, () => result);
    const server = await serving({ body: { results, web: { results }, organic_results: results } });
    const text = await search(service, server.url);
    expect(text.match(/snippet: /g)).toHaveLength(10);
    expect(text.length).toBeLessThan(LIMITS.toolOutputCharacters);
  });
});

describe.each(KEYED)('the key of %s', (service) => {
  it('appears in no output, no failure, and nothing that is written down', async () => {
    const echo: (WebReply | WebWriter)[] = [
      { body: FIXTURES[service].found },
      { status: 400, body: KEY },
      { status: 401, body: { error: encodeURIComponent(KEY) } },
      { status: 403, body: { detail: KEY } },
      { status: 429, body: KEY },
      { status: 500, headers: { 'content-type': 'text/html' }, body: `<p>?api_key=${encodeURIComponent(KEY)}` },
      { status: 302, headers: { location: `https://example.org/?key=${encodeURIComponent(KEY)}` } },
      { body: `not json: ${KEY}` },
      { body: { results: KEY, web: KEY, organic_results: KEY } },
      { body: { search_metadata: { status: 'Error' }, error: KEY, results: [] } },
      (response) => response.socket!.destroy(),
      (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write(KEY, () => response.socket!.destroy());
      },
    ];
    for (const reply of echo) {
      const server = await serving(reply);
      const outcome = await search(service, server.url).catch((error: unknown) => allOf(error));
      expectNoKey(outcome);
    }
    const closed = new URL(await closedAddress()).origin;
    expectNoKey(allOf(await failureOf(search(service, closed))), written());
  });
});

describe('what only one service does', () => {
  it('Tavily: long snippets are kept where there are few', async () => {
    const content = 'words '.repeat(400);
    const server = await serving({
      body: {
        results: [
          { ...PERU, content },
          { ...PERU, content },
        ],
      },
    });
    expect(await search('tavily', server.url)).toContain(`snippet: ${content.trim()}\n`);
  });

  it('SearXNG: a server that does not speak JSON is told from one that asks for a key', async () => {
    const server = await serving({ status: 403 });
    const { message } = await failureOf(search('searxng', server.url));
    expect(message).toContain('list json under search.formats in its settings.yml');
  });

  it('Tavily: the second page is the rest of twenty results, and there is no third', async () => {
    const results = Array.from({ length: 20 }, (_, index) => ({
      title: `t${index}`,
      url: 'https://a.example/',
      content: 'c',
    }));
    const server = await webServer(({ json }) => ({
      body: { results: results.slice(0, (json as { max_results: number }).max_results) },
    }));
    const text = await search('tavily', server.url, { page: 2 });
    expect(text).toContain('title: t10');
    expect(text).not.toContain('title: t9');
    expect((await failureOf(search('tavily', server.url, { page: 3 }))).message).toBe(
      'Tavily gives 20 results; there is no page 3.',
    );
    expect(server.requests).toHaveLength(1);
  });

  it.each([432, 433])('Tavily: a plan that is used up (%d) is not tried again', async (status) => {
    const server = await serving({ status, body: { detail: { error: 'This request exceeds your plan.' } } });
    const failure = await failureOf(search('tavily', server.url));
    expect(failure).toMatchObject({ type: 'QuotaUsedUp', nonRetryable: true });
    expect(failure.message).toContain('TAVILY_API_KEY');
  });

  it('Brave: waits for the next second, not for the next month', async () => {
    const limits = (remaining: string): WebReply => ({
      status: 429,
      headers: { 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': '1, 1419704' },
    });
    const busy = await serving(limits('0, 1200'));
    expect(await failureOf(search('brave', busy.url))).toMatchObject({
      type: 'RateLimited',
      nonRetryable: false,
      nextRetryDelay: 1_000,
    });
    const usedUp = await serving(limits('1, 0'));
    const failure = await failureOf(search('brave', usedUp.url));
    expect(failure).toMatchObject({ type: 'QuotaUsedUp', nonRetryable: true });
    expect(failure.message).toContain('BRAVE_API_KEY');
  });

  it('Brave: there are ten pages', async () => {
    const server = await serving({ body: FIXTURES.brave.found });
    await search('brave', server.url, { page: 10 });
    expect((await failureOf(search('brave', server.url, { page: 11 }))).message).toContain('there is no page 11');
    expect(server.requests).toHaveLength(1);
  });

  it('SerpApi: searches that are used up are not tried again, a search that failed is', async () => {
    const usedUp = await serving({ status: 429, body: { error: 'Your account has run out of searches.' } });
    expect(await failureOf(search('serpapi', usedUp.url))).toMatchObject({ type: 'QuotaUsedUp', nonRetryable: true });
    const failed = await serving({
      body: { search_metadata: { status: 'Error' }, error: 'We could not get valid results.' },
    });
    expect(await failureOf(search('serpapi', failed.url))).toMatchObject({ type: 'ServerError', nonRetryable: false });
  });
});
