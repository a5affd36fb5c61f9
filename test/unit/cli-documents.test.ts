import { describe, expect, it } from 'vitest';
import { storeDocuments } from '../../cli/documents.ts';
import { temporaryStore } from '../support/folders.ts';

describe('storeDocuments', () => {
  it('gives references by which the content is found again', async () => {
    const store = temporaryStore();
    const documents = ['ä', '漢字 😀'].map((text) => ({ name: text, mediaType: 'text/plain', text }));
    const references = await storeDocuments(store, documents);
    expect(references.map(({ bytes }) => bytes)).toEqual([2, 11]);
    for (const [index, { sha256, name, mediaType }] of references.entries()) {
      const text = (await store.getContent(sha256)).toString();
      expect({ name, mediaType, text }).toEqual(documents[index]);
    }
    expect(references[0]).not.toHaveProperty('text');
  });
});
