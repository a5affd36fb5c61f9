import { LRUCache } from 'lru-cache';
import MiniSearch from 'minisearch';
import { z } from 'zod';
import type { ArtifactStore } from '../../artifacts/artifact-store.ts';
import type { DocumentReference } from '../../domain/run.ts';
import { defineTool } from '../define-tool.ts';
import { documentText } from './document-text.ts';
import { splitPassages } from './passages.ts';

interface Passage {
  id: number;
  document: string;
  text: string;
}

/** Indexes of the runs that search now; a pool of a thousand short passages takes a few megabytes. */
const indexes = new LRUCache<string, Promise<MiniSearch<Passage>>>({ max: 20 });

const STOP_WORDS = new Set(
  (
    'a an and are as at be but by did do does for from had has have he her his how in is it its of on or she ' +
    'that the their them they this to was were what when where which who whom whose why will with'
  ).split(' '),
);

export const searchDocuments = defineTool({
  name: 'search_documents',
  description: 'Searches the documents of the question by words; gives the three passages that match best.',
  input: z.object({
    page: z.number().int().min(1).describe('1 for the best three passages, 2 for the next three, and so on.'),
    query: z.string().min(1).describe('Names and words that the wanted passage is likely to hold.'),
  }),
  output: z.object({ passages: z.array(z.object({ document: z.string(), text: z.string() })) }),
  timeouts: { attemptSeconds: 120 },
  async execute({ page, query }, { run, artifacts }) {
    if (run.documents.length === 0) return { passages: [] };
    const index = await indexOf(run.documents, artifacts);
    const passages = index.search(query).slice((page - 1) * SHOWN, page * SHOWN) as unknown as Passage[];
    return { passages: passages.map(({ document, text }) => ({ document, text })) };
  },
});

/** Passages of one page. */
const SHOWN = 3;

function indexOf(documents: readonly DocumentReference[], artifacts: ArtifactStore): Promise<MiniSearch<Passage>> {
  const key = documents.map(({ name, sha256 }) => `${sha256} ${name}`).join('\n');
  let index = indexes.get(key);
  if (index === undefined) {
    index = buildIndex(documents, artifacts);
    indexes.set(key, index);
    index.catch(() => indexes.delete(key));
  }
  return index;
}

async function buildIndex(
  documents: readonly DocumentReference[],
  artifacts: ArtifactStore,
): Promise<MiniSearch<Passage>> {
  const index = new MiniSearch<Passage>({
    fields: ['document', 'text'],
    storeFields: ['document', 'text'],
    processTerm: (term) => {
      const word = term.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
      return STOP_WORDS.has(word) ? null : stem(word);
    },
    searchOptions: { boost: { document: 1.5 }, fuzzy: 0.1, prefix: (term) => term.length > 4 },
  });
  for (const document of documents) {
    const text = await documentText(artifacts, document);
    const passages = splitPassages(text).map((passage) => ({ document: document.name, text: passage }));
    index.addAll(passages.map((passage, offset) => ({ id: index.documentCount + offset, ...passage })));
  }
  return index;
}

/** Plural and possessive forms find the singular, and the other way round. */
function stem(word: string): string {
  return word.length > 3 ? word.replace(/(?:'s|(?<!s)s)$/, '') : word;
}
