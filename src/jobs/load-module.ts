import { Broken } from './broken.ts';
import type { SentJob } from './messages.ts';
import { sentError } from './messages.ts';
import type { JobModule } from './job.ts';

type AnyModule = JobModule<unknown, unknown, unknown, unknown>;

const FUNCTIONS = ['split', 'run', 'reduce'] as const;

/**
 * Loads the functions of a job, where they are to run.
 *
 * @throws {Broken} when the module cannot be loaded, or lacks one
 */
export async function loadModule({ module }: SentJob): Promise<AnyModule> {
  let exports: Record<string, unknown>;
  try {
    exports = (await import(module)) as Record<string, unknown>;
  } catch (error) {
    throw new Broken({ step: 'module', why: 'cannot be loaded', error: sentError(error) });
  }
  const wrong = FUNCTIONS.filter((name) => typeof exports[name] !== 'function');
  if (wrong.length === 0) return exports as unknown as AnyModule;
  if (wrong.length === FUNCTIONS.length && typeof exports['main'] === 'function') {
    throw new Broken({
      step: 'module',
      why: 'exports main: such a program runs on MPI ranks only. On threads, split, run and reduce do.',
    });
  }
  const found = wrong.map((name) => `${name} is ${name in exports ? `of type ${typeof exports[name]}` : 'missing'}`);
  throw new Broken({
    step: 'module',
    why: `must export the functions split(input), run(task, context) and reduce(results): ${found.join(', ')}.`,
  });
}
