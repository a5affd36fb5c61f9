import { LIMITS } from './limits.ts';
import { truncate } from './text.ts';
import { oneLine } from './unseen.ts';

/** A run's documents as a prompt lists them, names and kinds, one a line; a share of the limit where less fits. */
export function listDocuments(documents: readonly { name: string; mediaType: string }[], share = 1): string {
  const lines = documents.map(({ name, mediaType }) => `- ${oneLine(name)} (${oneLine(mediaType)})`);
  return truncate(lines.join('\n'), Math.floor(LIMITS.documentListCharacters * share));
}
