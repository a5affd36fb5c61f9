import type { LedgerEntry } from '../domain/ledger.ts';

/** One request of a run, and when it was under way by the clock of its worker. */
export interface CostEntry extends LedgerEntry {
  /** The run's id or folder. */
  run: string;
  /** Of the run's scope `user:NAME`. */
  user?: string;
  /** ISO 8601; absent where older versions wrote the record. */
  startedAt?: string;
  /** Absent when no answer came back. */
  endedAt?: string;
}

/** By what costs are added up: the kind of step or tool, the tools alone, the models, the runs, or whose they were. */
export const COST_GROUPINGS = ['step', 'tool', 'model', 'run', 'user'] as const;
export type CostGrouping = (typeof COST_GROUPINGS)[number];

/** What entries of one name cost. */
export interface CostRow {
  name: string;
  /** Requests whose answer came back. */
  calls: number;
  unknown: number;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  /** US dollars of what is known and priced. */
  dollars: number;
  /** Known entries without a price: `dollars` then says too little. */
  unpriced: number;
  /** Time under way, all calls added; absent where no record says it. */
  seconds?: number;
}

/** Adds entries up by name, the dearest first, then what took the most tokens. */
export function costRows(entries: Iterable<CostEntry>, by: CostGrouping): CostRow[] {
  const rows = new Map<string, CostRow>();
  for (const entry of entries) {
    const name = nameOf(entry, by);
    if (name === undefined) continue;
    const row = rows.get(name) ?? emptyRow(name);
    rows.set(name, row);
    addTo(row, entry);
  }
  const tokens = (row: CostRow): number => row.inputTokens + row.outputTokens;
  return [...rows.values()].sort(
    (a, b) => b.dollars - a.dollars || tokens(b) - tokens(a) || (a.name < b.name ? -1 : 1),
  );
}

/** All entries in one row. */
export function costTotal(entries: Iterable<CostEntry>): CostRow {
  const row = emptyRow('total');
  for (const entry of entries) addTo(row, entry);
  return row;
}

function emptyRow(name: string): CostRow {
  return {
    name,
    calls: 0,
    unknown: 0,
    inputTokens: 0,
    cachedInputTokens: 0,
    outputTokens: 0,
    dollars: 0,
    unpriced: 0,
  };
}

/** The tool whose call a request is a part of, its own requests of models among them. */
function toolOf({ id }: CostEntry): string | undefined {
  return /^\d+\.tool\.([^./]+)/.exec(id)?.[1];
}

function nameOf(entry: CostEntry, by: CostGrouping): string | undefined {
  switch (by) {
    case 'step':
      return `${entry.kind}.${entry.name}`;
    case 'tool':
      return toolOf(entry);
    case 'model':
      return entry.model;
    case 'run':
      return entry.run;
    case 'user':
      return entry.user ?? NOBODY;
  }
}

/** How runs are called that have no scope of a user. */
const NOBODY = '(no user)';

function addTo(row: CostRow, entry: CostEntry): void {
  if (entry.known) {
    row.calls += 1;
    row.inputTokens += entry.inputTokens;
    row.cachedInputTokens += entry.cachedInputTokens;
    row.outputTokens += entry.outputTokens;
    if (entry.dollars === null) row.unpriced += 1;
    else row.dollars += entry.dollars;
  } else row.unknown += 1;
  const seconds = secondsOf(entry);
  if (seconds !== undefined) row.seconds = (row.seconds ?? 0) + seconds;
}

function secondsOf({ startedAt, endedAt }: CostEntry): number | undefined {
  if (startedAt === undefined || endedAt === undefined) return undefined;
  return (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000;
}

const COLUMNS = [
  'run',
  'id',
  'kind',
  'name',
  'model',
  'known',
  'failed',
  'startedAt',
  'endedAt',
  'inputTokens',
  'cachedInputTokens',
  'outputTokens',
  'dollars',
] as const;

/** A line an entry, as RFC 4180 has it, under a line of names. A price that is unknown is empty. */
export function costCsv(entries: Iterable<CostEntry>): string {
  const lines = [COLUMNS.join(',')];
  for (const entry of entries) {
    const { failed = false } = entry;
    lines.push(COLUMNS.map((column) => cell({ ...entry, failed }[column])).join(','));
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** What a spreadsheet would take for a formula gets an apostrophe: names come from users' tools and models. */
function cell(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A file of KGoT's own implementation that holds a line a call. */
export const REFERENCE_CALLS = 'llm_cost.json';
/** Its totals by function. */
export const REFERENCE_TOTALS = 'total_cost.json';

interface ReferenceTotal {
  TotalPromptTokens: number;
  TotalCompletionTokens: number;
  TotalCost: number;
  TotalDuration: number;
}

/**
 * Known requests as KGoT's own implementation writes them (`kgot/utils/log_and_statistics.py`): for scripts that read its files.
 * Times are seconds since 1970. Where a time or a price is not known its value is `null`, and it adds nothing to the totals.
 */
export function costAsReference(entries: Iterable<CostEntry>): { calls: string; totals: string } {
  const lines: string[] = [];
  const totals: Record<string, ReferenceTotal> = {};
  const final = emptyTotal();
  for (const entry of entries) {
    if (!entry.known) continue;
    lines.push(
      JSON.stringify({
        FunctionName: entry.name,
        StartTime: epochSeconds(entry.startedAt),
        EndTime: epochSeconds(entry.endedAt),
        Model: entry.model ?? null,
        PromptTokens: entry.inputTokens,
        CompletionTokens: entry.outputTokens,
        Cost: entry.dollars,
      }),
    );
    for (const total of [(totals[entry.name] ??= emptyTotal()), final]) {
      total.TotalPromptTokens += entry.inputTokens;
      total.TotalCompletionTokens += entry.outputTokens;
      total.TotalCost += entry.dollars ?? 0;
      total.TotalDuration += secondsOf(entry) ?? 0;
    }
  }
  return {
    calls: lines.map((line) => `${line}\n`).join(''),
    totals: `${JSON.stringify({ ...totals, FinalTotal: final }, null, 4)}\n`,
  };
}

function emptyTotal(): ReferenceTotal {
  return { TotalPromptTokens: 0, TotalCompletionTokens: 0, TotalCost: 0, TotalDuration: 0 };
}

function epochSeconds(time: string | undefined): number | null {
  return time === undefined ? null : Date.parse(time) / 1_000;
}
