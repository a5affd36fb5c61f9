import type { ComputeShare, Ledger, LedgerEntry } from '../src/domain/ledger.ts';
import { addCompute, addLedgers, emptyLedger, sumEntries } from '../src/domain/ledger.ts';

/**
 * What this execution has spent, as its activities report it. One a workflow execution: module state is not shared
 * between workflows. The records in the artifact store are exact; the run reconciles with them before it ends.
 */
let base = emptyLedger();
const entries = new Map<string, LedgerEntry>();
/** What attempts that ended took of their processes: an estimate, which no record holds. */
let computed: ComputeShare = { cpuSeconds: 0, memoryGibSeconds: 0 };

/** Enters what activities report; an entry met again counts once, and a known one beats an unknown one. */
export function enterSpending(reported: readonly LedgerEntry[], compute?: ComputeShare): void {
  if (compute !== undefined) computed = addCompute(computed, compute);
  for (const entry of reported) {
    const earlier = entries.get(entry.id);
    if (earlier === undefined || (!earlier.known && entry.known)) entries.set(entry.id, entry);
  }
}

/** What the attempts of this execution took. */
export function liveCompute(): ComputeShare {
  return computed;
}

export function liveLedger(): Ledger {
  return addLedgers(base, sumEntries(entries.values()));
}

/** Replaces all that was entered by what the records say. */
export function reconcileLedger(recorded: Ledger): void {
  base = recorded;
  entries.clear();
}
