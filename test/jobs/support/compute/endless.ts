import type { TaskContext } from 'kgot-temporal/jobs';

export const split = (tasks: number) => Array.from({ length: tasks }, (_, index) => index);

/** Each task ends soon, and spawns another. */
export async function run(task: number, context: TaskContext<number>): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve));
  context.signal.throwIfAborted();
  context.spawn(task);
  return task;
}

export const reduce = (results: number[]) => results.length;
