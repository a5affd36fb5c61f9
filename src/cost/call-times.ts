import { coveredTime } from '../telemetry/covered-time.ts';
import type { CostEntry } from './cost-report.ts';

/** Milliseconds that model calls took which came back with an answer. */
export interface CallTimes {
  count: number;
  median: number;
  /** What 95 of 100 took at most. */
  p95: number;
}

/** @returns undefined when no record says it */
export function callTimes(entries: readonly CostEntry[]): CallTimes | undefined {
  const times = entries
    .filter(({ kind, known, failed, reused }) => kind === 'model' && known && failed !== true && reused !== true)
    .flatMap(({ startedAt, endedAt }) =>
      startedAt === undefined || endedAt === undefined ? [] : [Date.parse(endedAt) - Date.parse(startedAt)],
    )
    .sort((a, b) => a - b);
  if (times.length === 0) return undefined;
  const at = (share: number): number => times[Math.ceil(share * times.length) - 1]!;
  return { count: times.length, median: at(0.5), p95: at(0.95) };
}

/** Milliseconds in which at least one call was under way; absent where no record says when any was. */
export function busyTime(entries: readonly CostEntry[]): number | undefined {
  const spans = entries.flatMap(({ startedAt, endedAt }) =>
    startedAt === undefined || endedAt === undefined ? [] : [{ from: Date.parse(startedAt), to: Date.parse(endedAt) }],
  );
  return spans.length === 0 ? undefined : coveredTime(spans);
}
