import { getDocumentProxy } from 'unpdf';
import { DocumentError } from '../errors.ts';

/** A PDF's text, page by page. What its fonts do not say is noted where it is missing. */
export async function pdfText(bytes: Uint8Array): Promise<string> {
  const missingMaps = new Set<string>();
  const pages = await readPages(bytes, missingMaps);
  const maps = [...missingMaps].join(', ');
  if (pages.every((text) => text === '')) {
    throw new DocumentError(
      'no-text',
      maps === ''
        ? `has no text on its ${pages.length} pages, it is probably a scan: give it as images, or with its text recognised (OCR)`
        : `has no text that can be read: its fonts need the character maps ${maps}, which are not here`,
    );
  }
  const note =
    maps === '' ? '' : `(Text is missing below: it needs the character maps ${maps}, which are not here.)\n\n`;
  return note + pages.map((text, index) => `# Page ${index + 1}\n\n${text || '(no text on this page)'}`).join('\n\n');
}

async function readPages(bytes: Uint8Array, missingMaps: Set<string>): Promise<string[]> {
  const pdf = await openPdf(bytes, missingMaps);
  const pages: string[] = [];
  try {
    for (let number = 1; number <= pdf.numPages; number += 1) {
      const page = await pdf.getPage(number);
      const { items } = await page.getTextContent();
      const lines = items.map((item) => ('str' in item ? `${item.str}${item.hasEOL ? '\n' : ''}` : ''));
      pages.push(pageText(lines.join('')));
      page.cleanup();
    }
  } finally {
    await pdf.loadingTask.destroy();
  }
  return pages;
}

/** A word that is cut at the end of a line is put together. */
function pageText(text: string): string {
  return text
    .replace(/[ \t]+$/gm, '')
    .replace(/(?<=\p{L})[-\u00ad]\n(?=\p{Ll})/gu, '')
    .trim();
}

async function openPdf(bytes: Uint8Array, missingMaps: Set<string>): ReturnType<typeof getDocumentProxy> {
  try {
    return await getDocumentProxy(bytes, {
      verbosity: 0,
      useSystemFonts: false,
      useWorkerFetch: false,
      cMapUrl: 'none/',
      BinaryDataFactory: noDataFactory(missingMaps),
    });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (name === 'PasswordException') {
      throw new DocumentError('password', 'is password-protected: save it without a password');
    }
    throw new DocumentError('broken', `is broken or was cut off (${message}): save or send it again`);
  }
}

/** Character maps of old Chinese, Japanese and Korean fonts are four megabytes, and not part of the library's build. */
function noDataFactory(missingMaps: Set<string>): object {
  return class {
    fetch({ kind, filename }: { kind: string; filename: string }): Promise<never> {
      if (kind === 'cMapUrl') missingMaps.add(filename.replace(/\.bcmap$/, ''));
      return Promise.reject(new Error(`There is no ${filename} here.`));
    }
  };
}
