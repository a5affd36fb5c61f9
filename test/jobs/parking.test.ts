import { describe, expect, test } from 'vitest';
import { Parking, PARKING_WORDS } from '../../src/jobs/parking.ts';
import type { WaitableWords } from '../../src/jobs/words.ts';
import { explore } from './support/interleavings.ts';
import type { Explored } from './support/interleavings.ts';

/** Tasks that are there. */
const TASKS = PARKING_WORDS;

/** An owner that offers tasks and then is busy for ever; sleepers that each want one. */
function exploreParking(tasks: number, sleepers: number, through = (words: WaitableWords) => words): Explored {
  const take = (words: WaitableWords): boolean => {
    for (let left = words.load(TASKS); left > 0; left = words.load(TASKS)) {
      if (words.compareExchange(TASKS, left, left - 1) === left) return true;
    }
    return false;
  };
  return explore({
    words: TASKS + 1,
    threads: [
      (words) => {
        const parking = new Parking(through(words), 0);
        for (let task = 0; task < tasks; task += 1) {
          words.add(TASKS, 1);
          parking.announce();
        }
      },
      ...Array.from({ length: sleepers }, () => (words: WaitableWords) => {
        const parking = new Parking(through(words), 0);
        while (!take(words)) parking.sleep(() => words.load(TASKS) > 0);
      }),
    ],
    check: (_, words) => {
      if (words.load(TASKS) !== tasks - sleepers) throw new Error(`${words.load(TASKS)} tasks are left.`);
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
