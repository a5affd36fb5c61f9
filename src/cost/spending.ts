import { AsyncLocalStorage } from 'node:async_hooks';
import type { LedgerEntry } from '../domain/ledger.ts';

const collector = new AsyncLocalStorage<LedgerEntry[]>();

/** Enters what a call has spent into the ledger of the attempt that makes it; outside an attempt it does nothing. */
export function addSpending(entries: readonly LedgerEntry[]): void {
  collector.getStore()?.push(...entries);
}

/** Runs `work` and collects into `entries` what it, and all that it awaits, spends. */
export function collectSpending<T>(entries: LedgerEntry[], work: () => T): T {
  return collector.run(entries, work);
}
