import { createHash } from 'node:crypto';
import { defineJob } from '../../src/jobs/index.ts';
import type { TaskContext } from '../../src/jobs/index.ts';
import { sleepFor } from '../stealing/sleep.ts';

export interface ChaosTask {
  name: string;
  milliseconds: number;
  /** Tasks that it spawns. */
  spawns: number;
}

/** Tasks that take time, spawn others, and give what only depends on their name. */
export const chaosJob = defineJob<ChaosTask[], string>({ name: 'chaos', module: import.meta.url });

export const split = (tasks: ChaosTask[]): ChaosTask[] => tasks;

export function run({ name, milliseconds, spawns }: ChaosTask, context: TaskContext<ChaosTask>): string {
  for (let spawn = 0; spawn < spawns; spawn += 1) {
    context.spawn({ name: `${name}.${spawn}`, milliseconds: milliseconds / 2, spawns: spawns - 1 });
  }
  sleepFor(milliseconds);
  return createHash('sha256').update(name).digest('hex').slice(0, 12);
}

/** One that is lost, comes twice or in another place makes another output. */
export const reduce = (results: string[]): string => `${results.length} ${results.join(' ')}`;
