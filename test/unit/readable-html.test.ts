import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readableHtml } from '../../src/tools/readable-html.ts';
import { cutPages } from '../../src/tools/web/cut-pages.ts';
import { readHtml } from '../../src/tools/web/read-html.ts';
import { SEEDED } from '../support/property.ts';

const URL_OF_PAGE = 'https://example.org/a/page.html';

function textOf(html: string): string {
  return readableHtml(html, { url: URL_OF_PAGE }).text;
}

const SENTENCES = '<p>The river is long, wide and old, and many people, of all ages, live on its banks.</p>'.repeat(12);

describe('readableHtml', () => {
  it.each([
    ['headings', '<h2>A</h2><h3>B <em>c</em></h3>', '## A\n\n### B c'],
    ['paragraphs', '<p>One\n  two<br>three</p><p>four&nbsp;&amp;&#32;five', 'One two\nthree\n\nfour & five'],
    ['lists', '<ul><li>a<li>b<ul><li>c</ul></ul><ol><li>d</ol>', '- a\n- b\n    - c\n\n1.  d'],
    ['powers', 'x<sup>2</sup> + H<sub>2</sub>O', 'x^2 + H2O'],
    ['no footnotes', '<p>So it is.<sup class="reference"><a href="#n1">[1]</a></sup>', 'So it is.'],
    ['code as it is', '<pre><code>a_b = *c\n  d</code></pre>', '```\na_b = *c\n  d\n```'],
    ['no escapes', '<p>1. snake_case *and* [brackets]</p>', '1. snake_case *and* [brackets]'],
    ['no scripts', '<script>x()</script><style>p{}</style><noscript>n</noscript><p hidden>h</p><p>text', 'text'],
    ['no frames, forms and pictures', '<iframe src="x"></iframe><button>b</button><img src=x alt="y"><p>text', 'text'],
    ['text without any tag', 'just text', 'just text'],
    ['nothing of nothing', '', ''],
  ])('writes %s', (_, html, text) => {
    expect(textOf(html)).toBe(text);
  });

  it('writes tables as rows, and what lies in a cell on one line', () => {
    const table = `<table><caption>Cities</caption><thead><tr><th>Name<th>Rivers</thead>
      <tr><td>Lima<td><ul><li>Rímac<li>Lurín | Chillón</ul></tr><tr><td></td><td></td></tr></table>`;
    expect(textOf(table)).toBe('Cities\n| Name | Rivers |\n| --- | --- |\n| Lima | Rímac; Lurín / Chillón |');
    expect(textOf('<table><tr><th>Capital</th><td>Lima</td></tr></table>')).toBe('| Capital | Lima |');
  });

  it('numbers links, each page once, and lists their whole addresses', () => {
    const html = `<head><base href="/b/"></head><p><a href="c?d=1#e">one</a> <a href="https://other.org">two</a>
      <a href="c?d=1">one again</a> <a href="#here">here</a> <a href="javascript:x()">run</a> <a href="mailto:a@b.c">mail</a>
      <a href="file:///etc/passwd">file</a> <a href="//cdn.org/x">three</a> <a href="/y"><img src="z"></a>`;
    const { text, links } = readableHtml(html, { url: URL_OF_PAGE });
    expect(text).toBe('one [#1] two [#2] one again [#1] here run mail file three [#3]');
    expect(links).toEqual(['https://example.org/b/c?d=1', 'https://other.org/', 'https://cdn.org/x']);
  });

  it('keeps only the text of links where it is told so, or knows not whence they lead', () => {
    const html = '<p><a href="/c">one</a> <a href="https://other.org">two</a>';
    expect(readableHtml(html, { url: URL_OF_PAGE, links: false })).toMatchObject({ text: 'one two', links: [] });
    expect(readableHtml(html).links).toEqual(['https://other.org/']);
  });

  it('finds the article among what stands around it', () => {
    const around = '<li><a href="/x">Another story of the day</a></li>'.repeat(20);
    const html = `<title>News of  rivers</title><meta property="article:published_time" content="2024-05-01T10:00:00Z">
      <nav>Home</nav><div class="sidebar"><ul>${around}</ul></div><div class="article"><h1>Rivers</h1>${SENTENCES}</div>
      <footer>Imprint</footer>`;
    const page = readableHtml(html, { url: URL_OF_PAGE });
    expect(page).toMatchObject({ title: 'News of rivers', published: '2024-05-01T10:00:00Z', links: [] });
    expect(page.text).toContain('The river is long');
    expect(page.text).not.toMatch(/Another story|Home|Imprint/);
  });

  it('keeps all of a page that is no article', () => {
    const rows = Array.from({ length: 40 }, (_, index) => `<tr><td>Team ${index}</td><td>${index}</td></tr>`).join('');
    const { text } = readableHtml(`<p>Scores.</p><table>${rows}</table>`, { url: URL_OF_PAGE });
    expect(text).toContain('Scores.');
    expect(text).toContain('| Team 39 | 39 |');
  });

  it('leaves out what it is told to', () => {
    const html = '<p>text <span class="edit">[edit]</span></p><div class="navbox">box</div>';
    expect(readableHtml(html, { part: 'all', without: '.edit, .navbox' }).text).toBe('text');
  });

  it('reads what is nested beyond reason as plain text', () => {
    expect(textOf(`${'<div>'.repeat(5_000)}<b>deep</b> text`)).toBe('deep text');
  });

  it('throws nothing at broken markup', () => {
    const tags = fc.constantFrom(
      '<p',
      '>',
      '</',
      'div',
      '<table><tr>',
      '<td>',
      '<a href="',
      '"',
      '<!--',
      '-->',
      '&',
      'x ',
      '<html>',
    );
    fc.assert(
      fc.property(fc.array(tags, { maxLength: 30 }), (parts) => {
        expect(typeof textOf(parts.join('')), parts.join('')).toBe('string');
      }),
      { ...SEEDED, numRuns: 100 },
    );
  });
});

describe('readHtml', () => {
  const { signal } = new AbortController();

  it('gives the same in a process of its own', async () => {
    const html = '<title>T</title><p><a href="b">one</a>';
    expect(await readHtml(html, { url: URL_OF_PAGE, signal })).toEqual(readableHtml(html, { url: URL_OF_PAGE }));
  });

  it('ends the process of a page that takes too long, or too much memory', async () => {
    const slow = readHtml('<a href="b">text</a>'.repeat(100_000), { signal, milliseconds: 100 });
    await expect(slow).rejects.toThrow('The page cannot be turned into text: that takes too long.');
    const large = readHtml('<'.repeat(3_000_000), { signal, milliseconds: 4_000 });
    await expect(large).rejects.toThrow(/too much memory|too long/);
  });

  it('goes on after such pages, and reads several at once', async () => {
    const texts = await Promise.all(
      Array.from({ length: 5 }, async (_, index) => (await readHtml(`<p>text ${index}`, { signal })).text),
    );
    expect(texts).toEqual([0, 1, 2, 3, 4].map((index) => `text ${index}`));
  });

  it('ends it when the call is cancelled', async () => {
    const cancel = new AbortController();
    const reading = readHtml('<p>text', { signal: cancel.signal });
    cancel.abort(new Error('cancelled'));
    await expect(reading).rejects.toThrow('cancelled');
  });
});

describe('cutPages', () => {
  it('cuts at headings, then paragraphs, lines, sentences, words', () => {
    expect(cutPages('# A\n\none two\n\n# B\n\nthree', 18)).toEqual(['# A\n\none two', '# B\n\nthree']);
    expect(cutPages('one two\n\nthree four', 15)).toEqual(['one two', 'three four']);
    expect(cutPages('One two. Three four.', 14)).toEqual(['One two.', 'Three four.']);
    expect(cutPages('one two three', 9)).toEqual(['one two', 'three']);
    expect(cutPages('abcdef', 4)).toEqual(['abcd', 'ef']);
    expect(cutPages(' \n ', 4)).toEqual([]);
  });

  it('loses no word, fills pages at least by half, and splits no character', () => {
    const word = fc.constantFrom('a', 'river', '😀😀😀', '\n', '\n\n', '# ', '. ', 'x'.repeat(50));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), fc.integer({ min: 10, max: 60 }), (words, limit) => {
        const text = words.join(' ');
        const pages = cutPages(text, limit);
        expect(pages.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
        for (const page of pages) {
          expect(page.length).toBeLessThanOrEqual(limit);
          expect(page.isWellFormed()).toBe(true);
        }
      }),
      SEEDED,
    );
  });
});
