import { compile } from 'html-to-text';
import type { DomNode, FormatCallback } from 'html-to-text';
import { decodeText } from '../decode-text.ts';
import { markdownTable } from './tables.ts';

/** A web page's text: headings, lists and tables as Markdown; no scripts, styles, addresses of links or images. */
export function htmlText(html: string): string {
  return convert(html).trim();
}

/** A web page of unknown encoding. */
export function htmlBytesText(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 2_048)).toString('latin1');
  const [, label] = /<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]+)/i.exec(start) ?? [];
  const html = decodeText(bytes, label);
  const [, title] = /<title[^>]{0,200}>([^<]{1,300})<\/title>/i.exec(html.slice(0, 20_000)) ?? [];
  const text = htmlText(html);
  // A page that says its title only in the window's bar is found by it too.
  const shown = title === undefined ? '' : htmlText(title);
  return shown === '' || text.includes(shown) ? text : `${shown}\n\n${text}`;
}

const heading: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 2 });
  builder.addLiteral(`${'#'.repeat(Number(element.name!.slice(1)))} `);
  walk(element.children, builder);
  builder.closeBlock({ trailingLineBreaks: 2 });
};

const image: FormatCallback = (element, _walk, builder) => {
  const alternative = attributeOf(element, 'alt')?.trim();
  if (alternative) builder.addInline(alternative);
};

const table: FormatCallback = (element, walk, builder) => {
  for (const child of element.children) if (child.name === 'caption') walkBlock(child);
  const rows = rowsOf(element).filter((row) => row.length > 0);
  // Pages are laid out with tables of one cell, or of one column: those hold text, not values.
  if (rows.every((row) => row.length === 1)) {
    for (const [cell] of rows) walkBlock(cell!);
    return;
  }
  builder.openTable();
  for (const row of rows) {
    builder.openTableRow();
    for (const cell of row) {
      builder.openTableCell({});
      walk(cell.children, builder);
      builder.closeTableCell({ colspan: spanOf(cell) });
    }
    builder.closeTableRow();
  }
  builder.closeTable({
    leadingLineBreaks: 2,
    trailingLineBreaks: 2,
    tableToString: (cells) =>
      markdownTable(
        cells.map((row) => row.flatMap(({ text, colspan }) => [text, ...Array<string>(colspan - 1).fill('')])),
      ),
  });

  function walkBlock({ children }: DomNode): void {
    builder.openBlock({ leadingLineBreaks: 1 });
    walk(children, builder);
    builder.closeBlock({ trailingLineBreaks: 1 });
  }
};

/** Columns that a cell may cover: one that claims a million is no table. */
const MOST_SPAN = 100;

function spanOf(cell: DomNode): number {
  const span = Number.parseInt(attributeOf(cell, 'colspan') ?? '1', 10);
  return span >= 1 && span <= MOST_SPAN ? span : 1;
}

function attributeOf({ attribs }: DomNode, name: string): string | undefined {
  return (attribs as Record<string, string | undefined>)[name];
}

/** The cells of a table's own rows; a table in a cell is the cell's. */
function rowsOf(element: DomNode): DomNode[][] {
  return element.children.flatMap((child) => {
    switch (child.name) {
      case 'thead':
      case 'tbody':
      case 'tfoot':
        return rowsOf(child);
      case 'tr':
        return [child.children.filter(({ name }) => name === 'td' || name === 'th')];
      default:
        return [];
    }
  });
}

const convert = compile({
  wordwrap: false,
  preserveNewlines: false,
  // Deeper than any page that a person wrote; the parser's own recursion ends a few thousand further down.
  limits: { maxDepth: 400, ellipsis: '…' },
  formatters: { heading, image, table },
  selectors: [
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, format: 'heading' })),
    ...['script', 'style', 'noscript', 'template', 'head', 'svg', 'iframe', 'object'].map((selector) => ({
      selector,
      format: 'skip',
    })),
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'image' },
    { selector: 'table', format: 'table' },
    { selector: 'blockquote', format: 'block' },
  ],
});
