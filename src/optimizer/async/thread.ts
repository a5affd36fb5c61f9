import { performance } from 'node:perf_hooks';
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
  /** Milliseconds that the function took, and those of them in which its thread did not wait: on a machine that is busy, more than `cpu`. */
  took: number;
  busy: number;
  /** MiB that the thread's heap and buffers held when it had ended, with what was there before and is not collected yet. */
  memory: number;
  /** The thread's id. */
  thread: number;
}

/** The pool's worker: calls one export of a module. */
export default async function call({ module, name, input }: ThreadCall): Promise<ThreadOutcome> {
  const work = await loadExport(module, name);
  const { threadCpuUsage } = process as Partial<NodeJS.Process>;
  const cpuBefore = threadCpuUsage?.call(process);
  const loop = performance.eventLoopUtilization();
  const startedAt = performance.now();
  const result: unknown = await work(...input);
  const { used_heap_size: heap, external_memory: buffers } = getHeapStatistics();
  const outcome = {
    result,
    took: performance.now() - startedAt,
    busy: performance.eventLoopUtilization(loop).active,
    memory: (heap + buffers) / 2 ** 20,
    thread: threadId,
  };
  if (threadCpuUsage === undefined || cpuBefore === undefined) return outcome;
  const { user, system } = threadCpuUsage.call(process, cpuBefore);
  return { ...outcome, cpu: (user + system) / 1_000 };
}

export async function loadExport(module: string, name: string): Promise<(...input: unknown[]) => unknown> {
  const exports = (await import(module)) as Record<string, unknown>;
  const work = exports[name];
  if (typeof work === 'function') return work as (...input: unknown[]) => unknown;
  throw new TypeError(`The module ${module} exports no function ${JSON.stringify(name)}.`);
}
