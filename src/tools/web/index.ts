import { requiredBy, SEARCH_SERVICES } from '../../config/web.ts';
import type { SearchService, WebSettings } from '../../config/web.ts';
import type { Tool } from '../define-tool.ts';
import { fetchPageTool } from './fetch-page.ts';
import { webSearchTool } from './web-search.ts';
import { wikipediaTool } from './wikipedia.ts';

/** The tools that reach the web, as far as a worker's environment allows them. */
export function webTools(settings: WebSettings): Tool[] {
  return [
    ...(settings.search === undefined ? [] : [webSearchTool(settings.search, settings)]),
    ...(settings.pages ? [fetchPageTool(settings), wikipediaTool(settings)] : []),
  ] as Tool[];
}

/** How to switch on what is not: a line each. */
export function waysToHaveWebTools({ search, pages }: WebSettings): string[] {
  const variables = (Object.keys(SEARCH_SERVICES) as SearchService[]).map(requiredBy);
  const last = variables.pop();
  return [
    ...(search === undefined ? [`web_search: set ${variables.join(', ')} or ${last} for the worker`] : []),
    ...(pages ? [] : ['fetch_page, wikipedia: set KGOT_WEB=on for the worker']),
  ];
}
