import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { WorkStealingScheduler } from '../../../src/jobs/index.ts';
import type { SchedulerOptions } from '../../../src/jobs/index.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A scheduler that ends with its test. */
export function openScheduler(options: SchedulerOptions = { threads: 2 }): WorkStealingScheduler {
  const scheduler = new WorkStealingScheduler(options);
  ends.push(() => scheduler.shutdown());
  return scheduler;
}

/** The path of files in a folder that ends with its test. */
export function openFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'kgot-jobs-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}

/** What a promise was rejected with. */
export async function rejection<E extends Error>(promise: Promise<unknown>): Promise<E> {
  try {
    await promise;
  } catch (error) {
    return error as E;
  }
  throw new Error('It was not rejected.');
}
