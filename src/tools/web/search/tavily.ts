import { z } from 'zod';
import { ToolError } from '../../tool-error.ts';
import { readAnswer } from './read-answer.ts';
import { RESULTS } from './search-service.ts';
import type { SearchServiceClient } from './search-service.ts';

const Answer = z.object({
  results: z.array(
    z.object({
      title: z.string(),
      url: z.string(),
      content: z.string(),
      /** With the topic news only. */
      published_date: z.string().nullish(),
    }),
  ),
});

/** Results that Tavily gives at most. It has no pages: the second is the rest of a longer list. */
const MOST_RESULTS = 20;

/**
 * US dollars: a basic search takes one credit, and a credit $0.008 as one goes; less in a monthly plan. From
 * https://docs.tavily.com/documentation/api-credits, November 2026.
 */
const PRICE = 0.008;

/** Tavily, a search service for programs (https://docs.tavily.com/documentation/api-reference/endpoint/search). */
export const tavily: SearchServiceClient = {
  name: 'Tavily',
  price: PRICE,
  async search(request) {
    const { query, page, settings } = request;
    if (page * RESULTS > MOST_RESULTS) {
      throw new ToolError(`Tavily gives ${MOST_RESULTS} results; there is no page ${page}.`, {
        type: 'NoSuchPage',
        free: true,
      });
    }
    const { results } = await readAnswer(request, tavily.name, Answer, {
      url: new URL(`${settings.url}/search`),
      headers: { authorization: `Bearer ${settings.key?.value}` },
      body: { query, max_results: page * RESULTS, search_depth: 'basic' },
      explain: ({ status }) =>
        status === 432 || status === 433
          ? new ToolError(
              `Tavily answered with status ${status}: the limit of the plan of TAVILY_API_KEY is reached.`,
              {
                type: 'QuotaUsedUp',
                free: true,
              },
            )
          : undefined,
    });
    return {
      results: results.slice((page - 1) * RESULTS, page * RESULTS).map(({ title, url, content, published_date }) => ({
        ...{ title, url, snippet: content },
        ...(published_date ? { date: published_date } : {}),
      })),
    };
  },
};
