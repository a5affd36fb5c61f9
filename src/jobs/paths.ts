import type { TaskPath } from './errors.ts';

/** Orders tasks: those of `split` first, then those that these spawned, and so on; alike ones by what they come from. */
export function comparePaths(a: TaskPath, b: TaskPath): number {
  if (a.length !== b.length) return a.length - b.length;
  const differs = a.findIndex((step, index) => step !== b[index]);
  return differs < 0 ? 0 : a[differs]! - b[differs]!;
}
