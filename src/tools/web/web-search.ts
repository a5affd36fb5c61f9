import { z } from 'zod';
import type { SearchService, SearchSettings, WebSettings } from '../../config/web.ts';
import { truncate } from '../../domain/text.ts';
import { defineTool } from '../define-tool.ts';
import { fetchedAt } from './fetched-at.ts';
import { brave } from './search/brave.ts';
import { RESULTS } from './search/search-service.ts';
import type { SearchResult, SearchServiceClient } from './search/search-service.ts';
import { searxng } from './search/searxng.ts';
import { serpapi } from './search/serpapi.ts';
import { tavily } from './search/tavily.ts';
import { userAgent } from './user-agent.ts';

const SERVICES: Record<SearchService, SearchServiceClient> = { searxng, tavily, brave, serpapi };

const TITLE_CHARACTERS = 120;
/** Characters of all results: they fit into what a prompt shows of a tool's output. Snippets share what the rest leaves. */
const RESULTS_CHARACTERS = 7_400;
const FEWEST_OF_A_SNIPPET = 100;

export interface WebSearchParts {
  /** The time in milliseconds. @default Date.now */
  now?: () => number;
  /** For one request. @default 20_000 */
  milliseconds?: number;
}

/** The tool `web_search`, over the service that the worker's environment configures. */
export function webSearchTool(
  search: SearchSettings,
  { cacheSeconds, contact }: Pick<WebSettings, 'cacheSeconds' | 'contact'>,
  { now = Date.now, milliseconds }: WebSearchParts = {},
) {
  const service = SERVICES[search.service];
  return defineTool({
    name: 'web_search',
    description: 'Searches the web; gives title, address and snippet of the ten results that match best.',
    input: z.object({
      page: z.number().int().min(1).describe('1 for the best ten results, 2 for the next ten, and so on.'),
      query: z.string().min(1).max(400).describe('What to search for, in a few words.'),
    }),
    output: z.object({
      fetched: z.string(),
      note: z.string().optional(),
      results: z.array(
        z.object({ title: z.string(), url: z.string(), date: z.string().optional(), snippet: z.string() }),
      ),
    }),
    timeouts: { attemptSeconds: 30 },
    price: service.price,
    cacheSeconds,
    cacheKey: `${search.service} ${search.url}`,
    async execute({ page, query }, { signal }) {
      const fetched = fetchedAt(now());
      const { results, note } = await service.search({
        ...{ query, page, settings: search, userAgent: userAgent(contact), signal },
        ...(milliseconds === undefined ? {} : { milliseconds }),
      });
      const told = note ?? (results.length === 0 ? 'Nothing was found.' : undefined);
      return {
        fetched,
        ...(told === undefined ? {} : { note: told }),
        results: shorten(results.slice(0, RESULTS)),
      };
    },
  });
}

function shorten(results: SearchResult[]): SearchResult[] {
  const rests = results.map(({ title, url, date }) => ({
    ...{ title: truncate(oneLine(title), TITLE_CHARACTERS), url },
    ...(date === undefined ? {} : { date: dayOf(date) }),
  }));
  const left = RESULTS_CHARACTERS - JSON.stringify(rests).length - results.length * LINE_CHARACTERS;
  const each = Math.max(FEWEST_OF_A_SNIPPET, Math.floor(left / results.length));
  return rests.map((rest, index) => ({ ...rest, snippet: truncate(oneLine(results[index]!.snippet), each) }));
}

/** Characters by which a result grows when it is written down. */
const LINE_CHARACTERS = 30;

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The day of a time; other words as they are. */
function dayOf(date: string): string {
  const [, day] = /^(\d{4}-\d{2}-\d{2})(?:T|$| )/.exec(date) ?? [];
  if (day !== undefined) return day;
  // As mail has it: Thu, 09 Jan 2025 03:00:00 GMT.
  const time = /^\w{3}, \d{1,2} \w{3} \d{4} /.test(date) ? Date.parse(date) : NaN;
  return Number.isNaN(time) ? oneLine(date).slice(0, 40) : new Date(time).toISOString().slice(0, 10);
}
