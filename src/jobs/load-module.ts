import { Broken } from './broken.ts';
import type { SentJob } from './messages.ts';
import { sentError } from './messages.ts';
import type { JobModule } from './job.ts';

type AnyModule = JobModule<unknown, unknown, unknown, unknown>;

const FUNCTIONS = ['split', 'run', 'reduce'] as const;

type Exports = Record<string, unknown>;

/** Loads what a job's module exports, where it is to run. @throws {Broken} */
export async function importModule({ module }: SentJob): Promise<Exports> {
  try {
    return (await import(module)) as Exports;
  } catch (error) {
    throw new Broken({ step: 'module', why: 'cannot be loaded', error: sentError(error) });
  }
}

/** Loads the functions of a job. @throws {Broken} when the module cannot be loaded, or lacks one */
export async function loadModule(job: SentJob): Promise<AnyModule> {
  return functionsOf(await importModule(job));
}

/** @throws {Broken} when one is missing */
export function functionsOf(exports: Exports): AnyModule {
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
