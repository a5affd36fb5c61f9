import { truncate } from '../../src/domain/text.ts';
import { showUnseen } from '../../src/domain/unseen.ts';

/**
 * Lines on a terminal that are painted over as things change; plain lines, each once, where there is no terminal. What they
 * say comes from models and documents: the terminal obeys nothing in it.
 */
export class Painter {
  readonly #stream: NodeJS.WriteStream;
  readonly #live: boolean;
  #painted = 0;
  #last = '';

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
    this.#live = stream.isTTY;
  }

  /** Shows `lines` in place of what was painted before; without a terminal only `plain`, when it has changed. */
  paint(lines: readonly string[], plain: string): void {
    if (!this.#live) {
      if (plain !== this.#last) this.#stream.write(`${showUnseen(plain)}\n`);
      this.#last = plain;
      return;
    }
    const width = Math.max(20, (this.#stream.columns || 80) - 1);
    this.#clear();
    this.#stream.write(lines.map((line) => `${truncate(showUnseen(line.replace(/\s+/g, ' ')), width)}\n`).join(''));
    this.#painted = lines.length;
  }

  /** Prints a line that stays. */
  line(text: string): void {
    this.#clear();
    this.#stream.write(`${showUnseen(text)}\n`);
  }

  #clear(): void {
    if (this.#painted > 0) this.#stream.write(`\x1b[${this.#painted}A\x1b[0J`);
    this.#painted = 0;
  }
}

/** JSON on one line, in which a terminal finds nothing to obey. */
export function jsonLine(value: unknown): string {
  return showUnseen(JSON.stringify(value), (character) =>
    Array.from({ length: character.length }, (_, index) => unitOf(character, index)).join(''),
  );
}

/** One UTF-16 code unit as JSON escapes it. */
function unitOf(text: string, index: number): string {
  return `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`;
}

/** Columns padded to the widest cell. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function dollars(amount: number, unpriced: number): string {
  if (unpriced > 0) return amount > 0 ? `over $${amount.toFixed(4)}, price unknown` : 'price unknown';
  return `$${amount.toFixed(amount > 0 && amount < 0.01 ? 5 : 4)}`;
}

/** `3.2 s`, `2 min 5 s`, `3 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 0.1 ? 2 : 1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
