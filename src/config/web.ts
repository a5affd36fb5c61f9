import { readSetting, SettingError } from './read-setting.ts';

type Environment = NodeJS.ProcessEnv;

/** Search services, in the order in which they are taken when several are configured. */
export const SEARCH_SERVICES = {
  searxng: { address: 'SEARXNG_URL' },
  tavily: { key: 'TAVILY_API_KEY', address: 'TAVILY_URL', usual: 'https://api.tavily.com' },
  brave: { key: 'BRAVE_API_KEY', address: 'BRAVE_URL', usual: 'https://api.search.brave.com' },
  serpapi: { key: 'SERPAPI_API_KEY', address: 'SERPAPI_URL', usual: 'https://serpapi.com' },
} as const satisfies Record<string, { key?: string; address: string; usual?: string }>;

export type SearchService = keyof typeof SEARCH_SERVICES;

/** The search service that `web_search` asks. */
export interface SearchSettings {
  service: SearchService;
  /** Base address, without a slash at its end. */
  url: string;
  /** The variable that holds the address. */
  urlVariable: string;
  key?: { variable: string; value: string };
}

/** What a worker may do on the web. */
export interface WebSettings {
  /** Absent where no service is configured: `web_search` is then not served. */
  search?: SearchSettings;
  /** Whether `fetch_page` and `wikipedia` are served. */
  pages: boolean;
  /** Base address of Wikipedia; `{language}` in it stands for the language. */
  wikipediaUrl: string;
  /** How the services may reach whoever runs the worker: an address or a page. */
  contact?: string;
  /** How long answers are remembered; 0 for not at all. Seconds. */
  cacheSeconds: number;
  /** `host:port` that `fetch_page` may reach whatever its address and port are. */
  allowed: ReadonlySet<string>;
}

/** A day. */
const CACHE_SECONDS = 86_400;

/**
 * Reads what a worker may do on the web from its environment. Nothing is on by itself: `web_search` needs a service's key
 * or address, the others KGOT_WEB=on; KGOT_WEB=off keeps all of it off.
 *
 * @throws {SettingError} naming the variable and what would be right
 */
export function webSettings(env: Environment = process.env): WebSettings {
  const web = readSetting('web', env);
  const contact = readSetting('contact', env);
  return {
    ...(web === 'off' ? {} : searchOf(env)),
    pages: web === 'on',
    wikipediaUrl: address('WIKIPEDIA_URL', env) ?? 'https://{language}.wikipedia.org',
    ...(contact === undefined ? {} : { contact: contactOf(contact) }),
    cacheSeconds: cacheSecondsOf(readSetting('webCache', env)),
    allowed: allowedOf(readSetting('fetchAllow', env) ?? ''),
  };
}

function searchOf(env: Environment): { search?: SearchSettings } {
  const service = readSetting('search', env);
  const services = Object.keys(SEARCH_SERVICES) as SearchService[];
  if (service !== undefined) {
    const search = searchSettings(service, env);
    if (search !== undefined) return { search };
    throw new SettingError(
      'KGOT_SEARCH',
      `is ${service}, and ${requiredBy(service)} is not set: set it, or leave KGOT_SEARCH out.`,
    );
  }
  const search = services.map((name) => searchSettings(name, env)).find((settings) => settings !== undefined);
  return search === undefined ? {} : { search };
}

/** The variable by which a service is configured. */
export function requiredBy(service: SearchService): string {
  const variables: { key?: string; address: string } = SEARCH_SERVICES[service];
  return variables.key ?? variables.address;
}

function searchSettings(service: SearchService, env: Environment): SearchSettings | undefined {
  const {
    key: keyVariable,
    address: urlVariable,
    usual,
  }: { key?: string; address: string; usual?: string } = SEARCH_SERVICES[service];
  if (!env[requiredBy(service)]?.trim()) return undefined;
  return {
    service,
    url: address(urlVariable, env) ?? usual!,
    urlVariable,
    ...(keyVariable === undefined ? {} : { key: { variable: keyVariable, value: keyOf(keyVariable, env) } }),
  };
}

/** A key travels in a header. */
function keyOf(variable: string, env: Environment): string {
  const value = env[variable]!.trim();
  if (/^[\x21-\x7e]+$/.test(value)) return value;
  throw new SettingError(variable, `holds spaces, or letters that no key has: give the key alone.`);
}

/** An address without a slash at its end; undefined when the variable is not set. */
function address(variable: string, env: Environment): string | undefined {
  const text = env[variable]?.trim();
  if (!text) return undefined;
  const url = URL.parse(text.replace('{language}', 'en'));
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new SettingError(variable, `is no address of a server: give one as https://HOST or http://HOST:PORT.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new SettingError(variable, `holds a name or password: give an address without.`);
  }
  return text.replace(/\/+$/, '');
}

/** It stands in parentheses in a header. */
function contactOf(text: string): string {
  const contact = text.trim();
  if (/^[\x20-\x27\x2a-\x7e]+$/.test(contact)) return contact;
  throw new SettingError('KGOT_CONTACT', 'must be plain text without parentheses: give a mail address or a page.');
}

function cacheSecondsOf(given: string | undefined): number {
  const text = given?.toLowerCase();
  if (text === undefined) return CACHE_SECONDS;
  if (text === 'off') return 0;
  const seconds = Number(text);
  if (seconds >= 0 && Number.isFinite(seconds)) return seconds;
  throw new SettingError('KGOT_WEB_CACHE', `is ${JSON.stringify(text)}: give off, or a number of seconds.`);
}

function allowedOf(text: string): ReadonlySet<string> {
  const entries = text.split(/[\s,]+/).filter(Boolean);
  return new Set(
    entries.map((entry) => {
      const [, host, port] = /^([^/@?#:*[\]]+|\[[\da-f:.]+\]):(\d+)$/i.exec(entry) ?? [];
      const url = host === undefined ? null : URL.parse(`http://${host}`);
      if (url === null || url.port !== '' || Number(port) < 1 || Number(port) > 65_535) {
        throw new SettingError(
          'KGOT_FETCH_ALLOW',
          `holds ${JSON.stringify(entry)}: give HOST:PORT, and commas between several.`,
        );
      }
      return `${url.hostname}:${Number(port)}`;
    }),
  );
}
