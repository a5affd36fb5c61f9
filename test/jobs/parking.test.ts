import { describe, expect, test } from 'vitest';
import { DEQUE_WORDS, ringWords, STOLEN, StealingDeque } from '../../src/jobs/deque.ts';
import { Parking, PARKING_WORDS } from '../../src/jobs/parking.ts';
import type { WaitableWords } from '../../src/jobs/words.ts';
import { explore } from './support/interleavings.ts';
import type { Explored } from './support/interleavings.ts';

const DEQUE = PARKING_WORDS;
const RING = DEQUE + DEQUE_WORDS;

/** An owner that offers tasks and then is busy for ever; sleepers that each want one. */
function exploreParking(tasks: number, sleepers: number, through = (words: WaitableWords) => words): Explored {
  const parts = (words: WaitableWords) => ({
    deque: new StealingDeque(words, DEQUE, () => RING),
    parking: new Parking(words, 0),
  });
  return explore<number>({
    words: RING + ringWords(4),
    prepare: (words) => parts(words).deque.initialize(RING, 4),
    threads: [
      (words) => {
        const { deque, parking } = parts(through(words));
        for (let task = 1; task <= tasks; task += 1) {
          deque.push(task, 0, 1);
          parking.announce();
        }
        return 0;
      },
      ...Array.from({ length: sleepers }, () => (words: WaitableWords) => {
        const { deque, parking } = parts(through(words));
        while (deque.steal() !== STOLEN) parking.sleep(() => deque.size > 0);
        return deque.chunk;
      }),
    ],
    check: ([, ...got]) => {
      if (new Set(got).size !== sleepers) throw new Error(`The sleepers got ${got.join(', ')}.`);
    },
  });
}

describe('every order of steps', () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 1],
  ])('%i tasks wake %i sleepers: none sleeps on', (tasks, sleepers) => {
    expect(exploreParking(tasks, sleepers).ends).toBeGreaterThan(0);
  });

  test('shows a wake-up that is lost where a thread sleeps though the word has changed', () => {
    const careless = (words: WaitableWords): WaitableWords =>
      Object.assign(Object.create(words) as WaitableWords, {
        load: (index: number) => words.load(index),
        store: (index: number, value: number) => words.store(index, value),
        compareExchange: (...input: [number, number, number]) => words.compareExchange(...input),
        add: (index: number, summand: number) => words.add(index, summand),
        read: (index: number) => words.read(index),
        write: (index: number, value: number) => words.write(index, value),
        notify: (index: number, count: number) => words.notify(index, count),
        wait: (index: number) => words.wait(index, words.load(index)),
      });
    expect(() => exploreParking(1, 1, careless)).toThrow(/sleep for ever/);
  });
});
