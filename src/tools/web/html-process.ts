/** A child process that turns pages into text, one at a time. It is killed when one takes too long. */
import { readableHtml } from '../readable-html.ts';
import type { ReadableHtml, ReadableHtmlOptions } from '../readable-html.ts';

/** What the process is given. */
export interface HtmlTask {
  html: string;
  options: ReadableHtmlOptions;
}

/** What it answers. */
export type HtmlReply = { page: ReadableHtml } | { error: string };

process.on('disconnect', () => process.exit(0));
process.on('message', (task: HtmlTask) => process.send!(answer(task)));

function answer({ html, options }: HtmlTask): HtmlReply {
  try {
    return { page: readableHtml(html, options) };
  } catch (error) {
    return { error: String(error) };
  }
}
