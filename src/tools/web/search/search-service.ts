import type { SearchSettings } from '../../../config/web.ts';

/** One result of a search. */
export interface SearchResult {
  title: string;
  url: string;
  snippet: string;
  /** Of the page, as the service words it. */
  date?: string;
}

export interface SearchAnswer {
  results: SearchResult[];
  /** What a reader of few or no results should know. */
  note?: string;
}

export interface SearchRequest {
  query: string;
  /** From 1; ten results each. */
  page: number;
  settings: SearchSettings;
  userAgent: string;
  signal: AbortSignal;
  milliseconds?: number;
}

/** A web search service. */
export interface SearchServiceClient {
  /** As errors call it. */
  name: string;
  /** US dollars a request; `null` where it is not known. */
  price: number | null;
  search(request: SearchRequest): Promise<SearchAnswer>;
}

/** Results of one page. */
export const RESULTS = 10;
