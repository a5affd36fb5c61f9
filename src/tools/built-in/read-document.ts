import { z } from 'zod';
import { normalizeName } from '../../domain/text.ts';
import { defineTool } from '../define-tool.ts';
import { documentText } from './document-text.ts';
import { splitPassages } from './passages.ts';

/** Characters of one page. */
const PAGE_CHARACTERS = 4_000;

export const readDocument = defineTool({
  name: 'read_document',
  description: 'Reads one of the documents of the question, page by page.',
  input: z.object({
    name: z.string().describe('The name of the document, as listed.'),
    page: z.number().int().min(1).describe('The page to read, from 1.'),
  }),
  output: z.object({ document: z.string(), page: z.number(), pages: z.number(), text: z.string() }),
  async execute({ name, page }, { run, artifacts }) {
    const document =
      run.documents.find((candidate) => candidate.name === name) ??
      run.documents.find((candidate) => normalizeName(candidate.name) === normalizeName(name));
    if (document === undefined) {
      const names = run.documents.slice(0, 30).map((candidate) => candidate.name);
      throw new Error(`There is no document ${JSON.stringify(name)}; there are: ${names.join(', ') || 'none'}.`);
    }
    const pages = splitPassages(await documentText(artifacts, document), PAGE_CHARACTERS);
    const text = pages[page - 1];
    if (text === undefined) throw new Error(`${document.name} has ${pages.length} pages; there is no page ${page}.`);
    return { document: document.name, page, pages: pages.length, text };
  },
});
