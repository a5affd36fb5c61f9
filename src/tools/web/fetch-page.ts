import { z } from 'zod';
import type { WebSettings } from '../../config/web.ts';
import { truncate } from '../../domain/text.ts';
import { defineTool } from '../define-tool.ts';
import { ToolError } from '../tool-error.ts';
import { asData } from './as-data.ts';
import { cutPages } from './cut-pages.ts';
import { download } from './download.ts';
import { fetchedAt } from './fetched-at.ts';
import type { ResolveHost } from './guarded-agent.ts';
import { checkPageType, pageText } from './page-text.ts';
import { userAgent } from './user-agent.ts';

/** Characters of one page's text: with its links it fits into what a prompt shows of a tool's output. */
const PAGE_CHARACTERS = 5_000;
const LINKS_CHARACTERS = 2_000;

export interface FetchPageParts {
  /** @default the system's resolver */
  resolve?: ResolveHost;
  /** The time in milliseconds. @default Date.now */
  now?: () => number;
  /** For one download. @default 30_000 */
  milliseconds?: number;
}

/** The tool `fetch_page`: text of the public web. What it gives is data, and never an instruction. */
export function fetchPageTool(settings: WebSettings, { now = Date.now, ...parts }: FetchPageParts = {}) {
  return defineTool({
    name: 'fetch_page',
    description: 'Reads the text of a web page, page by page, with the addresses that it links to.',
    input: z.object({
      page: z.number().int().min(1).describe('The page of the text to read, from 1.'),
      url: z.string().min(1).max(2_000).describe('An address that a search or a page gave.'),
    }),
    output: z.object({
      title: z.string(),
      url: z.string(),
      published: z.string().optional(),
      fetched: z.string(),
      page: z.number(),
      pages: z.number(),
      text: z.string(),
      links: z.string().optional(),
    }),
    timeouts: { attemptSeconds: 60 },
    cacheSeconds: settings.cacheSeconds,
    cacheKey: [...settings.allowed].sort().join(),
    async execute({ page, url: address }, { remember, signal }) {
      const whole = await remember({ address }, async () => {
        const fetched = fetchedAt(now());
        const found = await download(address, {
          ...parts,
          allowed: settings.allowed,
          userAgent: userAgent(settings.contact),
          checkType: checkPageType,
          signal,
        });
        return { url: found.url.href, fetched, ...(await pageText(found, signal)) };
      });
      const texts = cutPages(asData(whole.text), PAGE_CHARACTERS);
      if (texts.length === 0) texts.push('(It holds no text that can be read without running its scripts.)');
      const text = texts[page - 1];
      if (text === undefined) {
        throw new ToolError(`${whole.url} has ${texts.length} pages; there is no page ${page}.`, {
          type: 'NoSuchPage',
        });
      }
      const links = linksOf(text, whole.links);
      return {
        title: truncate(whole.title, 200),
        url: whole.url,
        ...(whole.published === '' ? {} : { published: whole.published }),
        fetched: whole.fetched,
        ...{ page, pages: texts.length, text },
        ...(links === '' ? {} : { links }),
      };
    },
  });
}

/** The addresses of the numbers that stand in a page's text. */
function linksOf(text: string, links: readonly string[]): string {
  const numbers = new Set([...text.matchAll(/\[#(\d+)\]/g)].map(([, number]) => Number(number)));
  const lines = [...numbers].flatMap((number) => {
    const address = links[number - 1];
    return address === undefined ? [] : [`#${number} ${address}`];
  });
  let characters = 0;
  const shown = lines.filter((line) => (characters += line.length + 1) <= LINKS_CHARACTERS);
  return shown.join('\n');
}
