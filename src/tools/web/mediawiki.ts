import { z } from 'zod';
import { ToolError } from '../tool-error.ts';
import { statusError } from './http-errors.ts';
import { plainText } from './plain-text.ts';
import { requestJson } from './request-json.ts';

export interface MediaWikiOptions {
  /** Address of the wiki, or of its `api.php` where that lies elsewhere than Wikipedia's. */
  url: string;
  userAgent: string;
  signal: AbortSignal;
  /** For one request. */
  milliseconds?: number;
}

export interface FoundArticle {
  title: string;
  snippet: string;
  /** When it was last changed. */
  changed: string;
}

/** A page at one revision; `missing` where there is no such page, `revision` absent where it was made later. */
export interface WikiPage {
  title: string;
  missing: boolean;
  url: string;
  /** A list of articles that share the name. */
  disambiguation: boolean;
  revision?: { id: number; at: string };
}

const ApiError = z.object({ error: z.object({ code: z.string(), info: z.string().catch('') }) });

const SearchAnswer = z.object({
  query: z.object({
    search: z.array(z.object({ title: z.string(), snippet: z.string().catch(''), timestamp: z.string().catch('') })),
  }),
});

const PageAnswer = z.object({
  query: z.object({
    pages: z
      .array(
        z.object({
          title: z.string(),
          missing: z.boolean().optional(),
          invalid: z.boolean().optional(),
          canonicalurl: z.string().optional(),
          pageprops: z.record(z.string(), z.unknown()).optional(),
          revisions: z.array(z.object({ revid: z.number(), timestamp: z.string() })).optional(),
        }),
      )
      .optional(),
  }),
});

const ParseAnswer = z.object({ parse: z.object({ text: z.string() }) });

/** Articles of one page of a search. */
const FOUND = 10;

/** Seconds that a wiki's copies may lag behind before it asks to be left alone; https://www.mediawiki.org/wiki/Manual:Maxlag_parameter. */
const MAX_LAG = 5;

/** A wiki, by its API (https://www.mediawiki.org/wiki/API:Main_page). */
export class MediaWiki {
  readonly #options: MediaWikiOptions;
  readonly #api: string;

  constructor(options: MediaWikiOptions) {
    this.#options = options;
    this.#api = options.url.endsWith('.php') ? options.url : `${options.url}/w/api.php`;
  }

  /** @param page from 1 */
  async search(words: string, page: number): Promise<FoundArticle[]> {
    const { query } = await this.#ask(SearchAnswer, {
      ...{ action: 'query', list: 'search', srsearch: words, srprop: 'snippet|timestamp' },
      ...{ srlimit: String(FOUND), sroffset: String((page - 1) * FOUND) },
    });
    return query.search.map(({ title, snippet, timestamp }) => ({
      ...{ title, snippet: plainText(snippet), changed: timestamp },
    }));
  }

  /**
   * Finds a page by its title, through redirects.
   *
   * @param until the newest revision is taken that is not younger, `2015-06-30T23:59:59Z`; undefined for the newest
   */
  async page(title: string, until: string | undefined): Promise<WikiPage> {
    const { query } = await this.#ask(PageAnswer, {
      ...{ action: 'query', titles: title, redirects: '1', prop: 'revisions|info|pageprops' },
      ...{ rvprop: 'ids|timestamp', inprop: 'url', ppprop: 'disambiguation' },
      ...(until === undefined ? {} : { rvlimit: '1', rvdir: 'older', rvstart: until }),
    });
    const found = query.pages?.[0];
    const revision = found?.revisions?.[0];
    return {
      title: found?.title ?? title,
      // Without any page the title is one of another wiki.
      missing: found === undefined || found.missing === true || found.invalid === true,
      url: found?.canonicalurl ?? '',
      disambiguation: found?.pageprops !== undefined && 'disambiguation' in found.pageprops,
      ...(revision === undefined ? {} : { revision: { id: revision.revid, at: revision.timestamp } }),
    };
  }

  /** The HTML of one revision. Templates in it are as they are today. */
  async html(revision: number): Promise<string> {
    const { parse } = await this.#ask(ParseAnswer, {
      ...{ action: 'parse', oldid: String(revision), prop: 'text' },
      ...{ disableeditsection: '1', disabletoc: '1', disablelimitreport: '1' },
    });
    return parse.text;
  }

  async #ask<T>(schema: z.ZodType<T>, parameters: Record<string, string>): Promise<T> {
    const { userAgent, signal, milliseconds } = this.#options;
    const url = new URL(this.#api);
    url.search = new URLSearchParams({
      ...parameters,
      ...{ format: 'json', formatversion: '2', maxlag: String(MAX_LAG) },
    }).toString();
    const { json, headers } = await requestJson({
      ...{ service: 'Wikipedia', urlVariable: 'WIKIPEDIA_URL', url, signal },
      headers: { 'user-agent': userAgent },
      explain: ({ status }) => (status === 403 ? clientRefused() : undefined),
      ...(milliseconds === undefined ? {} : { milliseconds }),
    });
    const refused = ApiError.safeParse(json);
    if (refused.success) throw apiError(refused.data.error, headers);
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    const problem = z.prettifyError(parsed.error).replace(/\s+/g, ' ').slice(0, 200);
    throw new ToolError(`Wikipedia sent an answer of another form than its documentation says: ${problem}`, {
      type: 'BrokenAnswer',
    });
  }
}

function clientRefused(): ToolError {
  return new ToolError(
    'Wikipedia refuses this client (status 403): set KGOT_CONTACT to a mail address or a page of yours, as its policy asks.',
    { type: 'ClientRefused', free: true },
  );
}

/** Errors come with status 200. */
function apiError(
  { code, info }: { code: string; info: string },
  headers: { get(name: string): string | null },
): ToolError {
  const message = `Wikipedia answered with the error ${code}: ${info.slice(0, 200)}`;
  if (code === 'maxlag' || code === 'ratelimited') return statusError({ status: 429, headers }, message);
  if (code === 'readonly' || code.startsWith('internal_api_error'))
    return statusError({ status: 503, headers }, message);
  return new ToolError(message, { type: 'RequestRefused', free: true });
}
