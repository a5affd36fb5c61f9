/** A job: `split` makes tasks of an input, `run` does one, `reduce` makes an output of their results. */
export interface JobModule<Input, Task, Result, Output, Context> {
  split(input: Input): Task[];
  run(task: Task, context: Context): Result | Promise<Result>;
  reduce(results: Result[]): Output;
}

/**
 * Runs a job in this thread, one task after the other.
 *
 * @param progress told after each task how many are done, and of how many
 * @param signal ends it between two tasks
 */
export async function runJobHere<Input, Task, Result, Output, Context>(
  job: JobModule<Input, Task, Result, Output, Context>,
  input: Input,
  context: Context,
  { progress, signal }: { progress?: (done: number, total: number) => void; signal?: AbortSignal } = {},
): Promise<Output> {
  const tasks = job.split(input);
  const results: Result[] = [];
  for (const task of tasks) {
    signal?.throwIfAborted();
    results.push(await job.run(task, context));
    progress?.(results.length, tasks.length);
    // Whatever waits, as a signal's handler, gets its turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return job.reduce(results);
}
