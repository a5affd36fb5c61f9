import { jsonrepair } from 'jsonrepair';

/**
 * Reads JSON that a model wrote.
 *
 * @param lenient forgive code fences and slips of a model that was asked for JSON in words
 * @returns undefined when the text is no JSON
 */
export function parseJson(text: string, lenient: boolean): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (!lenient) return undefined;
    const start = text.indexOf('{');
    const end = text.lastIndexOf('}');
    if (start < 0 || end < start) return undefined;
    try {
      return JSON.parse(jsonrepair(text.slice(start, end + 1)));
    } catch {
      return undefined;
    }
  }
}
