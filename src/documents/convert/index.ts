import { renderText } from '../../domain/text.ts';
import { decodeText } from '../decode-text.ts';
import { DocumentError } from '../errors.ts';
import type { DocumentKind } from '../kinds.ts';
import type { DocumentLimits } from '../limits.ts';
import { oleProblem } from './ole.ts';
import { csvText } from './tables.ts';

/** Kinds that have text in them. */
export type TextKind = Exclude<DocumentKind, 'image' | 'zip' | 'tar' | 'gzip'>;

/**
 * The readable text of a document.
 *
 * @throws {DocumentError} when it has none, or too much of it
 */
export async function convert(bytes: Uint8Array, kind: TextKind, limits: DocumentLimits): Promise<string> {
  const text = await textOf(bytes, kind, limits.unpackedBytes);
  if (text.trim() === '') throw new DocumentError('no-text', 'has no text in it');
  if (text.length > limits.textCharacters) {
    throw new DocumentError(
      'too-large',
      `holds ${text.length} characters of text, the most is ${limits.textCharacters}: split it`,
    );
  }
  return text;
}

/** What reads a kind is loaded when the first of it comes. */
async function textOf(bytes: Uint8Array, kind: TextKind, most: number): Promise<string> {
  switch (kind) {
    case 'pdf':
      return (await import('./pdf.ts')).pdfText(bytes);
    case 'docx':
      return (await import('./docx.ts')).docxText(bytes, most);
    case 'xlsx':
      return (await import('./xlsx.ts')).xlsxText(bytes, most);
    case 'pptx':
      return (await import('./pptx.ts')).pptxText(bytes, most);
    case 'ole':
      throw oleProblem(bytes);
    case 'html':
      return (await import('./html.ts')).htmlBytesText(bytes);
    case 'csv':
      return csvText(decodeText(bytes));
    case 'json':
      return jsonText(decodeText(bytes));
    case 'markdown':
    case 'text':
      return decodeText(bytes);
  }
}

function jsonText(text: string): string {
  try {
    return renderText(JSON.parse(text));
  } catch {
    return text;
  }
}
