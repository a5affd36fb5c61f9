import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addLedgers, emptyLedger, isWithLedger, LEDGER_KEY, sumEntries } from '../../src/domain/ledger.ts';
import type { LedgerEntry } from '../../src/domain/ledger.ts';
import { SEEDED } from '../support/property.ts';

// Sixteenths of a dollar, so that sums are exact in any order.
const dollars = fc.option(fc.nat(1_000).map((count) => count / 16));
const tokens = fc.nat(100_000);

/** Entries of a run, each with an id of its own. */
const entries: fc.Arbitrary<LedgerEntry[]> = fc.uniqueArray(
  fc.record({
    id: fc.nat(200).map((number) => `001.model.decideNextStep.0.0/${number}`),
    kind: fc.constantFrom('model' as const, 'tool' as const),
    name: fc.constant('decideNextStep'),
    known: fc.boolean(),
    inputTokens: tokens,
    cachedInputTokens: tokens,
    outputTokens: tokens,
    dollars,
    failed: fc.boolean(),
  }),
  { selector: ({ id }) => id, maxLength: 20 },
);

function entry(id: string, parts: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    id,
    kind: 'model',
    name: 'decideNextStep',
    known: true,
    inputTokens: 100,
    cachedInputTokens: 0,
    outputTokens: 10,
    dollars: 0.5,
    ...parts,
  };
}

describe('sumEntries', () => {
  it('does not depend on the order of the entries', () => {
    fc.assert(
      fc.property(
        entries.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expect(sumEntries(shuffled)).toEqual(sumEntries(list));
        },
      ),
      SEEDED,
    );
  });

  it('counts an entry once, however often it is met', () => {
    fc.assert(
      fc.property(
        entries.chain((list) => fc.tuple(fc.constant(list), fc.subarray(list), fc.subarray(list))),
        ([list, again, more]) => {
          expect(sumEntries([...again, ...list, ...more])).toEqual(sumEntries(list));
        },
      ),
      SEEDED,
    );
  });

  it('lets a known entry beat an unknown one of the same id, in either order', () => {
    fc.assert(
      fc.property(
        entries.chain((list) => fc.tuple(fc.constant(list), fc.subarray(list))),
        ([list, doubted]) => {
          const unknown = doubted.map((item) => ({ ...item, known: false, inputTokens: 9_999, dollars: 99 }));
          const known = list.map((item) => ({ ...item, known: true }));
          expect(sumEntries([...unknown, ...known])).toEqual(sumEntries(known));
          expect(sumEntries([...known, ...unknown])).toEqual(sumEntries(known));
        },
      ),
      SEEDED,
    );
  });

  it('counts each id exactly once: as a call, a tool call or an unknown request', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const { calls, toolCalls, unknown } = sumEntries(list);
        expect(calls + toolCalls + unknown).toBe(list.length);
      }),
      SEEDED,
    );
  });

  it('never counts an unknown price as zero: it is counted as unpriced', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const known = list.filter((item) => item.known);
        expect(sumEntries(list).unpriced).toBe(known.filter((item) => item.dollars === null).length);
      }),
      SEEDED,
    );
    expect(sumEntries([entry('a', { dollars: null }), entry('b')])).toMatchObject({ unpriced: 1, dollars: 0.5 });
  });

  it('keeps what was reserved for unknown requests apart from what is known', () => {
    const ledger = sumEntries([
      entry('a'),
      entry('b', { known: false, inputTokens: 700, outputTokens: 0, dollars: 2 }),
    ]);
    expect(ledger).toMatchObject({ calls: 1, unknown: 1, inputTokens: 100, outputTokens: 10, dollars: 0.5 });
    expect(ledger).toMatchObject({ unknownTokens: 700, unknownDollars: 2 });
  });

  it('counts an HTTP error as a call that failed and cost nothing', () => {
    const failed = entry('a', { failed: true, inputTokens: 0, outputTokens: 0, dollars: 0 });
    expect(sumEntries([failed])).toEqual({ ...emptyLedger(), calls: 1, failed: 1 });
  });

  it('counts a tool apart from model calls', () => {
    expect(sumEntries([entry('a', { kind: 'tool' })])).toMatchObject({ calls: 0, toolCalls: 1, dollars: 0.5 });
  });
});

describe('addLedgers', () => {
  it('gives for two parts what all entries together give', () => {
    fc.assert(
      fc.property(entries, fc.nat(20), (list, at) => {
        const sum = addLedgers(sumEntries(list.slice(0, at)), sumEntries(list.slice(at)));
        expect(sum).toEqual(sumEntries(list));
      }),
      SEEDED,
    );
  });

  it('changes neither of its parts', () => {
    const part = Object.freeze(sumEntries([entry('a')]));
    expect(addLedgers(part, part).calls).toBe(2);
  });
});

it('a result is told from one that carries a ledger', () => {
  expect(isWithLedger({ value: 1, [LEDGER_KEY]: [] })).toBe(true);
  for (const other of [null, undefined, 'text', 7, [], { value: 1 }]) expect(isWithLedger(other)).toBe(false);
});
