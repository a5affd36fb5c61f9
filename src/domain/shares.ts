import type { Ledger } from './ledger.ts';
import type { Budget } from './run.ts';

/**
 * The arithmetic of a budget that runs share. Its owner grants it in shares: what a run may spend in all, what it has
 * spent included. So a limit holds whatever is lost on the way: what was granted counts as spent until the run has said
 * what it spent, and a run spends only what it knows to be granted.
 */

/** Both are counted, whichever of them a budget limits. */
export interface Amount {
  tokens: number;
  /** US dollars. */
  dollars: number;
}

/** A run as its shares name it, and where Temporal knows it. */
export interface SharingRun {
  /** See `runFolder`. */
  id: string;
  workflowId: string;
  firstExecutionRunId: string;
}

/** Asks for a larger share. All amounts are totals since the run began, so that it may arrive late, or twice. */
export interface Take {
  run: SharingRun;
  /** Counts up in the run: what was granted on a request is not granted on it again. */
  request: number;
  spent: Amount;
  /** What the run must be granted for its next call. */
  least: Amount;
  /** What it would like, so as to ask seldom. */
  wish: Amount;
  /** Whether it is to be told when there is room for `least`, where there is none now. */
  waits: boolean;
}

export interface Taken {
  /** What the run may spend in all, in the units that the budget limits. */
  granted: Budget;
  /** Whether that holds what it must. */
  enough: boolean;
}

/** Says what a run has spent, once it spends no more: the rest of its share is free again. */
export interface Settle {
  /** See `runFolder`. */
  id: string;
  spent: Amount;
  /** The last request that it may have made: one that arrives later is late. */
  request: number;
}

interface Share {
  run: SharingRun;
  granted: Amount;
  /** As far as the run has told. */
  spent: Amount;
  /** The last request on which something was granted. */
  request: number;
}

/** What is known of a budget that runs share. */
export interface Shares {
  scope: string;
  limit: Budget;
  /** Runs that may still spend, by their id. */
  open: Record<string, Share>;
  /** Runs that ended, the newest last, by their id. Their number is bounded. */
  ended: Record<string, { spent: Amount; request: number }>;
  /** What runs have spent that ended before those. */
  spentBefore: Amount;
  /** Runs that wait for room, the longest waiting first. */
  waiting: { id: string; least: Amount }[];
}

/** A budget that runs share, as people see it: `limit` is `spent`, `granted` and `free` together. */
export interface SharedBudget {
  scope: string;
  limit: Budget;
  /** What runs have spent, as far as they have told. */
  spent: Amount;
  /** What is granted to open runs and not known to be spent. */
  granted: Budget;
  /** Less than nothing where the limit was lowered, or where a provider counted more than can be. */
  free: Budget;
  /** Runs that hold a share. */
  runs: number;
  /** Runs that wait for room. */
  waiting: number;
}

export const NOTHING: Amount = { tokens: 0, dollars: 0 };
export const UNITS = ['tokens', 'dollars'] as const;
export type Unit = (typeof UNITS)[number];

/** Ended runs that are remembered one by one, so that what arrives late or twice is known for that. */
const KEPT_ENDED = 200;

export function newShares(scope: string, limit: Budget): Shares {
  return { scope, limit, open: {}, ended: {}, spentBefore: NOTHING, waiting: [] };
}

/** What a ledger has spent, unknown requests with their reserved maximum. */
export function spentOf(ledger: Ledger): Amount {
  return {
    tokens: ledger.inputTokens + ledger.outputTokens + ledger.unknownTokens,
    dollars: ledger.dollars + ledger.unknownDollars,
  };
}

/** Grants a run a larger share where there is room for the least that it needs, and of the rest no more than a fair part. */
export function take(shares: Shares, asked: Take): { shares: Shares; taken: Taken } {
  const { run, request, spent, least, wish, waits } = asked;
  const ended = shares.ended[run.id];
  if (ended !== undefined && request <= ended.request) return answer(shares, ended.spent, least);
  const share = shares.open[run.id] ?? { run, granted: ended?.spent ?? NOTHING, spent, request: 0 };
  if (request <= share.request) return answer(shares, share.granted, least);

  // A run that is known to go on is not an ended one.
  const { [run.id]: _, ...others } = shares.ended;
  const waiting = shares.waiting.filter(({ id }) => id !== run.id);
  const base = perUnit((unit) => Math.max(share.granted[unit], spent[unit]));
  const withBase: Shares = {
    ...{ ...shares, ended: others, waiting },
    open: { ...shares.open, [run.id]: { ...share, granted: base, spent } },
  };
  const free = freeOf(withBase);
  const needed = perUnit((unit) => Math.max(0, least[unit] - base[unit]));
  if (!fits(needed, free)) {
    const refused = waits ? { ...withBase, waiting: [...waiting, { id: run.id, least }] } : withBase;
    return answer(refused, base, least);
  }
  const open = Object.keys(withBase.open).length;
  const granted = perUnit((unit) => {
    const part = free[unit] / (2 * open);
    const fair = base[unit] + (unit === 'tokens' ? Math.floor(part) : part);
    return Math.max(base[unit], least[unit], Math.min(wish[unit], fair));
  });
  return answer(
    { ...withBase, open: { ...withBase.open, [run.id]: { run, granted, spent, request } } },
    granted,
    least,
  );
}

function answer(shares: Shares, granted: Amount, least: Amount): { shares: Shares; taken: Taken } {
  const enough = limitedUnits(shares.limit).every((unit) => granted[unit] >= least[unit]);
  return { shares, taken: { granted: inUnitsOf(shares.limit, granted), enough } };
}

/** Enters what an ended run has spent; said again, it replaces what was said before. */
export function settle(shares: Shares, { id, spent, request }: Settle): Shares {
  const { [id]: share, ...open } = shares.open;
  const { [id]: before, ...others } = shares.ended;
  const last = Math.max(request, share?.request ?? 0, before?.request ?? 0);
  const ended = { ...others, [id]: { spent, request: last } };
  const waiting = shares.waiting.filter((one) => one.id !== id);
  return forgetOldest({ ...shares, open, ended, waiting });
}

function forgetOldest(shares: Shares): Shares {
  const all = Object.entries(shares.ended);
  if (all.length <= KEPT_ENDED) return shares;
  const [oldest, ...kept] = all;
  const spentBefore = add(shares.spentBefore, oldest![1].spent);
  return { ...shares, ended: Object.fromEntries(kept), spentBefore };
}

/** Sets the limit anew; a lower one takes back nothing that was granted. */
export function setLimit(shares: Shares, limit: Budget): Shares {
  return { ...shares, limit: { ...shares.limit, ...limit } };
}

/** Runs that waited and now have room, as many as there is room for, in the order in which they began to wait. */
export function wake(shares: Shares): { shares: Shares; woken: SharingRun[] } {
  const woken: SharingRun[] = [];
  let left = freeOf(shares);
  const waiting = [...shares.waiting];
  for (; waiting.length > 0; waiting.shift()) {
    const { id, least } = waiting[0]!;
    const share = shares.open[id];
    if (share === undefined) continue;
    const needed = perUnit((unit) => Math.max(0, least[unit] - share.granted[unit]));
    if (!fits(needed, left)) break;
    left = perUnit((unit) => left[unit] - needed[unit]);
    woken.push(share.run);
  }
  return { shares: { ...shares, waiting }, woken };
}

/** Runs that hold shares. */
export function holdersOf(shares: Shares): SharingRun[] {
  return Object.values(shares.open).map(({ run }) => run);
}

export function describeShares(shares: Shares): SharedBudget {
  const { scope, limit, open, waiting } = shares;
  const spent = Object.values(open).reduce((sum, share) => add(sum, share.spent), spentByEnded(shares));
  const free = freeOf(shares);
  const granted = perUnit((unit) => (limit[unit] ?? 0) - spent[unit] - free[unit]);
  return {
    ...{ scope, limit, spent, granted: inUnitsOf(limit, granted), free: inUnitsOf(limit, free) },
    ...{ runs: Object.keys(open).length, waiting: waiting.length },
  };
}

/** What nobody has spent or holds; infinite where the budget has no limit. */
function freeOf(shares: Shares): Amount {
  const taken = Object.values(shares.open).reduce(
    (sum, { granted, spent }) =>
      add(
        sum,
        perUnit((unit) => Math.max(granted[unit], spent[unit])),
      ),
    spentByEnded(shares),
  );
  return perUnit((unit) => (shares.limit[unit] ?? Infinity) - taken[unit]);
}

function spentByEnded({ ended, spentBefore }: Shares): Amount {
  return Object.values(ended).reduce((sum, { spent }) => add(sum, spent), spentBefore);
}

function fits(needed: Amount, free: Amount): boolean {
  // Nothing more is needed of a unit that is overdrawn.
  return UNITS.every((unit) => needed[unit] <= Math.max(0, free[unit]));
}

export function add(a: Amount, b: Amount): Amount {
  return perUnit((unit) => a[unit] + b[unit]);
}

export function perUnit(amount: (unit: Unit) => number): Amount {
  return { tokens: amount('tokens'), dollars: amount('dollars') };
}

export function limitedUnits(limit: Budget): Unit[] {
  return UNITS.filter((unit) => limit[unit] !== undefined);
}

function inUnitsOf(limit: Budget, amount: Amount): Budget {
  return Object.fromEntries(limitedUnits(limit).map((unit) => [unit, amount[unit]]));
}
