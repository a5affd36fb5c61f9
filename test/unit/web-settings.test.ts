import { describe, expect, it } from 'vitest';
import { SettingError } from '../../src/config/read-setting.ts';
import { webSettings } from '../../src/config/web.ts';
import { builtInTools, builtInToolsOf } from '../../src/tools/built-in/index.ts';
import { listTools } from '../../src/tools/tool-set.ts';
import { waysToHaveWebTools } from '../../src/tools/web/index.ts';

const names = (env: NodeJS.ProcessEnv): string[] =>
  builtInToolsOf(env)
    .slice(builtInTools.length)
    .map(({ name }) => name);

describe('the tools that a worker serves', () => {
  it('are those of every run, and in their order, where nothing is configured', () => {
    expect(builtInToolsOf({})).toEqual(builtInTools);
    expect(listTools(builtInToolsOf({}), 'q').hash).toBe(listTools(builtInTools, 'q').hash);
    expect(builtInToolsOf({ WIKIPEDIA_URL: 'http://127.0.0.1:1', KGOT_WEB_CACHE: '60' })).toEqual(builtInTools);
  });

  it.each<[NodeJS.ProcessEnv, string[]]>([
    [{ SEARXNG_URL: 'http://127.0.0.1:8888' }, ['web_search']],
    [{ TAVILY_API_KEY: 'k' }, ['web_search']],
    [{ BRAVE_API_KEY: 'k' }, ['web_search']],
    [{ SERPAPI_API_KEY: 'k' }, ['web_search']],
    [{ KGOT_WEB: 'on' }, ['fetch_page', 'wikipedia']],
    [{ KGOT_WEB: 'On ', TAVILY_API_KEY: ' k\n' }, ['web_search', 'fetch_page', 'wikipedia']],
    [{ KGOT_WEB: 'off', TAVILY_API_KEY: 'k' }, []],
    [{ TAVILY_API_KEY: ' ' }, []],
  ])('of %j are %j besides', (env, tools) => {
    expect(names(env)).toEqual(tools);
    const told = waysToHaveWebTools(webSettings(env)).join('\n');
    for (const name of ['web_search', 'fetch_page', 'wikipedia'])
      expect(told.includes(name)).toBe(!tools.includes(name));
  });

  it('can be served together, and change nothing outside', () => {
    const { tools } = listTools(builtInToolsOf({ KGOT_WEB: 'on', BRAVE_API_KEY: 'k' }), 'q');
    expect(tools.every(({ sideEffects }) => !sideEffects)).toBe(true);
  });

  it('are the same for all services but for the price, which tells their workers apart', () => {
    const of = (env: NodeJS.ProcessEnv) => builtInToolsOf(env).at(-1)!;
    const services = [
      { SEARXNG_URL: 'http://a' },
      { TAVILY_API_KEY: 'k' },
      { BRAVE_API_KEY: 'k' },
      { SERPAPI_API_KEY: 'k' },
    ];
    const tools = services.map(of);
    for (const { description, inputSchema } of tools) {
      expect({ description, inputSchema }).toEqual({
        description: tools[0]!.description,
        inputSchema: tools[0]!.inputSchema,
      });
    }
    expect(tools.map(({ price }) => price)).toEqual([0, 0.008, 0.005, null]);
  });
});

describe('webSettings', () => {
  it('fills in what was not said', () => {
    expect(webSettings({})).toEqual({
      ...{ pages: false, wikipediaUrl: 'https://{language}.wikipedia.org', cacheSeconds: 86_400, allowed: new Set() },
    });
    expect(webSettings({ BRAVE_API_KEY: 'k' }).search).toEqual({
      service: 'brave',
      url: 'https://api.search.brave.com',
      urlVariable: 'BRAVE_URL',
      key: { variable: 'BRAVE_API_KEY', value: 'k' },
    });
  });

  it('takes the first service that is configured, or the one that is named', () => {
    const env = { SERPAPI_API_KEY: 's', TAVILY_API_KEY: 't', TAVILY_URL: 'http://127.0.0.1:9/' };
    expect(webSettings(env).search).toMatchObject({ service: 'tavily', url: 'http://127.0.0.1:9' });
    expect(webSettings({ ...env, KGOT_SEARCH: 'serpapi' }).search).toMatchObject({ service: 'serpapi' });
  });

  it.each([
    ['off', 0],
    ['0', 0],
    ['90', 90],
  ])('remembers answers for KGOT_WEB_CACHE=%s: %d seconds', (text, seconds) => {
    expect(webSettings({ KGOT_WEB_CACHE: text }).cacheSeconds).toBe(seconds);
  });

  it('reads which hosts may be reached in spite of the guard', () => {
    const { allowed } = webSettings({ KGOT_FETCH_ALLOW: '127.0.0.1:8080, Wiki.Corp:443 [::1]:80' });
    expect([...allowed]).toEqual(['127.0.0.1:8080', 'wiki.corp:443', '[::1]:80']);
  });

  it.each<[NodeJS.ProcessEnv, RegExp]>([
    [{ KGOT_WEB: 'yes' }, /KGOT_WEB is "yes": give on or off/],
    [{ KGOT_SEARCH: 'bing' }, /KGOT_SEARCH is "bing": give searxng, tavily, brave or serpapi/],
    [{ KGOT_SEARCH: 'brave' }, /BRAVE_API_KEY is not set/],
    [{ SEARXNG_URL: 'search.corp' }, /SEARXNG_URL is no address of a server: give one as https:/],
    [{ SEARXNG_URL: 'ftp://search.corp' }, /SEARXNG_URL is no address/],
    [{ SEARXNG_URL: 'http://me:secret@search.corp' }, /SEARXNG_URL holds a name or password: (?!.*secret)/],
    [{ TAVILY_API_KEY: 'k', TAVILY_URL: 'x' }, /TAVILY_URL is no address/],
    [{ TAVILY_API_KEY: 'a b' }, /TAVILY_API_KEY holds spaces(?!.*a b)/],
    [{ WIKIPEDIA_URL: 'https://x/?y' }, /WIKIPEDIA_URL is no address/],
    [{ KGOT_WEB_CACHE: 'never' }, /KGOT_WEB_CACHE is "never": give off, or a number of seconds/],
    [{ KGOT_WEB_CACHE: '-1' }, /KGOT_WEB_CACHE/],
    [{ KGOT_CONTACT: 'me (here)' }, /KGOT_CONTACT must be plain text/],
    [{ KGOT_FETCH_ALLOW: '127.0.0.1' }, /KGOT_FETCH_ALLOW holds "127.0.0.1": give HOST:PORT/],
    [{ KGOT_FETCH_ALLOW: '*:80' }, /KGOT_FETCH_ALLOW/],
    [{ KGOT_FETCH_ALLOW: 'http://a:80' }, /KGOT_FETCH_ALLOW/],
    [{ KGOT_FETCH_ALLOW: 'a:80:90' }, /KGOT_FETCH_ALLOW/],
    [{ KGOT_FETCH_ALLOW: 'a:0' }, /KGOT_FETCH_ALLOW/],
  ])('refuses %j, saying what would be right', (env, message) => {
    expect(() => webSettings(env)).toThrow(SettingError);
    expect(() => webSettings(env)).toThrow(message);
  });
});
