import type { Command } from 'commander';
import { join } from 'node:path';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { userPath } from '../../src/config/paths.ts';
import { callFolders, readCostEntries } from '../../src/cost/call-records.ts';
import {
  COST_GROUPINGS,
  costAsReference,
  costCsv,
  costRows,
  costTotal,
  REFERENCE_CALLS,
  REFERENCE_TOTALS,
} from '../../src/cost/cost-report.ts';
import type { CostEntry, CostGrouping, CostRow } from '../../src/cost/cost-report.ts';
import { counted } from '../../src/domain/text.ts';
import { UserError } from '../errors.ts';
import { findRun } from '../find-run.ts';
import { oneOf } from '../options.ts';
import type { GlobalOptions } from '../options.ts';
import { saveFile } from '../save-file.ts';
import { Session } from '../session.ts';
import { oneLine } from '../show/outline.ts';
import { dollars, table } from '../show/terminal.ts';
import { parseSince } from './list.ts';

const FORMATS = ['csv', 'reference'] as const;

interface CostOptions extends GlobalOptions {
  since?: Date;
  by?: CostGrouping;
  compare?: string;
  format?: (typeof FORMATS)[number];
  out?: string;
}

export function addCostCommand(command: Command): void {
  command
    .option('--since <when>', 'all runs whose first call was then or later: 7d, 2026-11-01 (UTC)', parseSince)
    .option('--by <what>', `${COST_GROUPINGS.join(', ')} (step; run with --since)`, oneOf(COST_GROUPINGS))
    .option('--compare <id>', 'another run beside it')
    .option(
      '--format <format>',
      `every call: csv, or reference, the files of KGoT’s own implementation`,
      oneOf(FORMATS),
    )
    .option('--out <path>', 'where that is written: a file for csv, a folder for reference')
    .action((id: string | undefined, options: CostOptions) => showCost(id, options));
}

function showCost(id: string | undefined, options: CostOptions): Promise<void> {
  const { since, compare, format, out, by = since === undefined ? 'step' : 'run' } = options;
  if ((id === undefined) === (since === undefined)) throw usage('Give a run, or --since for all runs since then.');
  if (compare !== undefined && id === undefined) throw usage('--compare sets a run beside another: give a run first.');
  if (compare !== undefined && format !== undefined) throw usage('--compare is a table: leave out --format.');
  if (out !== undefined && format === undefined) throw usage('--out needs --format csv or --format reference.');
  if (format === 'reference' && out === undefined)
    throw usage('--format reference writes two files: give a folder by --out.');
  return Session.run(options, { worker: false }, async (session) => {
    const runtime = await session.runtime();
    const artifacts = openDirectoryStore(runtime.artifactsDirectory);
    const entriesOf = async (run: string): Promise<CostEntry[]> =>
      readCostEntries(artifacts, (await findRun(session, run)).folder, run);
    const entries = since === undefined ? await entriesOf(id!) : await entriesSince(artifacts, since);
    if (format !== undefined) return write(session, entries, format, out);
    if (compare === undefined) return show(session, { id, since }, entries, by);
    return showBeside(session, { id: id!, entries }, { id: compare, entries: await entriesOf(compare) }, by);
  });
}

function usage(message: string): UserError {
  return new UserError(message, { exitCode: 2 });
}

/** Entries of all runs that made their first call at `since` or later; a run of an older version, which wrote no times, is none. */
async function entriesSince(artifacts: ArtifactStore, since: Date): Promise<CostEntry[]> {
  const all: CostEntry[] = [];
  for (const folder of await callFolders(artifacts)) {
    const entries = await readCostEntries(artifacts, folder);
    const times = entries.flatMap(({ startedAt }) => (startedAt === undefined ? [] : Date.parse(startedAt)));
    if (times.length > 0 && Math.min(...times) >= since.getTime()) all.push(...entries);
  }
  return all;
}

async function write(
  session: Session,
  unsorted: readonly CostEntry[],
  format: (typeof FORMATS)[number],
  out: string | undefined,
): Promise<void> {
  const entries = unsorted.toSorted((a, b) => ((a.startedAt ?? '') < (b.startedAt ?? '') ? -1 : 1));
  if (format === 'csv') {
    const content = costCsv(entries);
    if (out === undefined) {
      if (session.options.json !== true) return void process.stdout.write(content);
      return session.print({ format, text: content }, '');
    }
    const file = await saveFile(userPath(out), content);
    return session.print({ file, calls: entries.length }, `${counted(entries.length, 'call')} in ${file}`);
  }
  const { calls, totals } = costAsReference(entries);
  const folder = userPath(out!);
  const files = [
    await saveFile(join(folder, REFERENCE_CALLS), calls),
    await saveFile(join(folder, REFERENCE_TOTALS), totals),
  ];
  session.print({ files }, files.join('\n'));
}

function show(
  session: Session,
  asked: { id: string | undefined; since: Date | undefined },
  entries: readonly CostEntry[],
  by: CostGrouping,
): void {
  const rows = costRows(entries, by);
  const total = costTotal(entries);
  const { id, since } = asked;
  const json = { ...(id === undefined ? { since: since!.toISOString() } : { id }), by, rows, total };
  if (entries.length === 0) {
    return session.print(json, id === undefined ? 'No run has made a call since then.' : `${id} has made no call yet.`);
  }
  const lines = [...rows, total].map((row) => [
    oneLine(row.name),
    String(row.calls),
    String(row.unknown),
    row.cachedInputTokens === 0 ? String(row.inputTokens) : `${row.inputTokens} (${row.cachedInputTokens} cached)`,
    String(row.outputTokens),
    dollars(row.dollars, row.unpriced),
    total.dollars === 0 ? '' : `${((100 * row.dollars) / total.dollars).toFixed(0)} %`,
    row.seconds === undefined ? '' : row.seconds.toFixed(1),
  ]);
  const header = [by.toUpperCase(), 'CALLS', 'UNKNOWN', 'IN', 'OUT', 'COST', 'SHARE', 'SECONDS'];
  session.print(json, table(header, lines));
}

interface Side {
  id: string;
  entries: readonly CostEntry[];
}

function showBeside(session: Session, one: Side, other: Side, by: CostGrouping): void {
  const rows = [one, other].map(({ entries }) => new Map(costRows(entries, by).map((row) => [row.name, row])));
  const totals = [one, other].map(({ entries }) => costTotal(entries));
  const names = [...new Set(rows.flatMap((side) => [...side.keys()]))];
  const pairs = [
    ...names.map((name) => ({ name, sides: rows.map((side) => side.get(name)) })),
    { name: 'total', sides: totals },
  ];
  const lines = pairs.map(({ name, sides: [left, right] }) => [
    oneLine(name),
    costOf(left),
    costOf(right),
    ratioOf(left, right),
    String(tokensOf(left)),
    String(tokensOf(right)),
    String(left?.calls ?? 0),
    String(right?.calls ?? 0),
  ]);
  const header = [by.toUpperCase(), 'COST', 'OTHER', 'RATIO', 'TOKENS', 'OTHER', 'CALLS', 'OTHER'];
  const json = {
    by,
    runs: [one, other].map(({ id }, index) => ({ id, rows: [...rows[index]!.values()], total: totals[index] })),
  };
  session.print(json, `${oneLine(one.id)} beside ${oneLine(other.id)}\n\n${table(header, lines)}`);
}

function costOf(row: CostRow | undefined): string {
  return row === undefined ? '–' : dollars(row.dollars, row.unpriced);
}

/** What the first costs, as a multiple of the other; empty where one of them is not known. */
function ratioOf(one: CostRow | undefined, other: CostRow | undefined): string {
  if (one === undefined || other === undefined || one.unpriced + other.unpriced > 0 || other.dollars === 0) return '';
  return (one.dollars / other.dollars).toFixed(2);
}

function tokensOf(row: CostRow | undefined): number {
  return (row?.inputTokens ?? 0) + (row?.outputTokens ?? 0);
}
