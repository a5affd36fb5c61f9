import { z } from 'zod';
import { ToolError } from '../../tool-error.ts';
import { readAnswer } from './read-answer.ts';
import { RESULTS } from './search-service.ts';
import type { SearchServiceClient } from './search-service.ts';

const Answer = z.object({
  results: z.array(
    z.object({
      title: z.string().nullish(),
      url: z.string(),
      content: z.string().nullish(),
      publishedDate: z.string().nullish(),
    }),
  ),
  /** Pairs of an engine's name and what was wrong. */
  unresponsive_engines: z.array(z.array(z.string())).catch([]),
});

/**
 * SearXNG, a search engine that one runs oneself and that asks others (https://docs.searxng.org/dev/search_api.html). Its
 * pages have as many results as its engines gave: the best ten of each are taken.
 */
export const searxng: SearchServiceClient = {
  name: 'SearXNG',
  price: 0,
  async search(request) {
    const { query, page, settings } = request;
    const url = new URL(`${settings.url}/search`);
    url.search = new URLSearchParams({ q: query, format: 'json', pageno: String(page) }).toString();
    const { results, unresponsive_engines } = await readAnswer(request, searxng.name, Answer, {
      url,
      explain: ({ status }) =>
        status === 403
          ? new ToolError(
              'SearXNG refuses to answer in JSON: list json under search.formats in its settings.yml, or set SEARXNG_URL to another one.',
              { type: 'KeyRefused', free: true },
            )
          : undefined,
    });
    const silent = unresponsive_engines.map(([engine, why]) => `${engine}${why === undefined ? '' : ` (${why})`}`);
    return {
      results: results.slice(0, RESULTS).map(({ title, url: address, content, publishedDate }) => ({
        title: title ?? '',
        url: address,
        snippet: content ?? '',
        ...(publishedDate ? { date: publishedDate } : {}),
      })),
      ...(results.length === 0 && silent.length > 0
        ? { note: `These engines did not answer: ${silent.join(', ')}.` }
        : {}),
    };
  },
};
