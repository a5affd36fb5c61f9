import { z } from 'zod';
import type { WebSettings } from '../../config/web.ts';
import { truncate } from '../../domain/text.ts';
import { defineTool } from '../define-tool.ts';
import type { ToolContext } from '../define-tool.ts';
import { ToolError } from '../tool-error.ts';
import { asData } from './as-data.ts';
import { cutPages } from './cut-pages.ts';
import { fetchedAt } from './fetched-at.ts';
import { MediaWiki } from './mediawiki.ts';
import { readHtml } from './read-html.ts';
import { userAgent } from './user-agent.ts';
import { findSection, sectionNames } from './wiki-sections.ts';

const PAGE_CHARACTERS = 5_500;
const SECTIONS_CHARACTERS = 1_200;
const SNIPPET_CHARACTERS = 400;

/** What stands in an article besides its text: marks for editors, footnotes, boxes of links. */
const NO_TEXT =
  '.mw-editsection, .reference, .mw-references-wrap, ol.references, .navbox, .metadata, .noprint, .mw-empty-elt, ' +
  '.sistersitebox, .ambox, .toc, .authority-control, .mw-indicators, .shortdescription';

export interface WikipediaParts {
  /** The time in milliseconds. @default Date.now */
  now?: () => number;
  /** For one request. */
  milliseconds?: number;
}

const Input = z.object({
  action: z.enum(['search', 'read']),
  date: z.string().describe('Reads it as it was then, like 2015-06-30; empty for now.'),
  language: z.string().describe('Like en or de; empty for en.'),
  page: z.number().int().min(1).describe('From 1.'),
  query: z.string().min(1).max(300).describe('Words to search for, or the title to read.'),
  section: z.string().describe('A heading to read only that; empty for all.'),
});
type Input = z.infer<typeof Input>;

const Output = z.object({
  title: z.string().optional(),
  url: z.string().optional(),
  /** When the text that is shown was written. */
  revised: z.string().optional(),
  fetched: z.string(),
  note: z.string().optional(),
  sections: z.string().optional(),
  section: z.string().optional(),
  page: z.number().optional(),
  pages: z.number().optional(),
  text: z.string().optional(),
  results: z.array(z.object({ title: z.string(), changed: z.string(), snippet: z.string() })).optional(),
});
type Output = z.infer<typeof Output>;

/** The tool `wikipedia`: searches it, and reads an article, a section, or what an article was on a date. */
export function wikipediaTool(settings: WebSettings, { now = Date.now, milliseconds }: WikipediaParts = {}) {
  return defineTool({
    name: 'wikipedia',
    description: 'Searches Wikipedia, or reads an article of it.',
    input: Input,
    output: Output,
    timeouts: { attemptSeconds: 90 },
    cacheSeconds: settings.cacheSeconds,
    cacheKey: settings.wikipediaUrl,
    execute(input, context) {
      const { url, note } = addressOf(settings.wikipediaUrl, input.language.trim().toLowerCase());
      const wiki = new MediaWiki({
        ...{ url, userAgent: userAgent(settings.contact), signal: context.signal },
        ...(milliseconds === undefined ? {} : { milliseconds }),
      });
      return input.action === 'search'
        ? search(wiki, input, { now, note })
        : read(wiki, url, input, context, { now, note });
    },
  });
}

interface Answering {
  now: () => number;
  note: string | undefined;
}

async function search(wiki: MediaWiki, { query, page }: Input, { now, note }: Answering): Promise<Output> {
  const fetched = fetchedAt(now());
  const found = await wiki.search(query, page);
  const results = found.map(({ title, changed, snippet }) => ({
    ...{ title, changed: changed.slice(0, 10), snippet: truncate(snippet, SNIPPET_CHARACTERS) },
  }));
  return { fetched, ...noteOf(note, results.length === 0 ? 'Nothing was found.' : undefined), results };
}

/** What is remembered of an article, for all its pages and sections. */
interface Article {
  fetched: string;
  title: string;
  url: string;
  revised: string;
  text: string;
  note?: string;
}

async function read(
  wiki: MediaWiki,
  url: string,
  { query, date, section: wanted, page }: Input,
  { remember, signal }: ToolContext,
  { now, note }: Answering,
): Promise<Output> {
  const until = endOf(date.trim());
  const article = await remember({ url, title: query, until }, () => load(wiki, query, until, { now, signal }));
  const { title, fetched, text: whole } = article;
  if (whole === '') return { fetched, ...noteOf(note, article.note) };
  const section = wanted.trim();
  const about = { title, url: article.url, revised: article.revised, fetched };
  const sections = truncate(sectionNames(whole).join('; '), SECTIONS_CHARACTERS);
  const part = section === '' ? whole : findSection(whole, section);
  if (part === undefined) {
    return { ...about, ...noteOf(note, article.note, `There is no section ${JSON.stringify(section)}.`), sections };
  }
  const texts = cutPages(asData(part), PAGE_CHARACTERS);
  const text = texts[page - 1];
  if (text === undefined) {
    throw new ToolError(`${title} has ${texts.length} pages; there is no page ${page}.`, { type: 'NoSuchPage' });
  }
  return {
    ...about,
    ...noteOf(note, article.note),
    ...(section === '' && page === 1 ? { sections } : {}),
    ...(section === '' ? {} : { section }),
    ...{ page, pages: texts.length, text },
  };
}

async function load(
  wiki: MediaWiki,
  asked: string,
  until: string | undefined,
  { now, signal }: { now: () => number; signal: AbortSignal },
): Promise<Article> {
  const fetched = fetchedAt(now());
  const found = await wiki.page(titleOf(asked), until);
  const { title, url, revision } = found;
  const article = { fetched, title, url, revised: revision?.at ?? '', text: '' };
  if (found.missing) {
    const others = (await wiki.search(asked, 1)).map((other) => other.title);
    const hint = others.length === 0 ? '' : ` Articles about these words: ${others.join('; ')}.`;
    return { ...article, note: `There is no article ${JSON.stringify(asked)}.${hint}` };
  }
  if (revision === undefined)
    return { ...article, note: `${title} has no revision of that time: it was written later.` };
  const html = await wiki.html(revision.id);
  const { text } = await readHtml(html, { part: 'all', links: false, without: NO_TEXT, signal });
  return {
    ...{ ...article, text: text || '(The article is empty.)' },
    ...(found.disambiguation ? { note: `${title} may mean several things: read one of these articles.` } : {}),
  };
}

/** A title with what the API would take for something else. */
function titleOf(text: string): string {
  return text.replace(/#.*$/s, '').replaceAll('|', ' ').trim();
}

/** The wiki of a language. */
function addressOf(template: string, language: string): { url: string; note: string | undefined } {
  if (language !== '' && !/^[a-z]{2,12}(-[a-z]{2,12}){0,2}$/.test(language)) {
    throw new ToolError(`${JSON.stringify(language)} is no language of Wikipedia: give one like en, de or simple.`, {
      type: 'InvalidToolInput',
    });
  }
  if (template.includes('{language}'))
    return { url: template.replace('{language}', language || 'en'), note: undefined };
  const of = /^(https:\/\/)[a-z-]+(\.wikipedia\.org)$/.exec(template);
  if (language === '' || of === null) {
    return { url: template, note: language === '' ? undefined : 'This wiki has one language only.' };
  }
  return { url: `${of[1]}${language}${of[2]}`, note: undefined };
}

/** The end of a year, month or day, as the API takes it; undefined for now. */
function endOf(date: string): string | undefined {
  if (date === '') return undefined;
  const [, year, month, day] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(date) ?? [];
  const last = month === undefined ? '12-31' : `${month}-${day ?? lastDay(Number(year), Number(month))}`;
  const end = `${year}-${last}T23:59:59Z`;
  if (year !== undefined && !Number.isNaN(Date.parse(end))) return end;
  throw new ToolError(`${JSON.stringify(date)} is no date: give one like 2015-06-30.`, { type: 'InvalidToolInput' });
}

function lastDay(year: number, month: number): string {
  return String(new Date(Date.UTC(year, month, 0)).getUTCDate()).padStart(2, '0');
}

function noteOf(...notes: (string | undefined)[]): { note?: string } {
  const note = notes.filter((text) => text !== undefined).join(' ');
  return note === '' ? {} : { note };
}
