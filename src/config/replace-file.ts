import { renameSync, rmSync, writeFileSync } from 'node:fs';

export interface ReplaceOptions {
  /** Who may read it. @default what the process gives new files */
  mode?: number;
}

/** Writes a file in the place of the one that is there: whole or not at all. */
export function replaceFile(file: string, content: string, { mode }: ReplaceOptions = {}): void {
  const own = `${file}.${process.pid}`;
  try {
    writeFileSync(own, content, mode === undefined ? {} : { mode });
    renameSync(own, file);
  } finally {
    rmSync(own, { force: true });
  }
}

/** {@link replaceFile} with a value as JSON. */
export function replaceJson(file: string, value: unknown, options?: ReplaceOptions): void {
  replaceFile(file, `${JSON.stringify(value, null, 2)}\n`, options);
}
