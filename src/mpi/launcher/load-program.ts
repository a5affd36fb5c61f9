import { Broken } from '../../jobs/broken.ts';
import { decode } from '../../jobs/codec.ts';
import type { JobModule } from '../../jobs/job.ts';
import { functionsOf, importModule } from '../../jobs/load-module.ts';
import { sentError } from '../../jobs/messages.ts';
import type { SentJob } from '../../jobs/messages.ts';
import { encodedOutput } from '../../jobs/reduce.ts';

/** What a job's module is: functions over tasks, or a program that runs on all ranks at once. */
export interface Program {
  module?: JobModule<unknown, unknown, unknown, unknown>;
  /** Input and output are encoded. @throws {Broken} when it throws */
  main?: (world: unknown, input: Uint8Array) => Promise<Uint8Array<ArrayBuffer>>;
}

/** Loads it, where it is to run. @throws {Broken} when it cannot be loaded, or is neither */
export async function loadProgram(job: SentJob): Promise<Program> {
  const exports = await importModule(job);
  const { main } = exports;
  if (typeof main !== 'function' || 'run' in exports) return { module: functionsOf(exports) };
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
  return encodedOutput('main', output);
}
