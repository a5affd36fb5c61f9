import { z } from 'zod';
import { defineTool } from '../define-tool.ts';
import { searchIndexOf } from './search-index.ts';
import type { Passage } from './search-index.ts';

/** Passages of one page. */
const SHOWN = 3;

export const searchDocuments = defineTool({
  name: 'search_documents',
  description: 'Searches the documents of the question by words; gives the three passages that match best.',
  input: z.object({
    page: z.number().int().min(1).describe('1 for the best three passages, 2 for the next three, and so on.'),
    query: z.string().min(1).describe('Names and words that the wanted passage is likely to hold.'),
  }),
  output: z.object({ passages: z.array(z.object({ document: z.string(), text: z.string() })) }),
  timeouts: { attemptSeconds: 900 },
  async execute({ page, query }, context) {
    if (context.run.documents.length === 0) return { passages: [] };
    const index = await searchIndexOf(context);
    const passages = index.search(query).slice((page - 1) * SHOWN, page * SHOWN) as unknown as Passage[];
    return { passages: passages.map(({ document, text }) => ({ document, text })) };
  },
});
