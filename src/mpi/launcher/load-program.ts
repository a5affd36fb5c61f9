import { Broken } from '../../jobs/broken.ts';
import { decode, encode } from '../../jobs/codec.ts';
import { CannotTravel } from '../../jobs/errors.ts';
import type { JobModule } from '../../jobs/job.ts';
import { loadModule } from '../../jobs/load-module.ts';
import { sentError } from '../../jobs/messages.ts';
import type { SentJob } from '../../jobs/messages.ts';

/** What a job's module is: functions over tasks, or a program that runs on all ranks at once. */
export interface Program {
  module?: JobModule<unknown, unknown, unknown, unknown>;
  /** Input and output are encoded. @throws {Broken} when it throws */
  main?: (world: unknown, input: Uint8Array) => Promise<Uint8Array<ArrayBuffer>>;
}

/** Loads it, where it is to run. @throws {Broken} when it cannot be loaded, or is neither */
export async function loadProgram(job: SentJob): Promise<Program> {
  let exports: Record<string, unknown>;
  try {
    exports = (await import(job.module)) as Record<string, unknown>;
  } catch (error) {
    throw new Broken({ step: 'module', why: 'cannot be loaded', error: sentError(error) });
  }
  const { main } = exports;
  if (typeof main !== 'function' || 'run' in exports) return { module: await loadModule(job) };
  return { main: (world, input) => called(main as Main, world, input) };
}

type Main = (world: unknown, input: unknown) => unknown;

async function called(main: Main, world: unknown, input: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  let output: unknown;
  try {
    output = await main(world, decode(input));
  } catch (error) {
    throw new Broken({ step: 'main', why: 'threw', error: sentError(error) });
  }
  try {
    return encode(output);
  } catch (error) {
    const travel = new CannotTravel('The output', error);
    throw new Broken({ step: 'main', why: 'gave what cannot be the output', error: sentError(travel) });
  }
}
