import mammoth from 'mammoth';
import { plainZip } from '../archives/plain-zip.ts';
import { htmlText } from './html.ts';

/** Styles that the library does not know by itself. */
const STYLES = ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => h2:fresh"];

/** A Word document's text as Markdown: headings, lists, tables, footnotes. */
export async function docxText(bytes: Uint8Array, most: number): Promise<string> {
  const { buffer } = await plainZip(bytes, most);
  const { value } = await mammoth.convertToHtml(
    { buffer: Buffer.from(buffer) },
    { styleMap: STYLES, convertImage: mammoth.images.imgElement(() => Promise.resolve({ src: '' })) },
  );
  return htmlText(value);
}
