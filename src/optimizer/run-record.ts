import { busyTime, callTimes } from '../cost/call-times.ts';
import type { CostEntry } from '../cost/cost-report.ts';
import type { RunOutcome } from '../domain/activities.ts';
import type { Ledger } from '../domain/ledger.ts';
import { efficiencyOf } from './metrics.ts';
import type { OperationRecord } from './records.ts';

/** What is kept of a run that has ended. Its efficiency has the formula of every operation's; it works while a call is under way. */
export function runRecord(
  id: string,
  { target, ...outcome }: RunOutcome,
  ledger: Ledger,
  entries: readonly CostEntry[],
): OperationRecord {
  const { ok, milliseconds } = outcome;
  const calls = callTimes(entries);
  const processing = busyTime(entries);
  const dollars = ledger.unpriced > 0 ? null : ledger.dollars;
  const efficiency = efficiencyOf({
    execution: milliseconds,
    processing: processing ?? milliseconds,
    successRate: ok ? 1 : 0,
    total: dollars,
    ...(target?.milliseconds === undefined ? {} : { latencyTarget: target.milliseconds }),
    ...(target?.dollars === undefined ? {} : { costTarget: target.dollars }),
  });
  return {
    ...{ id, ...outcome, at: new Date().toISOString(), dollars, efficiency },
    ...(processing === undefined ? {} : { processing }),
    ...(calls === undefined ? {} : { calls }),
  };
}
