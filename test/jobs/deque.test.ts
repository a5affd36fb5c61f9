import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ringWords, STOLEN } from '../../src/jobs/deque.ts';
import type { WaitableWords } from '../../src/jobs/words.ts';
import { exploreDeque, openDeque, placeOf } from './support/deque-model.ts';
import type { Case, OwnerStep } from './support/deque-model.ts';

describe('every order of steps', () => {
  const cases: Record<string, Case> = {
    'an owner and a thief after the only entry': { owner: ['pop'], thieves: [1], before: 1 },
    'an owner and two thieves after the only entry': { owner: ['pop'], thieves: [1, 1], before: 1 },
    'an owner and two thieves after two entries': { owner: ['pop', 'pop'], thieves: [1, 1], before: 2 },
    'an owner and two thieves after three entries': { owner: ['pop', 'pop'], thieves: [2, 1], before: 3 },
    'three thieves after two entries': { owner: [], thieves: [1, 1, 1], before: 2 },
    'pushes and pops under two thieves': { owner: ['push', 'pop', 'push', 'pop'], thieves: [2, 1] },
    'an owner that empties its deque and goes on': { owner: ['pop', 'pop', 'push', 'pop'], thieves: [2], before: 1 },
    'a ring that grows under a thief': { owner: ['push', 'push', 'pop'], thieves: [2], before: 1, capacity: 1 },
    'a ring that grows twice under two thieves': {
      owner: ['push', 'push'],
      thieves: [1, 1],
      before: 1,
      capacity: 1,
    },
    'a ring that goes round under a thief': {
      owner: ['push', 'push', 'push', 'pop'],
      thieves: [3],
      before: 1,
      capacity: 2,
    },
    'counters that wrap around': {
      ...{ owner: ['push', 'pop', 'push', 'push', 'pop'], thieves: [2], before: 1, capacity: 2 },
      first: 2 ** 31 - 2,
    },
  };
  test.each(Object.entries(cases))('%s: each entry comes out once', (_, one) => {
    const { states, ends } = exploreDeque(one);
    expect(states).toBeGreaterThan(20);
    expect(ends).toBeGreaterThan(0);
  });

  test('of whatever an owner does under whatever thieves: each entry comes out once', () => {
    const step = fc.constantFrom<OwnerStep>('push', 'push', 'pop');
    const counter = fc.constantFrom(0, 1, -1, 2 ** 31 - 1, 2 ** 31 - 3);
    const one = fc.record({
      owner: fc.array(step, { maxLength: 4 }),
      thieves: fc.oneof(fc.tuple(fc.nat(2)), fc.tuple(fc.constant(1), fc.constant(1))),
      before: fc.nat(2),
      capacity: fc.constantFrom(1, 2, 4),
      first: counter,
    });
    fc.assert(
      fc.property(one, (each) => {
        exploreDeque(each);
      }),
      { numRuns: 20 },
    );
  });

  test('shows an error where exchanges are not whole', () => {
    const torn = (words: WaitableWords): WaitableWords => ({
      ...wholeOf(words),
      compareExchange: (index, expected, replacement) => {
        const old = words.load(index);
        if (old === expected) words.store(index, replacement);
        return old;
      },
    });
    expect(() => exploreDeque({ owner: ['pop'], thieves: [1], before: 1, through: torn })).toThrow(/came out of 1/);
  });

  test('shows an error where the owner’s claim is seen too late', () => {
    // What a missing fence between the store to bottom and the load of top in pop does, on machines that reorder them.
    const late = (words: WaitableWords): WaitableWords => {
      let kept: (() => void) | undefined;
      const now = (): void => {
        kept?.();
        kept = undefined;
      };
      return {
        ...wholeOf(words),
        store: (index, value) => {
          now();
          kept = () => words.store(index, value);
        },
        compareExchange: (index, expected, replacement) => {
          now();
          return words.compareExchange(index, expected, replacement);
        },
        read: (index) => {
          const value = words.read(index);
          now();
          return value;
        },
      };
    };
    expect(() => exploreDeque({ owner: ['pop'], thieves: [2], before: 2, through: late })).toThrow(/came out of 2/);
  });
});

test('a deque whose owner died in the middle of a pop is whole again for the next', () => {
  const words = memory();
  const deque = openDeque(words);
  deque.initialize(placeOf(ringWords(4)), 4);
  // As pop does first.
  words.store(16, -1);
  const next = openDeque(words);
  next.adopt();
  next.push(5, 5, 5);
  expect([next.steal(), next.chunk, next.size]).toEqual([STOLEN, 5, 0]);
});

function memory(): WaitableWords {
  const words = new Int32Array(1_000);
  return {
    load: (index) => words[index]!,
    store: (index, value) => void (words[index] = value),
    compareExchange: (index, expected, replacement) => {
      const old = words[index]!;
      if (old === expected) words[index] = replacement;
      return old;
    },
    add: (index, summand) => (words[index]! += summand) - summand,
    read: (index) => words[index]!,
    write: (index, value) => void (words[index] = value),
    wait: () => undefined,
    notify: () => undefined,
  };
}

/** Its operations as properties, to replace some. */
function wholeOf(words: WaitableWords): WaitableWords {
  return {
    load: (index) => words.load(index),
    store: (index, value) => words.store(index, value),
    compareExchange: (index, expected, replacement) => words.compareExchange(index, expected, replacement),
    add: (index, summand) => words.add(index, summand),
    read: (index) => words.read(index),
    write: (index, value) => words.write(index, value),
    wait: (index, expected) => words.wait(index, expected),
    notify: (index, count) => words.notify(index, count),
  };
}
