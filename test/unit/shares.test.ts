import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  describeShares,
  holdersOf,
  newShares,
  NOTHING,
  setLimit,
  settle,
  take,
  UNITS,
  wake,
} from '../../src/domain/shares.ts';
import type { Amount, Settle, Shares, SharingRun, Take } from '../../src/domain/shares.ts';
import { SEEDED } from '../support/property.ts';

/** Room for the rounding of sums of dollars. */
const ROUNDING = 1e-6;

const nameOf = (number: number): SharingRun => ({
  id: `run-${number}~`,
  workflowId: `run-${number}`,
  firstExecutionRunId: `first-${number}`,
});
const both = (value: number): Amount => ({ tokens: value, dollars: value / 1_000 });

/** A run as its own ledger has it: what it spends is in its records, whatever becomes of its messages. */
class Run {
  readonly name: SharingRun;
  state: 'working' | 'killed' | 'ended' = 'working';
  spent = NOTHING;
  granted = NOTHING;
  asked = 0;
  /** The last request on which something was granted. */
  answered = 0;
  constructor(number: number) {
    this.name = nameOf(number);
  }

  ask(need: number, more: number): Take {
    this.asked += 1;
    const least = add(this.spent, both(need));
    const wish = add(least, both(more));
    return { run: this.name, request: this.asked, spent: this.spent, least, wish, waits: more % 2 === 0 };
  }

  settling(): Settle {
    return { id: this.name.id, spent: this.spent, request: this.asked };
  }
}

/** Runs and the owner of their budget, with a network between them that loses and repeats what it likes. */
class World {
  shares: Shares;
  readonly runs: Run[];
  /** Every message that was ever sent: any of them may arrive again, at any time. */
  readonly sent: ({ take: Take } | { settle: Settle })[] = [];
  limit: number;
  constructor(runs: number, limit: number, units: readonly ('tokens' | 'dollars')[]) {
    this.limit = limit;
    this.units = units;
    this.shares = newShares('user:ada', this.budget());
    this.runs = Array.from({ length: runs }, (_, number) => new Run(number));
  }
  readonly units: readonly ('tokens' | 'dollars')[];

  budget(): Partial<Amount> {
    return Object.fromEntries(this.units.map((unit) => [unit, both(this.limit)[unit]]));
  }

  deliver(message: { take: Take } | { settle: Settle }): Partial<Amount> {
    if ('settle' in message) {
      this.shares = wake(settle(this.shares, message.settle)).shares;
      return {};
    }
    const { shares, taken } = take(this.shares, message.take);
    this.shares = wake(shares).shares;
    return taken.granted;
  }

  play({ kind, run: number, amount, more, lost }: Action): void {
    const run = this.runs[number % this.runs.length]!;
    if (kind === 'raise') {
      this.limit += amount;
      this.shares = wake(setLimit(this.shares, this.budget())).shares;
    } else if (kind === 'again') {
      const message = this.sent[more % Math.max(1, this.sent.length)];
      if (message !== undefined) this.repeat(message);
    } else if (kind === 'look') {
      for (const { id } of holdersOf(this.shares)) {
        const gone = this.runs.find(({ name, state }) => name.id === id && state !== 'working');
        if (gone !== undefined) this.settleFor(gone);
      }
    } else if (run.state !== 'working') return;
    else if (kind === 'take') this.take(run, run.ask(amount, more), lost);
    else if (kind === 'spend') this.spend(run, amount);
    else if (kind === 'kill') run.state = 'killed';
    else {
      run.state = 'ended';
      this.send({ settle: run.settling() }, lost);
    }
  }

  take(run: Run, asked: Take, lost: number): void {
    const granted = this.send({ take: asked }, lost);
    run.granted = { ...run.granted, ...granted };
    if (this.units.every((unit) => run.granted[unit] >= asked.least[unit])) run.answered = asked.request;
  }

  /** Delivers a message once more; its answer reaches nobody, and nothing is granted on a request that was answered. */
  repeat(message: { take: Take } | { settle: Settle }): void {
    const before = this.shares;
    this.deliver(message);
    if (!('take' in message)) return;
    const run = this.runs.find(({ name }) => name.id === message.take.run.id)!;
    const isOver = run.state === 'ended' || message.take.request <= run.answered;
    if (isOver) expect(this.shares).toEqual(before);
  }

  send(message: { take: Take } | { settle: Settle }, lost: number): Partial<Amount> {
    this.sent.push(message);
    // An acknowledgement that is lost: the same is sent again.
    for (let times = 0; times < lost; times += 1) this.deliver(message);
    return this.deliver(message);
  }

  /** A run spends only what it knows to be granted, a request without an answer with all that was reserved for it. */
  spend(run: Run, amount: number): void {
    const room = Math.min(...this.units.map((unit) => (run.granted[unit] - run.spent[unit]) / both(1)[unit]));
    const spent = Math.min(amount, Math.floor(room));
    if (spent > 0) run.spent = add(run.spent, both(spent));
  }

  settleFor(run: Run): void {
    this.deliver({ settle: { id: run.name.id, spent: run.spent, request: Number.MAX_SAFE_INTEGER } });
  }

  check(): void {
    const { granted, free, ...told } = describeShares(this.shares);
    // With `assert`: `expect` would take longer than all else.
    for (const unit of this.units) {
      const spent = this.runs.reduce((sum, run) => sum + run.spent[unit], 0);
      assert(spent <= both(this.limit)[unit] + ROUNDING);
      assert(free[unit]! >= -ROUNDING);
      assert(granted[unit]! >= -ROUNDING);
      assert(Math.abs(told.spent[unit] + granted[unit]! + free[unit]! - told.limit[unit]!) < 5e-7);
    }
  }
}

const action = fc.record({
  kind: fc.constantFrom('take', 'take', 'take', 'spend', 'spend', 'again', 'kill', 'end', 'look', 'raise'),
  run: fc.nat(7),
  amount: fc.integer({ min: 1, max: 2_000 }),
  more: fc.nat(20_000),
  /** How often its acknowledgement is lost. */
  lost: fc.nat(2),
});
type Action = ReturnType<typeof action.generate>['value'];
const units = fc.constantFrom<readonly ('tokens' | 'dollars')[]>(['tokens'], ['dollars'], ['tokens', 'dollars']);

describe('a budget that runs share', () => {
  it('is never broken, and adds up at the end, whatever is lost, repeated, late or killed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 20_000 }),
        units,
        fc.array(action, { maxLength: 40 }),
        (runs, limit, limited, actions) => {
          const world = new World(runs, limit, limited);
          for (const one of actions) {
            world.play(one);
            world.check();
          }
          for (const run of world.runs) {
            if (run.state === 'working') run.state = 'ended';
            world.settleFor(run);
          }
          for (const message of world.sent) world.deliver(message);
          const { spent, granted, free, runs: open, waiting } = describeShares(world.shares);
          for (const unit of limited) {
            const all = world.runs.reduce((sum, run) => sum + run.spent[unit], 0);
            expect(spent[unit]).toBeCloseTo(all, 6);
            expect(granted[unit]).toBeCloseTo(0, 6);
            expect(free[unit]).toBeCloseTo(both(world.limit)[unit] - all, 6);
          }
          expect({ open, waiting }).toEqual({ open: 0, waiting: 0 });
        },
      ),
      { ...SEEDED, numRuns: 10_000 },
    );
  }, 300_000);

  it('grants the least that is needed whenever it is there, exactly', () => {
    const amount = fc.double({ min: 1e-9, max: 10, noNaN: true });
    fc.assert(
      fc.property(amount, amount, amount, (limit, spent, need) => {
        const least = { tokens: 0, dollars: spent + need };
        const asked = { request: 1, spent: { tokens: 0, dollars: spent }, least, wish: least, waits: false };
        const { taken } = take(newShares('user:ada', { dollars: limit }), { run: nameOf(0), ...asked });
        expect(taken.enough).toBe(least.dollars <= limit || taken.granted.dollars! >= least.dollars);
        if (taken.enough) expect(taken.granted.dollars).toBeGreaterThanOrEqual(least.dollars);
      }),
      SEEDED,
    );
  });

  const asks = (run: number, request: number, least: number, wish = least, waits = false): Take => ({
    ...{ run: nameOf(run), request, spent: NOTHING, waits },
    ...{ least: { tokens: least, dollars: 0 }, wish: { tokens: wish, dollars: 0 } },
  });
  const after = (shares: Shares, ...messages: Take[]): Shares =>
    messages.reduce((known, message) => take(known, message).shares, shares);

  it('grants what is wished, but of what is left no more than a fair part', () => {
    const shares = newShares('user:ada', { tokens: 1_000 });
    const first = take(shares, asks(0, 1, 10, 5_000));
    expect(first.taken).toEqual({ granted: { tokens: 500 }, enough: true });
    const second = take(first.shares, asks(1, 1, 10, 60));
    expect(second.taken).toEqual({ granted: { tokens: 60 }, enough: true });
    expect(take(second.shares, asks(2, 1, 10, 5_000)).taken.granted).toEqual({ tokens: Math.floor(440 / 6) });
    expect(take(second.shares, asks(2, 1, 440)).taken).toEqual({ granted: { tokens: 440 }, enough: true });
    expect(take(second.shares, asks(2, 1, 441)).taken).toEqual({ granted: { tokens: 0 }, enough: false });
  });

  it('grants nothing on a request that was answered, or that is late', () => {
    const shares = after(newShares('user:ada', { tokens: 1_000 }), asks(0, 1, 10, 5_000));
    expect(take(shares, asks(0, 1, 10, 5_000)).shares).toBe(shares);
    const ended = settle(shares, { id: nameOf(0).id, spent: { tokens: 7, dollars: 0 }, request: 1 });
    expect(take(ended, asks(0, 1, 10, 5_000)).shares).toBe(ended);
    expect(describeShares(ended)).toMatchObject({
      spent: { tokens: 7 },
      granted: { tokens: 0 },
      free: { tokens: 993 },
    });
  });

  it('counts a run once that goes on after it was settled, as one may that was reset', () => {
    let shares = after(newShares('user:ada', { tokens: 1_000 }), asks(0, 1, 100));
    shares = settle(shares, { id: nameOf(0).id, spent: { tokens: 60, dollars: 0 }, request: 1 });
    shares = after(shares, { ...asks(0, 2, 90), spent: { tokens: 60, dollars: 0 } });
    expect(describeShares(shares)).toMatchObject({ spent: { tokens: 60 }, granted: { tokens: 30 }, runs: 1 });
    shares = settle(shares, { id: nameOf(0).id, spent: { tokens: 80, dollars: 0 }, request: 2 });
    expect(describeShares(shares)).toMatchObject({ spent: { tokens: 80 }, free: { tokens: 920 }, runs: 0 });
  });

  it('tells those that wait in their order, as many as there is room for', () => {
    const waiting = after(
      newShares('user:ada', { tokens: 100 }),
      ...[asks(0, 1, 100), asks(1, 1, 60, 60, true), asks(2, 1, 60, 60, true), asks(3, 1, 10, 10, true)],
    );
    expect(wake(waiting).woken).toEqual([]);
    const raised = wake(setLimit(waiting, { tokens: 200 }));
    expect(raised.woken).toEqual([nameOf(1)]);
    expect(describeShares(raised.shares).waiting).toBe(2);
    expect(wake(setLimit(raised.shares, { tokens: 300 })).woken).toEqual([nameOf(2), nameOf(3)]);
  });

  it('counts what a run spent beyond its share, as a provider may that counts more than can be', () => {
    const shares = after(newShares('user:ada', { tokens: 100 }), asks(0, 1, 50));
    const ended = settle(shares, { id: nameOf(0).id, spent: { tokens: 120, dollars: 0 }, request: 1 });
    expect(describeShares(ended)).toMatchObject({ spent: { tokens: 120 }, free: { tokens: -20 } });
    expect(take(ended, asks(1, 1, 1)).taken.enough).toBe(false);
  });

  it('takes back nothing where its limit is lowered, and grants nothing more', () => {
    const shares = setLimit(after(newShares('user:ada', { tokens: 100 }), asks(0, 1, 50)), { tokens: 30 });
    expect(describeShares(shares)).toMatchObject({ granted: { tokens: 50 }, free: { tokens: -20 } });
    expect(take(shares, asks(1, 1, 1)).taken.enough).toBe(false);
  });

  it('keeps its size, however many runs it has seen', () => {
    let shares = newShares('user:ada', { tokens: 1_000_000 });
    for (let run = 0; run < 2_000; run += 1) {
      shares = after(shares, asks(run, 1, 10));
      shares = settle(shares, { id: nameOf(run).id, spent: { tokens: 3, dollars: 0 }, request: 1 });
    }
    expect(describeShares(shares)).toMatchObject({ spent: { tokens: 6_000 }, runs: 0 });
    expect(JSON.stringify(shares).length).toBeLessThan(100_000);
  });

  it('has no number where it has no limit', () => {
    const shares = after(newShares('user:ada', { dollars: 1 }), asks(0, 1, 50));
    const { granted, free } = describeShares(shares);
    expect([granted, free].map((amounts) => UNITS.filter((unit) => amounts[unit] !== undefined))).toEqual([
      ['dollars'],
      ['dollars'],
    ]);
  });
});
