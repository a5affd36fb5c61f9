import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';

/** What a picture of a terminal shows. */
export interface TerminalOutput {
  /** The command as it was typed, after the prompt. */
  typed: string;
  /** What came out of the terminal, colours and cursor movements included. */
  output: string;
  columns: number;
}

/** The little of xterm.js that is used: its types bring all those of a browser. */
interface Terminal {
  readonly cols: number;
  readonly buffer: { readonly active: { readonly cursorY: number } };
  open(element: unknown): void;
  write(text: string, done: () => void): void;
  resize(columns: number, rows: number): void;
}

interface TerminalPage {
  Terminal: new (options: object) => Terminal;
  document: { getElementById(id: string): unknown };
  requestAnimationFrame: (done: () => void) => void;
}

const XTERM = createRequire(import.meta.url).resolve('@xterm/xterm');

/** Lines that are kept of an output. */
const MOST_ROWS = 400;

const OPTIONS = {
  rows: MOST_ROWS,
  scrollback: 0,
  fontFamily: 'DejaVu Sans Mono, monospace',
  fontSize: 13,
  lineHeight: 1.15,
  theme: { background: '#16181d', foreground: '#d8dee9', green: '#98c379', red: '#ff7b72' },
};
const STYLES = `
  body { margin: 0; background: ${OPTIONS.theme.background}; }
  #terminal { width: max-content; padding: 14px; }
  .scrollbar { display: none; }
  .xterm .xterm-viewport { background: none !important; }`;
const HIDE_CURSOR = '\u001b[?25l';

/** A picture of a terminal in which a command was typed, when it has ended. */
export async function terminalPicture(browser: Browser, { typed, output, columns }: TerminalOutput): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: 1_600, height: 1_000 }, deviceScaleFactor: 1.2 });
  try {
    await page.setContent(`<style>${STYLES}</style><div id="terminal"></div>`);
    await page.addStyleTag({ path: XTERM.replace(/lib\/xterm\.js$/, 'css/xterm.css') });
    await page.addScriptTag({ path: XTERM });
    const text = `\u001b[1m$ ${typed}\u001b[0m\r\n${output.trimEnd()}${HIDE_CURSOR}`;
    await page.evaluate(write, { text, options: { ...OPTIONS, cols: columns } });
    return await page.locator('#terminal').screenshot();
  } finally {
    await page.close();
  }
}

/** Runs in the page: writes a text into a terminal that is as high as the text. */
async function write({ text, options }: { text: string; options: object }): Promise<void> {
  const { Terminal, document, requestAnimationFrame } = globalThis as unknown as TerminalPage;
  const terminal = new Terminal(options);
  terminal.open(document.getElementById('terminal'));
  await new Promise<void>((resolve) => terminal.write(text, resolve));
  terminal.resize(terminal.cols, terminal.buffer.active.cursorY + 1);
  await new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}
