import { readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import type { Zippable } from 'fflate';
import { packTar } from 'modern-tar';
import { onTestFinished } from 'vitest';
import { Converter } from '../../src/documents/converter.ts';
import type { ConverterOptions } from '../../src/documents/converter.ts';

/** A document of a real program; see test/fixtures/documents/README.md. */
export function fixturePath(name: string): string {
  return new URL(`../fixtures/documents/${name}`, import.meta.url).pathname;
}

export function fixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(fixturePath(name)));
}

type Files = Record<string, string | Uint8Array>;

/** A ZIP archive; names are taken as they are. */
export function zipOf(files: Files): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(files).map(([name, content]) => [name, bytesOf(content)]);
  return zipSync(Object.fromEntries(entries) as Zippable);
}

export function tarOf(files: Files): Promise<Uint8Array<ArrayBuffer>> {
  return packTar(
    Object.entries(files).map(([name, content]) => {
      const body = bytesOf(content);
      return { header: { name, size: body.length, type: 'file' as const }, body };
    }),
  );
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

/** A converter of the test's own, whose threads end with it. Call it inside a test. */
export function converterOf(options: ConverterOptions = {}): Converter {
  const converter = new Converter(options);
  onTestFinished(() => converter.close());
  return converter;
}

/** A PDF with one page, whose content is `deflated`. */
export function pdfOf(deflated: Uint8Array): Uint8Array<ArrayBuffer> {
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${deflated.length}/Filter/FlateDecode>>stream\n${Buffer.from(deflated).toString('latin1')}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ];
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return String(offset).padStart(10, '0');
  });
  const table = `xref\n0 6\n0000000000 65535 f \n${offsets.map((offset) => `${offset} 00000 n \n`).join('')}`;
  const text = `${body}${table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n${body.length}\n%%EOF\n`;
  return new Uint8Array(Buffer.from(text, 'latin1'));
}
