import { z } from 'zod';
import { readContent } from '../../documents/read.ts';
import { normalizeName } from '../../domain/text.ts';
import { defineTool } from '../define-tool.ts';
import { readImage } from './image-text.ts';
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
  timeouts: { attemptSeconds: 600 },
  async execute({ name, page }, context) {
    const { run, artifacts, signal } = context;
    const document =
      run.documents.find((candidate) => candidate.name === name) ??
      run.documents.find((candidate) => normalizeName(candidate.name) === normalizeName(name));
    if (document === undefined) {
      const names = run.documents.slice(0, 30).map((candidate) => candidate.name);
      throw new Error(`There is no document ${JSON.stringify(name)}; there are: ${names.join(', ') || 'none'}.`);
    }
    const content = await readContent(artifacts, document, { signal });
    const whole = content.kind === 'text' ? content.text : await readImage(context, document, content.mediaType);
    const pages = splitPassages(whole, PAGE_CHARACTERS);
    const text = pages[page - 1];
    if (text === undefined) throw new Error(`${document.name} has ${pages.length} pages; there is no page ${page}.`);
    return { document: document.name, page, pages: pages.length, text };
  },
});
