import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { looksLikeText } from './decode-text.ts';

/** What a document is, by its content. */
export type DocumentKind =
  | 'pdf'
  | 'docx'
  | 'xlsx'
  | 'pptx'
  | 'ole'
  | 'image'
  | 'zip'
  | 'tar'
  | 'gzip'
  | 'html'
  | 'csv'
  | 'json'
  | 'markdown'
  | 'text';

interface KindFacts {
  /** As a sentence names it. */
  label: string;
  /** The first is what the kind's documents get. */
  mediaTypes: readonly [string, ...string[]];
  extensions: readonly string[];
}

const OFFICE = 'application/vnd.openxmlformats-officedocument';

export const KINDS: Readonly<Record<DocumentKind, KindFacts>> = {
  pdf: { label: 'a PDF', mediaTypes: ['application/pdf'], extensions: ['.pdf'] },
  docx: {
    label: 'a Word document',
    mediaTypes: [
      `${OFFICE}.wordprocessingml.document`,
      `${OFFICE}.wordprocessingml.template`,
      'application/vnd.ms-word.document.macroenabled.12',
      'application/vnd.ms-word.template.macroenabled.12',
    ],
    extensions: ['.docx', '.docm', '.dotx', '.dotm'],
  },
  xlsx: {
    label: 'an Excel workbook',
    mediaTypes: [
      `${OFFICE}.spreadsheetml.sheet`,
      `${OFFICE}.spreadsheetml.template`,
      'application/vnd.ms-excel.sheet.macroenabled.12',
      'application/vnd.ms-excel.template.macroenabled.12',
    ],
    extensions: ['.xlsx', '.xlsm', '.xltx', '.xltm'],
  },
  pptx: {
    label: 'a PowerPoint presentation',
    mediaTypes: [
      `${OFFICE}.presentationml.presentation`,
      `${OFFICE}.presentationml.template`,
      `${OFFICE}.presentationml.slideshow`,
      'application/vnd.ms-powerpoint.presentation.macroenabled.12',
      'application/vnd.ms-powerpoint.template.macroenabled.12',
      'application/vnd.ms-powerpoint.slideshow.macroenabled.12',
    ],
    extensions: ['.pptx', '.pptm', '.potx', '.potm', '.ppsx', '.ppsm'],
  },
  // Encrypted ones of the kinds above look like those of before 2007 from outside.
  ole: {
    label: 'an Office file of the old format',
    mediaTypes: ['application/x-cfb'],
    extensions: ['.doc', '.xls', '.ppt', '.msg'],
  },
  image: {
    label: 'an image',
    mediaTypes: ['image/png', 'image/jpeg', 'image/webp', 'image/gif'],
    extensions: ['.png', '.jpg', '.jpeg', '.webp', '.gif'],
  },
  zip: {
    label: 'a ZIP archive',
    mediaTypes: ['application/zip', 'application/x-zip-compressed'],
    extensions: ['.zip'],
  },
  tar: { label: 'a tar archive', mediaTypes: ['application/x-tar'], extensions: ['.tar'] },
  gzip: {
    label: 'a gzip archive',
    mediaTypes: ['application/gzip', 'application/x-gzip', 'application/x-compressed-tar'],
    extensions: ['.tgz', '.gz'],
  },
  html: {
    label: 'a web page',
    mediaTypes: ['text/html', 'application/xhtml+xml'],
    extensions: ['.html', '.htm', '.xhtml'],
  },
  csv: {
    label: 'a table as text',
    mediaTypes: ['text/csv', 'text/tab-separated-values'],
    extensions: ['.csv', '.tsv'],
  },
  json: { label: 'JSON', mediaTypes: ['application/json'], extensions: ['.json'] },
  markdown: { label: 'Markdown', mediaTypes: ['text/markdown'], extensions: ['.md', '.markdown'] },
  text: { label: 'plain text', mediaTypes: ['text/plain'], extensions: ['.txt'] },
};

const ARCHIVES: readonly DocumentKind[] = ['zip', 'tar', 'gzip'];
const TEXTS: readonly DocumentKind[] = ['html', 'csv', 'json', 'markdown', 'text'];

export function isArchive(kind: DocumentKind): boolean {
  return ARCHIVES.includes(kind);
}

export interface Recognised {
  kind: DocumentKind;
  mediaType: string;
}

/** What no kind fits. */
export interface NotRecognised {
  kind?: undefined;
  /** What it is, as far as that is known: `video/mp4`, `binary data`. */
  found: string;
}

/** What a document's name and its starter say it is: they decide between kinds of text, and nothing else. */
export interface Hint {
  name: string;
  mediaType?: string;
}

/** Recognises a document by its content. */
export async function recognise(bytes: Uint8Array, hint: Hint): Promise<Recognised | NotRecognised> {
  const head = bytes.subarray(0, HEAD);
  const asText = textKind(head, hint, head.length === bytes.length);
  if (asText !== undefined) return asText;
  const { fileTypeFromBuffer } = await import('file-type');
  return ofFileType((await fileTypeFromBuffer(bytes))?.mime);
}

/** Recognises a file by its content, of which little is read. */
export async function recogniseFile(path: string, hint: Hint): Promise<Recognised | NotRecognised> {
  const head = await headOf(path);
  const asText = textKind(head, hint, head.length < HEAD);
  if (asText !== undefined) return asText;
  const { fileTypeFromFile } = await import('file-type');
  return ofFileType((await fileTypeFromFile(path))?.mime);
}

/** Bytes that tell text from binary data. */
const HEAD = 64 * 1024;

async function headOf(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD), 0, HEAD, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The kind of a text; `undefined` for what is none. A PDF and RTF begin like one. */
export function textKind(head: Uint8Array, hint: Hint, whole: boolean): Recognised | undefined {
  if (!looksLikeText(head, { whole })) return undefined;
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 1_024)).toString('latin1');
  if (start.startsWith('%PDF-') || start.startsWith('{\\rtf')) return undefined;
  const hinted = hintedKind(hint);
  if (hinted !== undefined && hinted.kind !== 'text') return hinted;
  if (/^(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html[\s>])/i.test(start)) return ofKind('html');
  return ofKind('text');
}

/** The kind of text that a document is if it is one: with its content, all that its reading depends on. */
export function hintedTextKind(hint: Hint): DocumentKind {
  return hintedKind(hint)?.kind ?? 'text';
}

function hintedKind({ name, mediaType = '' }: Hint): Recognised | undefined {
  const given = TEXTS.find((kind) => KINDS[kind].mediaTypes.includes(mediaType));
  if (given !== undefined) return { kind: given, mediaType };
  const named = kindOfName(name);
  if (named === undefined || !TEXTS.includes(named)) return undefined;
  return extname(name).toLowerCase() === '.tsv'
    ? { kind: 'csv', mediaType: 'text/tab-separated-values' }
    : ofKind(named);
}

/** The kind that a name claims. */
export function kindOfName(name: string): DocumentKind | undefined {
  const extension = extname(name).toLowerCase();
  return (Object.keys(KINDS) as DocumentKind[]).find((kind) => KINDS[kind].extensions.includes(extension));
}

/** The kind that a media type names. */
export function kindOfMediaType(mediaType: string): DocumentKind | undefined {
  return (Object.keys(KINDS) as DocumentKind[]).find((kind) => KINDS[kind].mediaTypes.includes(mediaType));
}

function ofKind(kind: DocumentKind): Recognised {
  return { kind, mediaType: KINDS[kind].mediaTypes[0] };
}

function ofFileType(mediaType: string | undefined): Recognised | NotRecognised {
  if (mediaType === undefined) return { found: 'binary data of an unknown kind' };
  const kind = kindOfMediaType(mediaType);
  if (kind === undefined || TEXTS.includes(kind)) return { found: mediaType };
  return kind === 'image' ? { kind, mediaType } : ofKind(kind);
}

/** Every kind that can be read, as an error names them. */
export const READABLE =
  'PDF, Word (.docx), Excel (.xlsx), PowerPoint (.pptx), web pages, Markdown, text, CSV, JSON, images (.png, .jpg, .webp, .gif) and archives (.zip, .tar, .tar.gz)';
