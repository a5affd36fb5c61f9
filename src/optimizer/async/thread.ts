import { getHeapStatistics } from 'node:v8';
import { threadId } from 'node:worker_threads';

/** What a thread of the pool is to do. */
export interface ThreadCall {
  module: string;
  name: string;
  input: readonly unknown[];
}

export interface ThreadOutcome {
  result: unknown;
  /** Milliseconds of processor time that the thread spent on it; absent where Node does not measure it (before 23.9). */
  cpu?: number;
  /** MiB that the thread's heap and buffers held when it had ended, with what was there before and is not collected yet. */
  memory: number;
  /** The thread's id. */
  thread: number;
}

/** The pool's worker: calls one export of a module. */
export default async function call({ module, name, input }: ThreadCall): Promise<ThreadOutcome> {
  const { threadCpuUsage } = process as Partial<NodeJS.Process>;
  const before = threadCpuUsage?.call(process);
  const result = await callExport(module, name, input);
  const { used_heap_size: heap, external_memory: buffers } = getHeapStatistics();
  const outcome = { result, memory: (heap + buffers) / 2 ** 20, thread: threadId };
  if (threadCpuUsage === undefined || before === undefined) return outcome;
  const { user, system } = threadCpuUsage.call(process, before);
  return { ...outcome, cpu: (user + system) / 1_000 };
}

export async function callExport(module: string, name: string, input: readonly unknown[]): Promise<unknown> {
  const exports = (await import(module)) as Record<string, unknown>;
  const work = exports[name];
  if (typeof work !== 'function') {
    throw new TypeError(`The module ${module} exports no function ${JSON.stringify(name)}.`);
  }
  return await (work as (...input: unknown[]) => unknown)(...input);
}
