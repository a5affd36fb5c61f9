import { createRequire } from 'node:module';
import { stripVTControlCharacters, styleText } from 'node:util';
import type wrapAnsi from 'wrap-ansi';
import { showUnseen } from '../../src/domain/unseen.ts';

export type Tone = 'strong' | 'good' | 'bad' | 'quiet';

/** A line with what belongs below it. Texts may come from tools: whoever renders them lets nothing of them act. */
export interface Line {
  /** `✓`, `✗`, `…`, `+`, `−`, `~`, `!`, `•`. */
  mark?: string;
  text: string;
  tone?: Tone;
  /** Never wrapped: an address that is followed or copied. */
  whole?: boolean;
  lines?: Line[];
}

/** A page as a tree of lines, for a terminal or as Markdown. */
export interface Section {
  title?: string;
  lines: Line[];
}

/** Columns that text is written over, where it goes to no terminal, and at most. */
const USUAL_COLUMNS = 100;
const MOST_COLUMNS = 120;
const LEAST_COLUMNS = 40;

export interface TerminalOptions {
  columns?: number;
  colours?: boolean;
}

/** As text of a terminal: wrapped to its width, each level indented, in colours only where they are shown. */
export function outlineText(sections: readonly Section[], options: TerminalOptions = terminal()): string {
  const { columns = USUAL_COLUMNS, colours = false } = options;
  const width = Math.max(LEAST_COLUMNS, Math.min(columns, MOST_COLUMNS));
  const style = (text: string, tone: Tone | undefined): string =>
    colours && tone !== undefined ? styleText(STYLES[tone], text, { validateStream: false }) : text;
  const write = ({ mark, text, tone, whole = false, lines = [] }: Line, indent: string): string[] => {
    const before = mark === undefined ? indent : `${indent}${mark} `;
    const after = ' '.repeat(before.length);
    const room = whole ? Infinity : Math.max(20, width - before.length);
    const wrapped = wrap(showUnseen(oneLine(text)), room, { hard: true }).split('\n');
    const own = wrapped.map((part, index) => `${index === 0 ? before : after}${style(part, tone)}`.trimEnd());
    return [...own, ...lines.flatMap((line) => write(line, `${after}${mark === undefined ? '  ' : ''}`))];
  };
  return sections
    .map(({ title, lines }) => [
      ...(title === undefined ? [] : write({ text: title, tone: 'strong' }, '')),
      ...lines.flatMap((line) => write(line, title === undefined ? '' : '  ')),
    ])
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

const require = createRequire(import.meta.url);

/** The library is loaded when something is shown: its segmenter alone takes a tenth of what a command takes to start. */
const wrap: typeof wrapAnsi = (...args) => (require('wrap-ansi') as { default: typeof wrapAnsi }).default(...args);

const STYLES = { strong: 'bold', good: 'green', bad: 'red', quiet: 'dim' } as const;

function terminal(): TerminalOptions {
  const { isTTY, columns } = process.stdout;
  if (!isTTY) return {};
  // Asks the terminal what it can, and the environment (NO_COLOR, FORCE_COLOR) what is wanted. Some do not know their width.
  return { columns: columns || USUAL_COLUMNS, colours: styleText('bold', 'x', { stream: process.stdout }) !== 'x' };
}

/** As Markdown: sections with titles, lines as nested lists. */
export function outlineMarkdown(sections: readonly Section[]): string {
  const write = ({ mark, text, tone, lines = [] }: Line, depth: number): string[] => {
    const escaped = escapeMarkdown(oneLine(mark === undefined ? text : `${mark} ${text}`));
    return [
      `${'  '.repeat(depth)}- ${tone === 'strong' ? `**${escaped}**` : escaped}`,
      ...lines.flatMap((line) => write(line, depth + 1)),
    ];
  };
  return sections
    .map(({ title, lines }, index) => {
      const heading = title === undefined ? [] : [`${index === 0 ? '#' : '##'} ${escapeMarkdown(oneLine(title))}`, ''];
      return [...heading, ...lines.flatMap((line) => write(line, 0))].join('\n').trimEnd();
    })
    .filter((text) => text !== '')
    .join('\n\n');
}

/** Texts are shown, never rendered. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#!|~]/g, '\\$&').replace(/^(\d*)([-+.)])/, '$1\\$2');
}

/** Nothing of a text moves the cursor, changes colours, or turns the direction of what follows. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[\p{Bidi_Control}\p{Cs}]/gu, '')
    .trim();
}
