import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when something has come true. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await delay(10);
}

/** Resolves when there are files. */
export function untilFiles(...files: string[]): Promise<void> {
  return until(() => files.every((file) => existsSync(file)));
}
