/**
 * One request that a run sent, known or unknown. An answer that came back is known (an HTTP error is known to cost
 * nothing); a request whose answer never came back is unknown, and enters with its reserved maximum.
 */
export interface LedgerEntry {
  /** `KEY/ATTEMPT` of the call's record; the same entry met twice counts once. */
  id: string;
  kind: 'model' | 'tool';
  /** Activity type without its prefix: a step's or a tool's name. */
  name: string;
  /** `provider:name` of the model that was called. */
  model?: string;
  /** False when the answer never came back. */
  known: boolean;
  inputTokens: number;
  /** Part of `inputTokens` that was read from the provider's cache. */
  cachedInputTokens: number;
  outputTokens: number;
  /** US dollars; `null` when the price is unknown. */
  dollars: number | null;
  /** True for an HTTP error, which is known to cost nothing. */
  failed?: boolean;
  /** True for an answer that another run had paid for. */
  reused?: boolean;
  /** US dollars that it would have cost; absent where that is unknown. */
  savedDollars?: number;
}

/** What a run has spent. */
export interface Ledger {
  /** Model requests whose answer came back, errors included. */
  calls: number;
  /** Requests, of models or priced tools, whose answer never came back. */
  unknown: number;
  /** HTTP errors among `calls`. */
  failed: number;
  /** Tool calls that ran. */
  toolCalls: number;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  /** US dollars of the known entries whose price is known. */
  dollars: number;
  /** Known entries without a price: `dollars` then says too little. */
  unpriced: number;
  /** Reserved maximum of the unknown entries. */
  unknownTokens: number;
  unknownDollars: number;
  /** Answers that other runs had paid for, which are not among `calls`. */
  reused: number;
  /** US dollars that those would have cost, where that is known. */
  savedDollars: number;
}

export function emptyLedger(): Ledger {
  return {
    calls: 0,
    unknown: 0,
    failed: 0,
    toolCalls: 0,
    inputTokens: 0,
    cachedInputTokens: 0,
    outputTokens: 0,
    dollars: 0,
    unpriced: 0,
    unknownTokens: 0,
    unknownDollars: 0,
    reused: 0,
    savedDollars: 0,
  };
}

/** The sum of `entries`, each id counted once: of two entries with one id the known one counts. */
export function sumEntries(entries: Iterable<LedgerEntry>): Ledger {
  const byId = new Map<string, LedgerEntry>();
  for (const entry of entries) {
    const earlier = byId.get(entry.id);
    if (earlier === undefined || (!earlier.known && entry.known)) byId.set(entry.id, entry);
  }
  const ledger = emptyLedger();
  for (const entry of byId.values()) addEntry(ledger, entry);
  return ledger;
}

function addEntry(ledger: Ledger, entry: LedgerEntry): void {
  if (!entry.known) {
    ledger.unknown += 1;
    ledger.unknownTokens += entry.inputTokens + entry.outputTokens;
    ledger.unknownDollars += entry.dollars ?? 0;
    return;
  }
  if (entry.reused === true) {
    ledger.reused += 1;
    ledger.savedDollars += entry.savedDollars ?? 0;
    return;
  }
  if (entry.kind === 'tool') ledger.toolCalls += 1;
  else ledger.calls += 1;
  if (entry.failed === true) ledger.failed += 1;
  ledger.inputTokens += entry.inputTokens;
  ledger.cachedInputTokens += entry.cachedInputTokens;
  ledger.outputTokens += entry.outputTokens;
  if (entry.dollars === null) ledger.unpriced += 1;
  else ledger.dollars += entry.dollars;
}

/** Field by field sum; fields that a ledger of an older version lacks count as zero. */
export function addLedgers(a: Partial<Ledger>, b: Partial<Ledger>): Ledger {
  const sum = emptyLedger();
  for (const name of Object.keys(sum) as (keyof Ledger)[]) sum[name] = (a[name] ?? 0) + (b[name] ?? 0);
  return sum;
}

/** The wrapper in which an activity interceptor sends what an attempt spent along with its result. */
export const LEDGER_KEY = '__kgotLedger';

export interface WithLedger<T = unknown> {
  value: T;
  [LEDGER_KEY]: LedgerEntry[];
  /** Absent from workers of versions that did not measure it. */
  compute?: ComputeShare;
}

/** What an attempt, or a run, took of processes: an estimate, a share of what those took in all. */
export interface ComputeShare {
  cpuSeconds: number;
  /** Memory times the time that it was held. */
  memoryGibSeconds: number;
}

/** The sum of two. */
export function addCompute(a: ComputeShare, b: ComputeShare): ComputeShare {
  return {
    cpuSeconds: a.cpuSeconds + b.cpuSeconds,
    memoryGibSeconds: a.memoryGibSeconds + b.memoryGibSeconds,
  };
}

export function isWithLedger(result: unknown): result is WithLedger {
  return typeof result === 'object' && result !== null && LEDGER_KEY in result;
}
