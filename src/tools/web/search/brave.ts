import { z } from 'zod';
import { ToolError } from '../../tool-error.ts';
import { statusError } from '../http-errors.ts';
import type { FailedResponse } from '../http-errors.ts';
import { plainText } from '../plain-text.ts';
import { readAnswer } from './read-answer.ts';
import { RESULTS } from './search-service.ts';
import type { SearchServiceClient } from './search-service.ts';

const Answer = z.object({
  /** Absent where nothing was found. */
  web: z
    .object({
      results: z.array(
        z.object({
          title: z.string(),
          url: z.string(),
          description: z.string().nullish(),
          /** A date. */
          page_age: z.string().nullish(),
          /** In words. */
          age: z.string().nullish(),
        }),
      ),
    })
    .nullish(),
});

/** Pages that Brave gives at most: `offset` goes up to 9. */
const MOST_PAGES = 10;

/**
 * US dollars: $5 for 1,000 requests of the plan Search, of which only those that succeed are counted. From
 * https://api-dashboard.search.brave.com/documentation/pricing, September 2026.
 */
const PRICE = 0.005;

/** Brave Search (https://api-dashboard.search.brave.com/documentation/services/web-search). */
export const brave: SearchServiceClient = {
  name: 'Brave Search',
  price: PRICE,
  async search(request) {
    const { query, page, settings } = request;
    if (page > MOST_PAGES) {
      throw new ToolError(`Brave Search gives ${MOST_PAGES} pages; there is no page ${page}.`, {
        type: 'NoSuchPage',
        free: true,
      });
    }
    const url = new URL(`${settings.url}/res/v1/web/search`);
    url.search = new URLSearchParams({
      ...{ q: query, count: String(RESULTS), offset: String(page - 1) },
      ...{ result_filter: 'web', text_decorations: 'false' },
    }).toString();
    const { web } = await readAnswer(request, brave.name, Answer, {
      url,
      headers: { 'x-subscription-token': settings.key?.value ?? '' },
      explain: (response) => (response.status === 429 ? limitReached(response) : undefined),
    });
    return {
      results: (web?.results ?? []).map(({ title, url: address, description, page_age, age }) => {
        const date = page_age ?? age;
        return {
          title: plainText(title),
          url: address,
          snippet: plainText(description ?? ''),
          ...(date ? { date } : {}),
        };
      }),
    };
  },
};

/**
 * Brave has a limit a second and one a month, and says of both what remains (`0, 1200`) and the seconds until there is more
 * (`1, 1419704`).
 */
function limitReached(response: FailedResponse): ToolError {
  const numbers = (name: string): number[] => (response.headers.get(name) ?? '').split(',').map(Number);
  const remaining = numbers('x-ratelimit-remaining');
  const reset = numbers('x-ratelimit-reset');
  if (remaining.length > 1 && remaining.at(-1) === 0) {
    return new ToolError('Brave Search answered with status 429: the month of BRAVE_API_KEY is used up.', {
      type: 'QuotaUsedUp',
      free: true,
    });
  }
  const [seconds = NaN] = reset;
  const retryAfter = seconds > 0 ? seconds * 1000 : undefined;
  const message = 'Brave Search answered with status 429: too many requests a second for the plan of BRAVE_API_KEY.';
  return statusError(response, message, retryAfter === undefined ? {} : { retryAfter });
}
