import { ToolError } from '../tool-error.ts';
import { decodeText, parseContentType } from './decode-text.ts';
import type { Download } from './download.ts';
import { readHtml } from './read-html.ts';

/** A page of the web as text. */
export interface PageText {
  title: string;
  /** When it was published; empty where it does not say. */
  published: string;
  text: string;
  /** Addresses that `[#1]`, `[#2]`, … in the text stand for. */
  links: string[];
}

const HTML = /^(text\/html|application\/xhtml\+xml)$/;
const TEXT = /^(text\/[\w.+-]+|application\/([\w.-]+\+)?(json|xml|yaml)|application\/x-ndjson)$/;

/** @throws {ToolError} for a content type that has no text, naming it */
export function checkPageType(contentType: string, { host }: URL): void {
  const { type } = parseContentType(contentType);
  if (type === '' || HTML.test(type) || TEXT.test(type)) return;
  const what = type === 'application/pdf' ? 'a PDF, which cannot be read yet' : `${type}, which is no text`;
  throw new ToolError(`The page of ${host} is ${what}: find one in HTML or plain text.`, { type: 'WrongType' });
}

/** Reads what was downloaded: HTML as a person would, other text as it is. */
export async function pageText({ url, contentType, bytes }: Download, signal: AbortSignal): Promise<PageText> {
  const { type, charset } = parseContentType(contentType);
  const html = HTML.test(type) || (type === '' && /^\s*<(!doctype html|html|head|body)\b/i.test(beginningOf(bytes)));
  if (type === '' && bytes.subarray(0, 1_000).includes(0)) {
    throw new ToolError(`The page of ${url.host} does not say what it is, and is no text.`, { type: 'WrongType' });
  }
  const text = decodeText(bytes, charset, { html });
  if (html) return readHtml(text, { url: url.href, signal });
  return { title: '', published: '', text: text.replaceAll('\0', ''), links: [] };
}

function beginningOf(bytes: Buffer): string {
  return bytes.subarray(0, 200).toString('latin1').replace(/^ï»¿/, '');
}
