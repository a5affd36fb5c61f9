import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freeBudget, maximumTokens, reserve, timesItFits, tokensThatFit } from '../../src/domain/budget.ts';
import { emptyLedger, sumEntries } from '../../src/domain/ledger.ts';
import type { LedgerEntry } from '../../src/domain/ledger.ts';
import { SEEDED } from '../support/property.ts';

const price = fc.record({
  input: fc.double({ min: 1e-9, max: 1e-3, noNaN: true }),
  output: fc.double({ min: 1e-9, max: 1e-3, noNaN: true }),
});
const shownTokens = fc.nat(40_000);
const rules = fc.record({ fixedTokens: fc.nat(2_000), maxOutputTokens: fc.integer({ min: 1, max: 4_000 }) });
const RULES = { fixedTokens: 1_000, maxOutputTokens: 100 };

/** Room for the rounding of sums of dollars. */
const ROUNDING = 1e-9;

describe('a budget', () => {
  const call = fc.record({
    shown: shownTokens,
    rules,
    /** How much of its bound the call takes, and whether its answer comes back. */
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    answered: fc.boolean(),
  });

  it('is never exceeded by calls that each fitted when they started', () => {
    fc.assert(
      fc.property(
        fc.array(call, { maxLength: 30 }),
        price,
        fc.integer({ min: 1, max: 200_000 }),
        fc.double({ min: 1e-6, max: 5, noNaN: true }),
        (calls, prices, tokens, dollars) => {
          const entries: LedgerEntry[] = [];
          for (const [index, { share, answered, ...size }] of calls.entries()) {
            const reservation = reserve(size.shown, size.rules, prices);
            if (timesItFits(freeBudget({ tokens, dollars }, sumEntries(entries)), reservation) < 1) continue;
            const taken = answered ? share : 1;
            entries.push({
              id: String(index),
              kind: 'model',
              name: 'step',
              known: answered,
              inputTokens: Math.floor(reservation.tokens * taken),
              cachedInputTokens: 0,
              outputTokens: 0,
              dollars: reservation.dollars! * taken,
            });
          }
          const free = freeBudget({ tokens, dollars }, sumEntries(entries));
          expect(free.tokens).toBeGreaterThanOrEqual(0);
          expect(free.dollars).toBeGreaterThanOrEqual(-ROUNDING);
        },
      ),
      SEEDED,
    );
  });

  it('has no end where it is not limited', () => {
    expect(freeBudget({}, emptyLedger())).toEqual({ tokens: Infinity, dollars: Infinity });
    expect(timesItFits(freeBudget({}, emptyLedger()), reserve(100, RULES, null))).toBe(Infinity);
  });

  it('counts requests without an answer with what was reserved for them', () => {
    const ledger = {
      ...emptyLedger(),
      inputTokens: 10,
      outputTokens: 20,
      unknownTokens: 300,
      dollars: 1,
      unknownDollars: 2,
    };
    expect(freeBudget({ tokens: 1_000, dollars: 10 }, ledger)).toEqual({ tokens: 670, dollars: 7 });
  });
});

describe('timesItFits', () => {
  it('says how often a reservation can be taken, and no more', () => {
    fc.assert(
      fc.property(shownTokens, rules, fc.integer({ min: 0, max: 500_000 }), (shown, output, tokens) => {
        const reservation = reserve(shown, output, null);
        const times = timesItFits({ tokens, dollars: Infinity }, reservation);
        expect(times * reservation.tokens).toBeLessThanOrEqual(tokens);
        expect((times + 1) * reservation.tokens).toBeGreaterThan(tokens);
      }),
      SEEDED,
    );
  });

  it.each([
    [{ tokens: -1, dollars: 1 }, 0],
    [{ tokens: 99, dollars: 1 }, 0],
    [{ tokens: 100, dollars: 1 }, 1],
    [{ tokens: 1_000, dollars: 0.25 }, 2],
    [{ tokens: 1_000, dollars: -0.25 }, 0],
  ])('a call of 100 tokens and $0.125 fits into %o %i times', (free, times) => {
    expect(timesItFits(free, { tokens: 100, dollars: 0.125 })).toBe(times);
  });

  it('lets a call that costs nothing fit as long as no dollars are overspent', () => {
    expect(timesItFits({ tokens: 250, dollars: 0 }, { tokens: 100, dollars: 0 })).toBe(2);
    expect(timesItFits({ tokens: 250, dollars: -1 }, { tokens: 100, dollars: 0 })).toBe(0);
  });
});

describe('reserve', () => {
  it('is an upper bound: more to show, a longer answer or a higher price never reserve less', () => {
    fc.assert(
      fc.property(shownTokens, rules, price, fc.nat(1_000), (shown, output, prices, more) => {
        const least = reserve(shown, output, prices);
        for (const other of [
          reserve(shown + more, output, prices),
          reserve(shown, { ...output, maxOutputTokens: output.maxOutputTokens + more }, prices),
        ]) {
          expect(other.tokens).toBeGreaterThanOrEqual(least.tokens);
          expect(other.dollars!).toBeGreaterThanOrEqual(least.dollars!);
        }
        expect(least.tokens).toBeGreaterThanOrEqual(shown + output.maxOutputTokens);
        expect(least.dollars!).toBeGreaterThanOrEqual(shown * prices.input + output.maxOutputTokens * prices.output);
      }),
      SEEDED,
    );
  });

  it('gives an unknown price no number', () => {
    expect(reserve(100, RULES, null).dollars).toBeNull();
    expect(reserve(100, RULES, { input: 0, output: 0 }).dollars).toBe(0);
  });
});

describe('tokensThatFit', () => {
  it('is the inverse of reserve: so many tokens fit, and one more does not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 6_001, max: 200_000 }), rules, (tokens, output) => {
        const free = { tokens, dollars: Infinity };
        const fit = tokensThatFit(free, output, null);
        expect(timesItFits(free, reserve(fit, output, null))).toBeGreaterThanOrEqual(1);
        expect(timesItFits(free, reserve(fit + 1, output, null))).toBe(0);
      }),
      SEEDED,
    );
  });

  it('keeps to the dollars as well as to the tokens', () => {
    fc.assert(
      fc.property(fc.double({ min: 5, max: 50, noNaN: true }), rules, price, (dollars, output, prices) => {
        const fit = tokensThatFit({ tokens: 100_000, dollars }, output, prices);
        const { tokens, dollars: reserved } = reserve(fit, output, prices);
        expect(tokens).toBeLessThanOrEqual(100_000);
        expect(reserved!).toBeLessThanOrEqual(dollars + prices.input + ROUNDING);
      }),
      SEEDED,
    );
  });

  it('is negative when not even the fixed words fit', () => {
    expect(tokensThatFit({ tokens: 500, dollars: Infinity }, RULES, null)).toBeLessThan(0);
    expect(tokensThatFit({ tokens: Infinity, dollars: 0 }, RULES, { input: 1e-6, output: 1e-6 })).toBeLessThan(0);
  });
});

describe('maximumTokens', () => {
  // Token counts of o200k_base and cl100k_base (the larger one), by npm's gpt-tokenizer 4.0.0.
  it.each([
    ['', 0],
    ['Who leads Peru?', 4],
    ['{"nodes": [{"name": "Andorra", "area": 468}]}', 17],
    ['551695505992', 4],
    ['东京是日本的首都，人口一千四百万。', 19],
    ['👩‍🚀🎉', 11],
  ])('is at least what a tokenizer makes of %j', (text, tokens) => {
    expect(maximumTokens(text)).toBeGreaterThanOrEqual(tokens);
  });

  it('counts bytes where words are not Latin, and never less for more text', () => {
    expect(maximumTokens('东京')).toBe(6);
    expect(maximumTokens('1 + 1')).toBe(4);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, other) => {
        const together = maximumTokens(`${one} ${other}`);
        expect(together).toBeGreaterThanOrEqual(maximumTokens(one));
        expect(together).toBeLessThanOrEqual(maximumTokens(one) + maximumTokens(other) + 1);
      }),
      SEEDED,
    );
  });
});
