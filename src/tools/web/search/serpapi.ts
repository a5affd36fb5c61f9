import { z } from 'zod';
import { ToolError } from '../../tool-error.ts';
import { readAnswer } from './read-answer.ts';
import { RESULTS } from './search-service.ts';
import type { SearchServiceClient } from './search-service.ts';

const Answer = z.object({
  /** Absent where nothing was found. */
  organic_results: z
    .array(
      z.object({
        title: z.string().nullish(),
        /** Some results lead nowhere. */
        link: z.string().nullish(),
        snippet: z.string().nullish(),
        date: z.string().nullish(),
      }),
    )
    .nullish(),
  search_metadata: z.object({ status: z.string().nullish() }).nullish(),
  error: z.string().nullish(),
});

/**
 * SerpApi, which asks Google (https://serpapi.com/search-api). Its price depends on the plan, and is not known here. The key
 * is a part of the address: there is no header for it.
 */
export const serpapi: SearchServiceClient = {
  name: 'SerpApi',
  price: null,
  async search(request) {
    const { query, page, settings } = request;
    const url = new URL(`${settings.url}/search.json`);
    url.search = new URLSearchParams({
      ...{ engine: 'google', q: query, start: String((page - 1) * RESULTS) },
      api_key: settings.key?.value ?? '',
    }).toString();
    const { organic_results, search_metadata, error } = await readAnswer(request, serpapi.name, Answer, {
      url,
      explain: ({ status }, text) =>
        status === 429 && /run out of searches/i.test(text)
          ? new ToolError('SerpApi answered with status 429: the searches of SERPAPI_API_KEY are used up.', {
              type: 'QuotaUsedUp',
              free: true,
            })
          : undefined,
    });
    // Of a search that found nothing, the status is Success and the error says so.
    if (error && search_metadata?.status === 'Error') {
      throw new ToolError(`SerpApi could not search: ${error.slice(0, 200)}`, { type: 'ServerError', retry: true });
    }
    return {
      results: (organic_results ?? []).flatMap(({ title, link, snippet, date }) =>
        link ? [{ title: title ?? '', url: link, snippet: snippet ?? '', ...(date ? { date } : {}) }] : [],
      ),
    };
  },
};
