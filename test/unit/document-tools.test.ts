import { beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { ArtifactMissingError } from '../../src/artifacts/artifact-store.ts';
import type { DocumentText } from '../../src/domain/run.ts';
import { readDocument } from '../../src/tools/built-in/read-document.ts';
import { searchDocuments } from '../../src/tools/built-in/search-documents.ts';
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
