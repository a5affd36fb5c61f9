import { LRUCache } from 'lru-cache';
import MiniSearch from 'minisearch';
import { DocumentError } from '../../documents/errors.ts';
import { readContent } from '../../documents/read.ts';
import { SharedWork } from '../../documents/shared-work.ts';
import type { DocumentReference } from '../../domain/run.ts';
import type { ToolContext } from '../define-tool.ts';
import { imageTextOf } from './image-text.ts';
import { splitPassages } from './passages.ts';

/** A passage of a document, as a search finds it. */
export interface Passage {
  id: number;
  document: string;
  text: string;
}

export type SearchIndex = MiniSearch<Passage>;

/** Characters that one index takes: each takes some 25 bytes of memory. */
const INDEX_CHARACTERS = 30_000_000;

interface Built {
  index: SearchIndex;
  characters: number;
}

/** Indexes of the runs that search now. */
const indexes = new LRUCache<string, Built>({
  max: 20,
  maxSize: 40_000_000,
  sizeCalculation: ({ characters }) => characters + 1,
});

const building = new SharedWork<Built>();

/** The index of a run's documents, built when it is first asked for. */
export async function searchIndexOf(context: ToolContext): Promise<SearchIndex> {
  const { documents } = context.run;
  const images = await readImages(context);
  const key = [
    ...documents.map(({ name, sha256 }) => `${sha256} ${name}`),
    ...(images.size === 0 ? [] : [context.run.id, ...images.keys()]),
  ].join('\n');
  const found = indexes.get(key);
  if (found !== undefined) return found.index;
  const built = await building.do(key, context.signal, (signal) => build({ ...context, signal }, images));
  indexes.set(key, built);
  return built.index;
}

/** What the run's model has read in images so far, by the hash of the image: a search pays for none. */
async function readImages(context: ToolContext): Promise<ReadonlyMap<string, string>> {
  const images = context.run.documents.filter(({ mediaType }) => mediaType.startsWith('image/'));
  const texts = await Promise.all(
    images.map(async (image) => [image.sha256, await imageTextOf(context, image)] as const),
  );
  return new Map(texts.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}

/** Documents that are read side by side. */
const AT_ONCE = 8;
/** Passages that are entered at once: heartbeats come between. */
const CHUNK = 50;

async function build(context: ToolContext, images: ReadonlyMap<string, string>): Promise<Built> {
  const index = new MiniSearch<Passage>({
    fields: ['document', 'text'],
    storeFields: ['document', 'text'],
    processTerm: (term) => {
      const word = term.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
      return STOP_WORDS.has(word) ? null : stem(word);
    },
    searchOptions: { boost: { document: 1.5 }, fuzzy: 0.1, prefix: (term) => term.length > 4 },
  });
  const { documents } = context.run;
  let characters = 0;
  for (let start = 0; start < documents.length; start += AT_ONCE) {
    const some = documents.slice(start, start + AT_ONCE);
    const texts = await Promise.all(some.map((document) => textOf(context, document, images)));
    const passages = some.flatMap(({ name }, place) => {
      const text = texts[place]!;
      const fits = characters + text.length <= INDEX_CHARACTERS;
      if (fits) characters += text.length;
      return splitPassages(fits ? text : TOO_MUCH).map((passage) => ({ document: name, text: passage }));
    });
    const first = index.documentCount;
    await index.addAllAsync(
      passages.map((passage, offset) => ({ id: first + offset, ...passage })),
      { chunkSize: CHUNK },
    );
    context.signal.throwIfAborted();
  }
  return { index, characters };
}

const TOO_MUCH = '(Not searched: the documents hold more text than one search takes. read_document reads it.)';
const UNREAD_IMAGE = '(An image: read_document reads what it says.)';

/** A document that cannot be read is found by its name, and says why. */
async function textOf(
  { artifacts, signal }: ToolContext,
  document: DocumentReference,
  images: ReadonlyMap<string, string>,
): Promise<string> {
  try {
    const content = await readContent(artifacts, document, { signal });
    return content.kind === 'text' ? content.text : (images.get(document.sha256) ?? UNREAD_IMAGE);
  } catch (error) {
    if (error instanceof DocumentError) return `(This document ${error.predicate}.)`;
    throw error;
  }
}

const STOP_WORDS = new Set(
  (
    'a an and are as at be but by did do does for from had has have he her his how in is it its of on or she ' +
    'that the their them they this to was were what when where which who whom whose why will with'
  ).split(' '),
);

/** Plural and possessive forms find the singular, and the other way round. */
function stem(word: string): string {
  return word.length > 3 ? word.replace(/(?:'s|(?<!s)s)$/, '') : word;
}
