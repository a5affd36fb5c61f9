import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert } from '../../src/documents/convert/index.ts';
import type { TextKind } from '../../src/documents/convert/index.ts';
import { htmlText } from '../../src/documents/convert/html.ts';
import { csvText, markdownTable, tableText } from '../../src/documents/convert/tables.ts';
import { DocumentError } from '../../src/documents/errors.ts';
import { DOCUMENT_LIMITS } from '../../src/documents/limits.ts';
import { fixture, zipOf } from '../support/documents.ts';
import { SEEDED } from '../support/property.ts';

const read = (bytes: Uint8Array, kind: TextKind): Promise<string> => convert(bytes, kind, DOCUMENT_LIMITS);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function problemOf(bytes: Uint8Array, kind: TextKind, limits = DOCUMENT_LIMITS): Promise<DocumentError> {
  const error = await convert(bytes, kind, limits).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DocumentError);
  return error as DocumentError;
}

describe('a PDF', () => {
  it('is read page by page, with its words put together', async () => {
    expect(await read(fixture('report.pdf'), 'pdf')).toBe(
      [
        '# Page 1',
        'Report on Peru\nAda Vega leads Peru. Zoë Çelik of Zürich was her predecessor until 2019.\nCity Inhabitants\nLima 10092000',
        '# Page 2',
        '(no text on this page)',
        '# Page 3',
        'The third page tells of alpacas.',
      ].join('\n\n'),
    );
  });

  it('of another program is read too', async () => {
    expect(await read(fixture('libreoffice.pdf'), 'pdf')).toMatch(
      /^# Page 1\n\n.*River Length Big\nAmazon 6400 yes\nNile, the 6650 yes/s,
    );
  });

  it('that may be read, but not printed, is read', async () => {
    expect(await read(fixture('no-printing.pdf'), 'pdf')).toContain('alpacas');
  });

  it('with a password says so', async () => {
    expect(await problemOf(fixture('password.pdf'), 'pdf')).toMatchObject({
      problem: 'password',
      message: 'The document is password-protected: save it without a password',
      lasting: true,
    });
  });

  it('that was cut off says so', async () => {
    const error = await problemOf(fixture('report.pdf').subarray(0, 1_500), 'pdf');
    expect(error.problem).toBe('broken');
    expect(error.predicate).toMatch(/^is broken or was cut off \(.+\): save or send it again$/);
  });

  it('without any text is probably a scan', async () => {
    const error = await problemOf(fixture('scan.pdf'), 'pdf');
    expect(error.problem).toBe('no-text');
    expect(error.predicate).toMatch(/has no text on its 2 pages, it is probably a scan: give it as images, or .*OCR/);
  });

  it('whose fonts need a character map says what is missing, and reads the rest', async () => {
    const text = await read(fixture('cjk.pdf'), 'pdf');
    expect(text).toMatch(/^\(Text is missing below: it needs the character maps UniJIS-UCS2-H, which are not here\.\)/);
    expect(text).toContain('# Page 2\n\nIn English.');
  });
});

describe('a Word document', () => {
  it('is read with its headings, tables and lists', async () => {
    expect(await read(fixture('report.docx'), 'docx')).toBe(
      [
        '# Report',
        '# Cities of Peru',
        'The capital is Lima, and snake_case stays.',
        '| City | Inhabitants | Mayor |\n| --- | --- | --- |\n| Lima | 10092000 | Ann \\| Roe |\n| Cusco | 428450 |  |',
        ' * first',
        ' 1. second',
      ].join('\n\n'),
    );
  });

  it('of another program is read too', async () => {
    const text = await read(fixture('libreoffice.docx'), 'docx');
    expect(text).toContain('# River report');
    expect(text).toContain('| Amazon | 6400 |');
    expect(text).toContain('Zoë 漢字 😀');
  });

  it('with a password says so, and so does one of the old format', async () => {
    expect(await problemOf(fixture('password.docx'), 'ole')).toMatchObject({ problem: 'password' });
    expect(await problemOf(fixture('old.doc'), 'ole')).toMatchObject({
      problem: 'unreadable',
      predicate: 'is a Word document of the old format (.doc): save it as .docx',
    });
  });

  it('that was cut off says so', async () => {
    expect((await problemOf(fixture('report.docx').subarray(0, 20_000), 'docx')).predicate).toMatch(
      /^is broken or was cut off/,
    );
  });

  it('is not asked for files of the machine, whatever it refers to', async () => {
    const part = (type: string, target: string): string =>
      `<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}" TargetMode="External"/>`;
    const relations = (inner: string): string =>
      `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${inner}</Relationships>`;
    const document = zipOf({
      '_rels/.rels': relations(part('officeDocument', 'word/document.xml').replace(' TargetMode="External"', '')),
      'word/_rels/document.xml.rels': relations(part('image', 'file:///etc/passwd')),
      'word/document.xml':
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><w:body><w:p><w:r><w:t>words</w:t></w:r><w:r><w:drawing><wp:inline><a:graphic><a:graphicData><a:blip r:link="r1"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p></w:body></w:document>',
    });
    expect(await read(document, 'docx')).toBe('words');
  });
});

describe('an Excel workbook', () => {
  it('is read sheet by sheet, each row with the names of its columns', async () => {
    expect(await read(fixture('cities.xlsx'), 'xlsx')).toBe(
      [
        '# Sheet Cities',
        'Cities of Peru, 2024',
        'City: Lima; Inhabitants: 10092000; Founded: 1535-01-18; Share: 0.3; Coast: true',
        'City: Cusco; Inhabitants: 428450; Founded: 1534-03-23 12:30:00; Coast: false',
        '# Sheet Notes & more',
        'Only a note',
        '# Sheet Hidden',
        'a hidden cell',
      ].join('\n\n'),
    );
  });

  it('of another program is read too', async () => {
    expect(await read(fixture('libreoffice.xlsx'), 'xlsx')).toBe(
      '# Sheet rivers\n\nRiver: Amazon; Length: 6400; Big: yes\n\nRiver: Nile, the; Length: 6650; Big: yes',
    );
  });

  it('with a password, of the old format, or cut off says so', async () => {
    expect(await problemOf(fixture('password.xlsx'), 'ole')).toMatchObject({ problem: 'password' });
    expect((await problemOf(fixture('old.xls'), 'ole')).predicate).toBe(
      'is an Excel workbook of the old format (.xls): save it as .xlsx',
    );
    expect(await problemOf(fixture('cities.xlsx').subarray(0, 3_000), 'xlsx')).toMatchObject({ problem: 'broken' });
  });
});

describe('a presentation', () => {
  it('is read slide by slide, with its tables and notes', async () => {
    expect(await read(fixture('rivers.pptx'), 'pptx')).toBe(
      [
        '# Slide 1',
        'Rivers',
        'Amazon\nNile',
        'Notes: Mention the Rímac.',
        '# Slide 2',
        'Lengths',
        '| River | Kilometres |\n| --- | --- |\n| Amazon | 6400 |',
      ].join('\n\n'),
    );
  });

  it('that was cut off, or has lost its list of slides, says so', async () => {
    expect(await problemOf(fixture('rivers.pptx').subarray(0, 20_000), 'pptx')).toMatchObject({ problem: 'broken' });
    expect(await problemOf(zipOf({ 'ppt/slides/slide1.xml': '<p/>' }), 'pptx')).toMatchObject({
      predicate: 'is broken: it has no part that lists its slides',
    });
  });
});

describe('a web page', () => {
  it('is read without what no reader sees, its tables as Markdown', () => {
    const page = `<html><head><title>T</title><style>a{}</style><script>x="</p>"</script></head><body>
      <h2>Rivers &amp; lakes</h2><p>The <b>Amazon</b> is <a href="https://example.org/amazon">long</a>.<br>Very.</p>
      <noscript>no</noscript><template>no</template><!-- no --><img src="data:image/png;base64,AAAA" alt="A river">
      <table><caption>Lengths</caption><thead><tr><th>River<th>km</thead><tr><td>Amazon | Ucayali<td>6400<tr><td colspan=2>end</table>
      <ul><li>one<ul><li>two</ul></ul>`;
    expect(htmlText(page)).toBe(
      [
        '## Rivers & lakes',
        'The Amazon is long.\nVery.',
        'A river\nLengths',
        '| River | km |\n| --- | --- |\n| Amazon \\| Ucayali | 6400 |\n| end |  |',
        ' * one\n   * two',
      ].join('\n\n'),
    );
  });

  it('that is laid out with tables of one column is read as text', () => {
    expect(htmlText('<table><tr><td><h1>A</h1><p>one</p></td></tr><tr><td>two</td></tr></table>')).toBe(
      '# A\n\none\n\ntwo',
    );
  });

  it('is decoded as it says, and found by its title too', async () => {
    const page = '<meta charset="iso-8859-1"><title>Größe</title><p>Zürich</p>';
    expect(await read(Buffer.from(page, 'latin1'), 'html')).toBe('Größe\n\nZürich');
  });

  it.each([
    ['elements in elements', '<div>'.repeat(3_000) + 'x'],
    ['tables in tables', '<table><tr><td>a<td>b'.repeat(300)],
    ['a cell over a hundred million columns', '<table><tr><td colspan=100000000>a<td>b</table>'],
    ['attributes', `<p ${'x="1" '.repeat(50_000)}>y`],
    ['brackets', '<'.repeat(100_000)],
    ['comments', '<!--'.repeat(100_000)],
    ['entities', '&'.repeat(100_000)],
  ])('of a great many %s is read within moments', (_, page) => {
    const start = performance.now();
    expect(typeof htmlText(page)).toBe('string');
    expect(performance.now() - start).toBeLessThan(15_000);
  });
});

describe('text', () => {
  it('in an older encoding is read, CSV too', async () => {
    const csv = 'Straße;Größe\nKönigstraße;5\nMünchner Straße;7\n';
    expect(await read(Buffer.from(csv, 'latin1'), 'csv')).toBe(
      'Straße: Königstraße; Größe: 5\n\nStraße: Münchner Straße; Größe: 7',
    );
  });

  it('that is empty, or longer than the limit, says so', async () => {
    expect(await problemOf(bytesOf(' \n'), 'text')).toMatchObject({
      problem: 'no-text',
      predicate: 'has no text in it',
    });
    expect(await problemOf(bytesOf('12345'), 'text', { ...DOCUMENT_LIMITS, textCharacters: 4 })).toMatchObject({
      problem: 'too-large',
      predicate: 'holds 5 characters of text, the most is 4: split it',
    });
  });
});

describe('csvText', () => {
  it.each([
    ['commas', 'a,b\n1;5,2\n', 'a: 1;5; b: 2'],
    ['semicolons', 'a;b\n1,5;2\n', 'a: 1,5; b: 2'],
    ['tabs', 'a\tb\n1,5\t2;3\n', 'a: 1,5; b: 2;3'],
    ['commas, with semicolons in a name', '"a;b;c",d\n1,2\n', 'a;b;c: 1; d: 2'],
  ])('tells %s from what stands in cells', (_, csv, text) => {
    expect(csvText(csv)).toBe(text);
  });
});

describe('tables', () => {
  const cell = fc.string({ maxLength: 8 });
  const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });

  it('keep every value, under a name of its own', () => {
    fc.assert(
      fc.property(rows, (table) => {
        const [header, ...rest] = table;
        const blocks = tableText(table);
        for (const [index, row] of rest.entries()) {
          for (const [column, value] of row.entries()) {
            if (value !== '') expect(blocks, `${index}/${column} of ${JSON.stringify(header)}`).toContain(`: ${value}`);
          }
        }
      }),
      SEEDED,
    );
  });

  it('as Markdown have as many cells in each row, whatever is in them', () => {
    fc.assert(
      fc.property(rows, (table) => {
        const lines = markdownTable(table).split('\n').filter(Boolean);
        const cells = lines.map((line) => line.replaceAll(String.raw`\|`, '').split('|').length);
        expect(new Set(cells).size).toBeLessThanOrEqual(1);
      }),
      SEEDED,
    );
  });
});
