import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { InvalidJob } from './errors.ts';
import { isJob } from './job.ts';
import type { Job } from './job.ts';

/**
 * Loads the jobs of a file: all that it exports which came from `defineJob`. TypeScript runs as it is.
 *
 * @param file absolute path
 * @throws {InvalidJob} naming the file and what it exports
 */
export async function loadJobs(file: string): Promise<Job[]> {
  if (!existsSync(file)) throw new InvalidJob(`There is no file ${file} to load jobs from.`);
  let exports: Record<string, unknown>;
  try {
    exports = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    throw new InvalidJob(`${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
  const jobs = [...new Set(Object.values(exports).flat())].filter(isJob);
  if (jobs.length > 0) return jobs;
  const names = Object.keys(exports);
  throw new InvalidJob(
    `${file} exports ${names.length === 0 ? 'nothing' : names.join(', ')}: it must export at least one job made with defineJob.`,
  );
}
