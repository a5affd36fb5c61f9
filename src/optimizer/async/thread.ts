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
}

/** The pool's worker: calls one export of a module. */
export default async function call({ module, name, input }: ThreadCall): Promise<ThreadOutcome> {
  const exports = (await import(module)) as Record<string, unknown>;
  const work = exports[name];
  if (typeof work !== 'function') {
    throw new TypeError(`The module ${module} exports no function ${JSON.stringify(name)}.`);
  }
  const { threadCpuUsage } = process as Partial<NodeJS.Process>;
  const before = threadCpuUsage?.call(process);
  const result: unknown = await (work as (...input: unknown[]) => unknown)(...input);
  if (threadCpuUsage === undefined || before === undefined) return { result };
  const { user, system } = threadCpuUsage.call(process, before);
  return { result, cpu: (user + system) / 1_000 };
}
