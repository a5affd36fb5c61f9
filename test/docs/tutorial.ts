import { readFileSync } from 'node:fs';

/** One block of a tutorial: what is typed, and what is seen then. */
export interface Block {
  commands: string;
  /** Its command goes on, in a terminal of its own, while others are typed. */
  staysOpen: boolean;
  /** Comes after the reader has named a model. */
  withModel: boolean;
  /** Lines that are printed, in this order; `…` stands for anything. */
  printed: string[];
}

/**
 * Reads the blocks that are run: those that begin with `sh` or `sh stays-open`, each with the block `text` after it, if there
 * is one. `sh yours` names the reader's model, and is not run.
 */
export function readTutorial(path: string): Block[] {
  const blocks: Block[] = [];
  let withModel = false;
  for (const [, kind, content] of readFileSync(path, 'utf8').matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)) {
    if (kind === 'text') blocks.at(-1)!.printed = content!.split('\n').filter((line) => line.trim() !== '');
    else if (kind === 'sh yours') withModel = true;
    else if (kind === 'sh' || kind === 'sh stays-open') {
      blocks.push({ commands: content!, staysOpen: kind !== 'sh', withModel, printed: [] });
    }
  }
  return blocks;
}

/** The first line of `printed` that the output does not have after the one before it. */
export function missingLine(printed: readonly string[], output: string): string | undefined {
  const lines = output.split('\n').map((line) => line.trim());
  let from = 0;
  for (const wanted of printed) {
    const found = lines.findIndex((line, index) => index >= from && linePattern(wanted).test(line));
    if (found < 0) return wanted;
    from = found + 1;
  }
  return undefined;
}

/** Fits a line as it is printed, whatever stands at each `…`. */
export function linePattern(line: string): RegExp {
  const parts = line.trim().split('…');
  return new RegExp(`^\\s*${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}\\s*$`, 'm');
}
