import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import TurndownService from 'turndown';

/** What a person would read of an HTML page. */
export interface ReadableHtml {
  title: string;
  /** When it was published, as the page words it; empty where it does not say. */
  published: string;
  /** Like Markdown: headings, lists, tables, code. Links are `text [#3]` where they are numbered. */
  text: string;
  /** Absolute addresses; the first is number 1. Empty where links are not numbered. */
  links: string[];
}

export interface ReadableHtmlOptions {
  /** Address of the page, to which its links are relative. Without one, relative links are dropped. */
  url?: string;
  /** `main` leaves out what stands around the article; `all` keeps everything but navigation. @default 'main' */
  part?: 'main' | 'all';
  /** Selectors of elements to leave out besides. */
  without?: string;
  /** Whether links are numbered and listed, or only their text is kept. @default true */
  links?: boolean;
}

/** The little of a DOM that is used here: the libraries' types want a browser's. */
interface Dom {
  readonly tagName: string;
  readonly title: string;
  readonly documentElement: Dom | null;
  readonly head: Dom;
  readonly body: Dom;
  readonly childNodes: Iterable<Dom>;
  readonly children: Iterable<Dom>;
  readonly parentNode: Dom | null;
  readonly previousElementSibling: Dom | null;
  textContent: string;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Dom | null;
  querySelectorAll(selector: string): Iterable<Dom>;
  createElement(name: string): Dom;
  append(child: Dom): void;
  remove(): void;
}

/** Never text for a reader. */
const UNREADABLE =
  'script, style, noscript, template, svg, canvas, iframe, object, embed, audio, video, map, button, input, select, ' +
  'textarea, dialog, [hidden], [aria-hidden="true"]';
/** Stands around the text. */
const AROUND = 'nav, footer, aside, [role="navigation"], [role="banner"], [role="contentinfo"], [role="search"]';
/** Characters of HTML up to which the article is looked for: that takes a second for each 500,000. */
const ARTICLE_CHARACTERS = 1_000_000;
/** Elements inside of each other up to which the article is looked for: that takes time with the third power of it. */
const ARTICLE_DEPTH = 100;
/** Elements inside of each other up to which they tell anything: no page that people write has as many. */
const DEEPEST = 400;
/** What holds less than this share of a page's text is probably only a part of what is wanted. */
const MAIN_SHARE = 0.3;

/**
 * Turns HTML into text for reading. It never fetches anything and runs no script. It is slow on large pages, and hostile
 * ones may take all memory: give it a process of its own where that matters (`readHtml`).
 */
export function readableHtml(html: string, options: ReadableHtmlOptions = {}): ReadableHtml {
  const { url, part = 'main', without, links: numbered = true } = options;
  const document = parse(html, without);
  const base = baseOf(document, url);
  const title = titleOf(document);
  const published = publishedOf(document);
  let best = document.body;
  const depth = depthOf(best);
  if (depth > DEEPEST) return { title, published, text: tidy(best.textContent), links: [] };
  if (part === 'main') {
    const least = MAIN_SHARE * lengthOf(best);
    const main = document.querySelector('main, [role="main"]');
    const article = html.length <= ARTICLE_CHARACTERS && depth <= ARTICLE_DEPTH ? articleOf(html, without) : undefined;
    best = [article, main].find((element) => element != null && lengthOf(element) >= least) ?? best;
  }
  const links = new LinkNumbers(base);
  const text = tidy(markdownWriter(numbered ? links : undefined).turndown(best));
  return { title, published, text, links: links.addresses };
}

const HEAD = new Set(['TITLE', 'META', 'LINK', 'BASE']);

function parse(html: string, without = ''): Dom {
  const document = documentOf(html) ?? documentOf(`<html>${html}</html>`)!;
  const left = [UNREADABLE, AROUND, without].filter(Boolean).join(', ');
  for (const element of [...document.querySelectorAll(left)]) element.remove();
  // The parser makes neither head nor body of what is not marked as such.
  const { head, body } = document;
  for (const child of [...document.documentElement!.childNodes]) {
    if (child !== head && child !== body) (HEAD.has(child.tagName) ? head : body).append(child);
  }
  return document;
}

/** Undefined where the HTML does not say that it is a whole document. */
function documentOf(html: string): Dom | undefined {
  const { document } = parseHTML(html) as unknown as { document: Dom };
  return document.documentElement?.tagName === 'HTML' ? document : undefined;
}

/** The article that Readability finds, if any. It takes the document apart, so that it gets one of its own. */
function articleOf(html: string, without: string | undefined): Dom | undefined {
  const reader = new Readability<Dom>(parse(html, without), { serializer: (article: Dom) => article });
  return reader.parse()?.content ?? undefined;
}

function depthOf(root: Dom): number {
  let deepest = 0;
  const open: [element: Dom, depth: number][] = [[root, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [element, depth] = next;
    deepest = Math.max(deepest, depth);
    for (const child of element.children) open.push([child, depth + 1]);
  }
  return deepest;
}

function lengthOf(element: Dom): number {
  return element.textContent.replace(/\s+/g, ' ').length;
}

function titleOf(document: Dom): string {
  const stated = metaOf(document, 'meta[property="og:title"]');
  const title = document.querySelector('title')?.textContent ?? '';
  const heading = document.querySelector('h1')?.textContent ?? '';
  return [title, stated, heading].map((text) => text.replace(/\s+/g, ' ').trim()).find((text) => text !== '') ?? '';
}

function publishedOf(document: Dom): string {
  const selector =
    'meta[property="article:published_time"], meta[itemprop="datePublished"], meta[name="date"], meta[name="dc.date"]';
  return metaOf(document, selector).trim().slice(0, 40);
}

function metaOf(document: Dom, selector: string): string {
  return document.querySelector(selector)?.getAttribute('content') ?? '';
}

/** What links are relative to. */
function baseOf(document: Dom, url: string | undefined): string | undefined {
  const stated = document.querySelector('base[href]')?.getAttribute('href');
  return stated == null ? url : (URL.parse(stated, url)?.href ?? url);
}

/** Numbers the pages that are linked to, each once. */
class LinkNumbers {
  readonly addresses: string[] = [];
  readonly #base: URL | null;
  readonly #numbers = new Map<string, number>();

  constructor(base: string | undefined) {
    this.#base = base === undefined ? null : URL.parse(base);
  }

  /** @returns undefined for what leads to no other page */
  numberOf(href: string): number | undefined {
    const url = URL.parse(href.trim(), this.#base?.href);
    if (url === null || !/^https?:$/.test(url.protocol) || url.href.length > LINK_CHARACTERS) return undefined;
    url.hash = '';
    if (url.href === withoutHash(this.#base)) return undefined;
    let number = this.#numbers.get(url.href);
    if (number === undefined) {
      if (this.addresses.length === MOST_LINKS) return undefined;
      number = this.addresses.push(url.href);
      this.#numbers.set(url.href, number);
    }
    return number;
  }
}

const MOST_LINKS = 2_000;
/** Longer addresses carry data, and lead nowhere by themselves. */
const LINK_CHARACTERS = 500;

function withoutHash(url: URL | null): string | undefined {
  return url?.href.replace(/#.*$/s, '');
}

function markdownWriter(links: LinkNumbers | undefined): TurndownService {
  const writer = new TurndownService({
    headingStyle: 'atx',
    codeBlockStyle: 'fenced',
    bulletListMarker: '-',
    hr: '---',
  });
  // It is read, not rendered: escapes and emphasis would only stand in the way.
  writer.escape = (text) => text;
  writer.addRule('emphasis', { filter: ['em', 'i', 'strong', 'b'], replacement: (content) => content });
  writer.addRule('image', { filter: ['img', 'picture'], replacement: () => '' });
  writer.addRule('superscript', {
    filter: 'sup' as TurndownService.Filter,
    // A footnote's mark, or a power.
    replacement: (content) => (/^\s*\[.*\]/.test(content) ? '' : `^${content.trim()}`),
  });
  writer.addRule('link', {
    filter: 'a',
    replacement: (content, node) => {
      const text = content.trim().replace(/\s+/g, ' ');
      const href = (node as unknown as Dom).getAttribute('href');
      const number = href === null || text === '' ? undefined : links?.numberOf(href);
      return number === undefined ? content : `${text} [#${number}]`;
    },
  });
  addTableRules(writer);
  return writer;
}

function addTableRules(writer: TurndownService): void {
  writer.addRule('cell', {
    filter: ['td', 'th'],
    replacement: (content) => ` ${onOneLine(content).replaceAll('|', '/')} |`,
  });
  writer.addRule('row', {
    filter: 'tr',
    replacement: (content, node) => {
      if (content.replace(/[\s|]/g, '') === '') return '';
      const row = node as unknown as Dom;
      const cells = [...row.children];
      const first = row.previousElementSibling?.tagName !== 'TR' && row.parentNode?.tagName !== 'TFOOT';
      const heads = cells.length > 1 && cells.every(({ tagName }) => tagName === 'TH');
      return `\n|${content}${first && heads ? `\n|${' --- |'.repeat(cells.length)}` : ''}`;
    },
  });
  writer.addRule('rows', { filter: ['thead', 'tbody', 'tfoot'], replacement: (content) => content });
  writer.addRule('caption', { filter: 'caption', replacement: (content) => `\n${content.trim()}\n` });
  writer.addRule('table', { filter: 'table', replacement: (content) => `\n\n${content.trim()}\n\n` });
}

/** A cell may hold a list. */
function onOneLine(content: string): string {
  return content
    .trim()
    .replace(/^[-*] +/, '')
    .replace(/\s*\n\s*[-*] +/g, '; ')
    .replace(/\s*\n\s*/g, ' ');
}

function tidy(text: string): string {
  return text
    .replace(/[\u00a0\u2007\u202f]/g, ' ')
    .replace(/[\u00ad\u200b\u200c\u2060\ufeff]/g, '')
    .replace(/^([^\S\n]*)- {3}/gm, '$1- ')
    .replace(/[^\S\n]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
