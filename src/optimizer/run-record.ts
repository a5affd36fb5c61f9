import { busyTime, callTimes } from '../cost/call-times.ts';
import type { CostEntry } from '../cost/cost-report.ts';
import { computeCost, COST_RATES, MONTH, storageCost } from '../cost/resource-costs.ts';
import type { CostRates } from '../cost/resource-costs.ts';
import type { RunOutcome } from '../domain/activities.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { RunPerformance } from '../domain/run.ts';
import { efficiencyOf } from './metrics.ts';
import type { OperationRecord } from './records.ts';

/** How a run went. Its efficiency has the formula of every operation's; it works while a call is under way. */
export function runPerformance(
  { ok, milliseconds, target, savings, compute, cheap }: RunOutcome,
  ledger: Ledger,
  entries: readonly CostEntry[],
  { bytes = 0, rates = COST_RATES }: { bytes?: number; rates?: CostRates } = {},
): RunPerformance {
  const calls = callTimes(entries);
  const working = busyTime(entries);
  const cheapDollars = cheapSavings(cheap, entries);
  return {
    milliseconds,
    ...(calls === undefined ? {} : { calls }),
    ...(working === undefined || milliseconds <= 0 ? {} : { busy: Math.min(1, working / milliseconds) }),
    efficiency: efficiencyOf({
      execution: milliseconds,
      processing: Math.min(working ?? milliseconds, milliseconds),
      successRate: ok ? 1 : 0,
      total: dollarsOf(ledger),
      ...(target?.milliseconds === undefined ? {} : { latencyTarget: target.milliseconds }),
      ...(target?.dollars === undefined ? {} : { costTarget: target.dollars }),
    }),
    savings: {
      ...savings,
      answersReused: ledger.reused,
      reusedDollars: ledger.savedDollars,
      cheapAnswers: entries.filter((entry) => isCheap(entry, cheap)).length,
      ...(cheapDollars === undefined ? {} : { cheapDollars }),
    },
    compute: { ...compute, dollars: computeCost(compute, rates) },
    storage: { bytes, dollarsAMonth: storageCost({ bytes, seconds: MONTH }, rates) },
  };
}

/** What is kept of a run that has ended. */
export function runRecord(
  id: string,
  { taskType, strategy, ok, milliseconds, models }: RunOutcome,
  ledger: Ledger,
  { calls, busy, efficiency }: RunPerformance,
): OperationRecord {
  return {
    ...{ id, taskType, strategy, ok, milliseconds, efficiency, models },
    at: new Date().toISOString(),
    dollars: dollarsOf(ledger),
    ...(busy === undefined ? {} : { processing: busy * milliseconds }),
    ...(calls === undefined ? {} : { calls }),
  };
}

function dollarsOf({ dollars, unpriced }: Ledger): number | null {
  return unpriced > 0 ? null : dollars;
}

/** An answer that the cheap model gave, and was paid for. */
function isCheap({ model, known, failed, reused }: CostEntry, cheap: RunOutcome['cheap']): boolean {
  return cheap !== undefined && model === cheap.model && known && failed !== true && reused !== true;
}

function cheapSavings(cheap: RunOutcome['cheap'], entries: readonly CostEntry[]): number | undefined {
  const instead = cheap?.instead;
  if (instead === undefined || instead === null) return undefined;
  const own = entries.filter((entry) => isCheap(entry, cheap));
  if (own.some(({ dollars }) => dollars === null)) return undefined;
  return own.reduce(
    (sum, { inputTokens, outputTokens, dollars }) =>
      sum + inputTokens * instead.input + outputTokens * instead.output - dollars!,
    0,
  );
}
