import { decodeHTML } from 'entities';

/** The text of a snippet that has tags and entities in it, on one line. */
export function plainText(snippet: string): string {
  return decodeHTML(snippet.replace(/<[^>]*>/g, ''))
    .replace(/\s+/g, ' ')
    .trim();
}
