import { beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { ArtifactMissingError } from '../../src/artifacts/artifact-store.ts';
import { DocumentError } from '../../src/documents/errors.ts';
import type { DocumentReference, DocumentText } from '../../src/domain/run.ts';
import { readDocument } from '../../src/tools/built-in/read-document.ts';
import { searchDocuments } from '../../src/tools/built-in/search-documents.ts';
import type { GenerateRequest, ToolContext } from '../../src/tools/index.ts';
import { fixture } from '../support/documents.ts';
import { temporaryStore } from '../support/folders.ts';
import { toolContext } from '../support/tool-context.ts';

let artifacts: ArtifactStore;
beforeEach(() => {
  artifacts = temporaryStore();
});

function document(name: string, text: string, mediaType = 'text/plain'): DocumentText {
  return { name, mediaType, text };
}

const PERU = document('Peru', 'Peru has 34 million people. Its capital is Lima.');
const HOUSTON = document(
  'Houston Astros',
  'The Houston Astros lost the World Series to the Dodgers. They play in Texas.',
);
const BARRY = document('Barry Wesson', 'Barry Wesson is a retired player who was an outfielder of the Astros.');
const ZOE = document('Zoë', 'Zoë Çelik’s museums stand in Zürich.');
const TABLE = document(
  'cities.csv',
  '\ufeffName,Inhabitants,Mayor\n"Lima, Peru",10000000,\nCusco,428450,"Ann ""A"" Roe"\n\n',
  'text/csv',
);
const RECORD = document('data.json', '{"country":{"name":"Peru","rivers":["Amazon","Rímac"]}}', 'application/json');

async function search(documents: DocumentText[], query: string, page = 1): Promise<string[]> {
  const { passages } = await searchDocuments.execute({ query, page }, await toolContext(artifacts, documents));
  return passages.map((passage) => passage.document);
}

async function read(documents: DocumentText[], name: string, page = 1) {
  return readDocument.execute({ name, page }, await toolContext(artifacts, documents));
}

describe('search_documents', () => {
  const all = [PERU, HOUSTON, BARRY, ZOE, TABLE, RECORD];

  it.each([
    ['names', 'Barry Wesson', 'Barry Wesson'],
    ['words of the text', 'Who lost the world series?', 'Houston Astros'],
    ['words without their accents', 'zoe celik zurich', 'Zoë'],
    ['the singular of a plural', 'museum', 'Zoë'],
    ['a misspelt word', 'outfelder', 'Barry Wesson'],
    ['a value of a CSV table', 'Cusco mayor', 'cities.csv'],
    ['a value of JSON', 'Rímac', 'data.json'],
  ])('finds a document by %s', async (_, query, name) => {
    expect((await search(all, query))[0]).toBe(name);
  });

  it('finds nothing by words that stand nowhere, or that stand everywhere', async () => {
    expect(await search(all, 'xylophone')).toEqual([]);
    expect(await search(all, 'the of and')).toEqual([]);
    expect(await search([], 'Peru')).toEqual([]);
  });

  it('gives the three best passages, and the next ones on the next page', async () => {
    const many = Array.from({ length: 8 }, (_, index) =>
      document(`river ${index}`, `A river${' river'.repeat(index)}.`),
    );
    const pages = [await search(many, 'river'), await search(many, 'river', 2), await search(many, 'river', 3)];
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 2]);
    expect(new Set(pages.flat()).size).toBe(8);
    expect(await search(many, 'river', 4)).toEqual([]);
  });

  it('gives of a long document the passage that matches', async () => {
    const sections = ['Amazon', 'Danube', 'Nile'].map(
      (river) => `# ${river}\n\n${`The ${river} is long. `.repeat(80)}`,
    );
    const rivers = document('rivers.md', sections.join('\n\n'), 'text/markdown');
    const { passages } = await searchDocuments.execute(
      { query: 'Danube', page: 1 },
      await toolContext(artifacts, [rivers]),
    );
    expect(passages[0]!.text).toContain('The Danube is long.');
    expect(passages[0]!.text).not.toContain('Nile');
  });

  it('tells documents apart that changed, also under one name', async () => {
    expect(await search([document('a', 'about whales')], 'whales')).toEqual(['a']);
    expect(await search([document('a', 'about tigers')], 'whales')).toEqual([]);
  });

  it('finds the others beside a table that cannot be read', async () => {
    expect(await search([document('bad.csv', 'a\n"b', 'text/csv'), PERU], 'Lima')).toEqual(['Peru']);
  });

  it('says that a document is missing from the store, and finds it once it is there', async () => {
    const context = await toolContext(artifacts, [document('a', 'about otters')]);
    const elsewhere = { ...context, artifacts: temporaryStore() };
    await expect(searchDocuments.execute({ query: 'otters', page: 1 }, elsewhere)).rejects.toThrow(
      ArtifactMissingError,
    );
    const { passages } = await searchDocuments.execute({ query: 'otters', page: 1 }, context);
    expect(passages).toEqual([{ document: 'a', text: 'about otters' }]);
  });
});

describe('read_document', () => {
  it('reads a document by its name, or by one that is spelt a little differently', async () => {
    const page = { document: 'Peru', page: 1, pages: 1, text: PERU.text };
    expect(await read([HOUSTON, PERU], 'Peru')).toEqual(page);
    expect(await read([HOUSTON, PERU], ' PERU.')).toEqual(page);
  });

  it('reads CSV as one block a row, each value with its name', async () => {
    const { text } = await read([TABLE], 'cities.csv');
    expect(text).toBe(
      'Name: Lima, Peru; Inhabitants: 10000000\n\nName: Cusco; Inhabitants: 428450; Mayor: Ann "A" Roe',
    );
  });

  it.each([
    ['a stray quote', 'size,what\n5" pipe,steel\n', 'size: 5" pipe; what: steel'],
    ['a quote that does not end', 'size,what\n"5 pipe,steel\n', 'size,what\n"5 pipe,steel'],
    ['a name that comes again', 'name,name,name 2\na,b,c\n', 'name: a; name 2: b; name 2 2: c'],
    ['cells beyond its header', 'a,,c\n1,2,3,4\n5\n', 'a: 1; column 2: 2; c: 3; column 4: 4\n\na: 5'],
    ['nothing but a header', '\ufeffname,city\n', 'name,city'],
  ])('reads CSV with %s', async (_, csv, text) => {
    expect((await read([document('a.csv', csv, 'text/csv')], 'a.csv')).text).toBe(text);
  });

  it('reads JSON as names with their values, and what only claims to be JSON as it is', async () => {
    const { text } = await read([RECORD], 'data.json');
    expect(text).toMatch(/^country:\n {2}name: Peru\n {2}rivers:\s+Amazon, Rímac$/);
    const broken = document('broken.json', '{"a": ', 'application/json');
    expect((await read([broken], 'broken.json')).text).toBe('{"a":');
  });

  it('reads a long document page by page, without losing a word', async () => {
    const words = Array.from({ length: 3_000 }, (_, index) => `word${index}`).join(' ');
    const { pages } = await read([document('long', words)], 'long');
    expect(pages).toBeGreaterThan(3);
    const texts = await Promise.all(
      Array.from(
        { length: pages },
        async (_, index) => (await read([document('long', words)], 'long', index + 1)).text,
      ),
    );
    expect(texts.join(' ').split(/\s+/)).toEqual(words.split(' '));
  });

  it('says how many pages there are when there is no such page', async () => {
    await expect(read([PERU], 'Peru', 2)).rejects.toThrow('Peru has 1 pages; there is no page 2.');
  });

  it('says which documents there are when there is no such document', async () => {
    await expect(read([PERU, HOUSTON], 'Chile')).rejects.toThrow(
      'There is no document "Chile"; there are: Peru, Houston Astros.',
    );
    await expect(read([], 'Chile')).rejects.toThrow('there are: none');
  });
});

/** A tool's context over files as they are, of which the store has the bytes. */
async function contextOf(files: [name: string, mediaType: string, bytes: Uint8Array][]): Promise<ToolContext> {
  const documents = await Promise.all(
    files.map(async ([name, mediaType, bytes]): Promise<DocumentReference> => {
      return { name, mediaType, bytes: bytes.length, sha256: await artifacts.putContent(bytes) };
    }),
  );
  const context = await toolContext(artifacts);
  return { ...context, run: { ...context.run, documents } };
}

const PDF = 'application/pdf';
const REPORT: [string, string, Uint8Array] = ['report.pdf', PDF, fixture('report.pdf')];
const LOCKED: [string, string, Uint8Array] = ['locked.pdf', PDF, fixture('password.pdf')];
const RECEIPT: [string, string, Uint8Array] = ['receipt.png', 'image/png', fixture('receipt.png')];

async function found(context: ToolContext, query: string) {
  return (await searchDocuments.execute({ query, page: 1 }, context)).passages;
}

describe('files of real programs', () => {
  it('are searched side by side, each passage on its own', async () => {
    const office = (kind: string): string => `application/vnd.openxmlformats-officedocument.${kind}`;
    const context = await contextOf([
      REPORT,
      ['report.docx', office('wordprocessingml.document'), fixture('report.docx')],
      ['cities.xlsx', office('spreadsheetml.sheet'), fixture('cities.xlsx')],
      ['rivers.pptx', office('presentationml.presentation'), fixture('rivers.pptx')],
      ['lakes.html', 'text/html', Buffer.from('<h1>Lakes</h1><p>Titicaca lies high.</p>')],
    ]);
    expect(await found(context, 'alpacas')).toEqual([
      { document: 'report.pdf', text: expect.stringContaining('# Page 3\n\nThe third page tells of alpacas.') },
    ]);
    expect((await found(context, 'Cusco founded'))[0]).toMatchObject({
      document: 'cities.xlsx',
      text: expect.stringContaining('City: Cusco; Inhabitants: 428450; Founded: 1534-03-23 12:30:00'),
    });
    expect((await found(context, 'Ann Roe mayor'))[0]!.document).toBe('report.docx');
    expect((await found(context, 'Rímac'))[0]!.document).toBe('rivers.pptx');
    expect(await found(context, 'Titicaca')).toEqual([
      { document: 'lakes.html', text: '# Lakes\n\nTiticaca lies high.' },
    ]);
  });

  it('are read with the numbers of their pages', async () => {
    const context = await contextOf([REPORT]);
    const page = await readDocument.execute({ name: 'report.pdf', page: 1 }, context);
    expect(page).toMatchObject({ document: 'report.pdf', page: 1, pages: 1 });
    expect(page.text).toMatch(/^# Page 1\n\nReport on Peru\n[^]+# Page 3\n\nThe third page tells of alpacas\.$/);
  });

  it('that cannot be read say why, and hide none of the others', async () => {
    const context = await contextOf([
      REPORT,
      LOCKED,
      ['noise.bin', 'application/octet-stream', Buffer.from([1, 0, 2])],
    ]);
    await expect(readDocument.execute({ name: 'locked.pdf', page: 1 }, context)).rejects.toThrow(
      'locked.pdf is password-protected: save it without a password',
    );
    expect(await found(context, 'locked')).toEqual([
      { document: 'locked.pdf', text: '(This document is password-protected: save it without a password.)' },
    ]);
    expect((await found(context, 'noise'))[0]!.text).toMatch(/^\(This document is of no kind that can be read/);
    expect((await found(context, 'alpacas'))[0]!.document).toBe('report.pdf');
  });

  it('are given up when the search is cancelled', async () => {
    const context = await contextOf([REPORT]);
    const cancel = new AbortController();
    const searching = found({ ...context, signal: cancel.signal }, 'alpacas');
    cancel.abort(new Error('the run was cancelled'));
    await expect(searching).rejects.toThrow('the run was cancelled');
    expect(await found(context, 'alpacas')).toHaveLength(1);
  });

  it('with much text leave the process time for its heartbeats', async () => {
    const words = Array.from({ length: 100_000 }, (_, index) => `word${index} of a long document.`).join('\n');
    const context = await contextOf([['long.txt', 'text/plain', Buffer.from(words)]]);
    let beats = 0;
    const ticker = setInterval(() => (beats += 1), 1);
    expect((await found(context, 'word99999'))[0]!.document).toBe('long.txt');
    clearInterval(ticker);
    expect(beats).toBeGreaterThan(5);
  });
});

describe('more text than one search takes', () => {
  it('is found by the name of its document, and hides none of the others', async () => {
    const context = await contextOf([['whales.txt', 'text/plain', Buffer.alloc(31_000_000, 'whales ')], REPORT]);
    expect(await found(context, 'whales.txt')).toEqual([
      {
        document: 'whales.txt',
        text: '(Not searched: the documents hold more text than one search takes. read_document reads it.)',
      },
    ]);
    expect((await found(context, 'alpacas'))[0]!.document).toBe('report.pdf');
  });
});

describe('an image', () => {
  /** A model that sees what `says` says, and what it was asked. */
  function model(says: string): { generate: ToolContext['generate']; asked: GenerateRequest[] } {
    const asked: GenerateRequest[] = [];
    const generate = ((request: GenerateRequest) => {
      asked.push(request);
      return Promise.resolve(says);
    }) as ToolContext['generate'];
    return { generate, asked };
  }

  it('is read by the run’s model, once a run', async () => {
    const { generate, asked } = model('Total: 42 EUR\n\nA receipt.');
    const context = { ...(await contextOf([RECEIPT])), generate };
    const page = { document: 'receipt.png', page: 1, pages: 1, text: 'Total: 42 EUR\n\nA receipt.' };
    expect(await readDocument.execute({ name: 'receipt.png', page: 1 }, context)).toEqual(page);
    expect(await readDocument.execute({ name: 'Receipt.PNG', page: 1 }, context)).toEqual(page);
    expect(asked).toHaveLength(1);
    expect(asked[0]!.images).toEqual([{ sha256: context.run.documents[0]!.sha256, mediaType: 'image/png' }]);
    await readDocument.execute({ name: 'receipt.png', page: 1 }, { ...context, run: { ...context.run, id: 'other' } });
    expect(asked).toHaveLength(2);
  });

  it('is found by its name, and once it was read by what it says; a search asks no model', async () => {
    const { generate, asked } = model('Total: 42 EUR');
    const context = { ...(await contextOf([RECEIPT, REPORT])), generate };
    expect(await found(context, 'receipt')).toEqual([
      { document: 'receipt.png', text: '(An image: read_document reads what it says.)' },
    ]);
    expect(await found(context, 'EUR')).toEqual([]);
    expect(asked).toEqual([]);
    await readDocument.execute({ name: 'receipt.png', page: 1 }, context);
    expect(await found(context, 'EUR')).toEqual([{ document: 'receipt.png', text: 'Total: 42 EUR' }]);
    // Not in another run, whose model has not read it.
    expect(await found({ ...context, run: { ...context.run, id: 'other' } }, 'EUR')).toEqual([]);
  });

  it.each(['NO IMAGE', '**No image.**', ' '])(
    'that the model was not shown, as it answers %j, says which to set',
    async (says) => {
      const context = { ...(await contextOf([RECEIPT])), generate: model(says).generate };
      const error = await Promise.resolve(readDocument.execute({ name: 'receipt.png', page: 1 }, context)).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(DocumentError);
      expect((error as Error).message).toMatch(
        /^receipt\.png is an image, and the model of this run .* set KGOT_EXECUTOR/,
      );
    },
  );

  it('that is too large is not sent', async () => {
    const { generate, asked } = model('text');
    const context = { ...(await contextOf([RECEIPT])), generate };
    const documents = context.run.documents.map((document) => ({ ...document, bytes: 30 * 1024 * 1024 }));
    const reading = readDocument.execute(
      { name: 'receipt.png', page: 1 },
      { ...context, run: { ...context.run, documents } },
    );
    await expect(reading).rejects.toThrow('receipt.png has 30 MB, the most for an image is 20 MB: make it smaller');
    expect(asked).toEqual([]);
  });
});
