import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openDirectoryStore } from '../artifacts/directory-store.ts';
import { siblingModule } from '../config/module-path.ts';
import type { ResolveInput, ResolveOutput } from '../graph/resolve/job.ts';
import type { RunResolve } from '../graph/resolve/resolve-knowledge.ts';
import { defineJob } from './job.ts';
import type { JobRunner } from './runner.ts';
import { WorkStealingScheduler } from './stealing-scheduler.ts';

/** Entity resolution over packed material that its workers read from their artifact store. */
export const resolveJob = defineJob<ResolveInput, ResolveOutput>({
  name: 'resolve_knowledge',
  module: pathToFileURL(siblingModule('../graph/resolve/job.ts', import.meta.url)),
});

export interface ResolveWatch {
  /** Told how many parts are done, and of how many. */
  progress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Runs entity resolution as a job; its workers read what is compared from a folder that ends with it. */
export function resolveWith(runner: JobRunner, { progress, signal }: ResolveWatch): RunResolve {
  return async (material, inputFor) => {
    const folder = await mkdtemp(join(tmpdir(), 'kgot-resolve-'));
    try {
      const artifacts = openDirectoryStore(folder);
      const { output } = await runner.run(resolveJob, inputFor(await artifacts.putContent(material)), {
        artifacts,
        ...(signal === undefined ? {} : { signal }),
        onProgress: ({ finished, known }) => progress?.(finished, known),
      });
      return output;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

/** Runs entity resolution on all cores. */
export function resolveOnThreads(watch: ResolveWatch): RunResolve {
  return async (material, inputFor) => {
    const scheduler = new WorkStealingScheduler();
    try {
      return await resolveWith(scheduler, watch)(material, inputFor);
    } finally {
      await scheduler.shutdown();
    }
  };
}
