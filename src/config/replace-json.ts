import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a value as a JSON file in the place of the one that is there: whole or not at all.
 *
 * @param mode who may read it. @default what the process gives new files
 */
export function replaceJson(file: string, value: unknown, { mode }: { mode?: number } = {}): void {
  const own = `${file}.${process.pid}`;
  try {
    writeFileSync(own, `${JSON.stringify(value, null, 2)}\n`, mode === undefined ? {} : { mode });
    renameSync(own, file);
  } finally {
    rmSync(own, { force: true });
  }
}
