import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { runHandle } from '../../src/client/client.ts';
import { readLedgerEntries } from '../../src/cost/call-records.ts';
import { sumEntries } from '../../src/domain/ledger.ts';
import type { RunResult } from '../../src/domain/run.ts';
import { UserError } from '../errors.ts';
import { findOpenable, findRun } from '../find-run.ts';
import { followRun } from '../follow.ts';
import type { GlobalOptions } from '../options.ts';
import { Session } from '../session.ts';
import { ledgerLine } from '../show/run.ts';
import { dollars, table } from '../show/terminal.ts';
import { showResult } from './solve.ts';

/** Commands that end a run, take one up again, or look at what it spent. */

export function cancelRun(id: string, options: GlobalOptions): Promise<void> {
  return Session.run(options, {}, async (session) => {
    const { status, folder } = await findOpenable(session, id);
    if (status !== 'RUNNING') throw new UserError(`The run ${id} has ended already (${status.toLowerCase()}).`);
    const runtime = await session.runtime();
    const handle = runHandle(runtime.client, id);
    await handle.cancel();
    await handle.result().catch(() => undefined);
    const ledger = sumEntries(await readLedgerEntries(openDirectoryStore(runtime.artifactsDirectory), folder));
    session.print({ id, status: 'CANCELLED', ledger }, `Cancelled ${id}: ${ledgerLine(ledger)}`);
  });
}

export function showLedger(id: string, options: GlobalOptions): Promise<void> {
  return Session.run(options, { worker: false }, async (session) => {
    const { folder } = await findRun(session, id);
    const { artifactsDirectory } = await session.runtime();
    const entries = await readLedgerEntries(openDirectoryStore(artifactsDirectory), folder);
    const ledger = sumEntries(entries);
    const rows = entries.map((entry) => [
      entry.id,
      entry.model ?? '',
      entry.known ? (entry.failed === true ? 'error' : 'known') : 'unknown',
      String(entry.inputTokens),
      String(entry.outputTokens),
      entry.dollars === null ? 'price unknown' : dollars(entry.dollars, 0),
    ]);
    const text = `${table(['CALL', 'MODEL', 'ENTRY', 'IN', 'OUT', 'COST'], rows)}\n\n${ledgerLine(ledger)}`;
    session.print({ id, ledger, entries }, text);
  });
}

export function resumeRun(id: string, options: GlobalOptions): Promise<void> {
  return Session.run(options, {}, async (session) => {
    await findOpenable(session, id);
    const started = performance.now();
    const result: RunResult = await followRun(session, id);
    await showResult(session, id, result, (performance.now() - started) / 1000);
  });
}
