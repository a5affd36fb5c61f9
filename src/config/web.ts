type Environment = NodeJS.ProcessEnv;

/** Thrown when a variable of the worker's environment cannot be right. */
export class WebSettingsError extends Error {
  override readonly name = 'WebSettingsError';
}

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
 * @throws {WebSettingsError} naming the variable and what would be right
 */
export function webSettings(env: Environment = process.env): WebSettings {
  const web = switchOf(env);
  return {
    ...(web === 'off' ? {} : searchOf(env)),
    pages: web === 'on',
    wikipediaUrl: address('WIKIPEDIA_URL', env) ?? 'https://{language}.wikipedia.org',
    ...(env['KGOT_CONTACT'] ? { contact: contactOf(env['KGOT_CONTACT']) } : {}),
    cacheSeconds: cacheSecondsOf(env),
    allowed: allowedOf(env['KGOT_FETCH_ALLOW'] ?? ''),
  };
}

function switchOf(env: Environment): 'on' | 'off' | undefined {
  const value = (env['KGOT_WEB'] ?? '').trim().toLowerCase();
  if (value === '') return undefined;
  if (value === 'on' || value === 'off') return value;
  throw new WebSettingsError(`KGOT_WEB is ${JSON.stringify(env['KGOT_WEB'])}: give on or off, or leave it out.`);
}

function searchOf(env: Environment): { search?: SearchSettings } {
  const chosen = env['KGOT_SEARCH']?.trim().toLowerCase();
  const services = Object.keys(SEARCH_SERVICES) as SearchService[];
  if (chosen) {
    const service = services.find((name) => name === chosen);
    if (service === undefined) {
      throw new WebSettingsError(`KGOT_SEARCH is ${JSON.stringify(chosen)}: give ${services.join(', ')}.`);
    }
    const search = searchSettings(service, env);
    if (search !== undefined) return { search };
    throw new WebSettingsError(
      `KGOT_SEARCH is ${service}, and ${requiredBy(service)} is not set: set it, or leave KGOT_SEARCH out.`,
    );
  }
  const search = services.map((service) => searchSettings(service, env)).find((settings) => settings !== undefined);
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
  throw new WebSettingsError(`${variable} holds spaces, or letters that no key has: give the key alone.`);
}

/** An address without a slash at its end; undefined when the variable is not set. */
function address(variable: string, env: Environment): string | undefined {
  const text = env[variable]?.trim();
  if (!text) return undefined;
  const url = URL.parse(text.replace('{language}', 'en'));
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new WebSettingsError(`${variable} is no address of a server: give one as https://HOST or http://HOST:PORT.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new WebSettingsError(`${variable} holds a name or password: give an address without.`);
  }
  return text.replace(/\/+$/, '');
}

/** It stands in parentheses in a header. */
function contactOf(text: string): string {
  const contact = text.trim();
  if (/^[\x20-\x27\x2a-\x7e]+$/.test(contact)) return contact;
  throw new WebSettingsError('KGOT_CONTACT must be plain text without parentheses: give a mail address or a page.');
}

function cacheSecondsOf(env: Environment): number {
  const text = (env['KGOT_WEB_CACHE'] ?? '').trim().toLowerCase();
  if (text === '') return CACHE_SECONDS;
  if (text === 'off') return 0;
  const seconds = Number(text);
  if (seconds >= 0 && Number.isFinite(seconds)) return seconds;
  throw new WebSettingsError(`KGOT_WEB_CACHE is ${JSON.stringify(text)}: give off, or a number of seconds.`);
}

function allowedOf(text: string): ReadonlySet<string> {
  const entries = text.split(/[\s,]+/).filter(Boolean);
  return new Set(
    entries.map((entry) => {
      const [, host, port] = /^([^/@?#:*[\]]+|\[[\da-f:.]+\]):(\d+)$/i.exec(entry) ?? [];
      const url = host === undefined ? null : URL.parse(`http://${host}`);
      if (url === null || url.port !== '' || Number(port) < 1 || Number(port) > 65_535) {
        throw new WebSettingsError(
          `KGOT_FETCH_ALLOW holds ${JSON.stringify(entry)}: give HOST:PORT, and commas between several.`,
        );
      }
      return `${url.hostname}:${Number(port)}`;
    }),
  );
}
