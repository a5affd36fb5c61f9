import { DEQUE_WORDS, ringWords, STOLEN, StealingDeque } from '../../../src/jobs/deque.ts';
import type { WaitableWords } from '../../../src/jobs/words.ts';
import { explore } from './interleavings.ts';
import type { Explored } from './interleavings.ts';

export type OwnerStep = 'push' | 'pop';

export interface Case {
  owner: OwnerStep[];
  /** Steals that each thief tries. */
  thieves: number[];
  /** Entries that are there before; each thread's first sight. */
  before?: number;
  capacity?: number;
  /** The counters' first value. */
  first?: number;
  /** What threads see of memory, for a memory that is broken. */
  through?: (words: WaitableWords) => WaitableWords;
}

/** Rings of 1, 2, 4 and 8 entries, each in a place of its own. */
const CAPACITIES = [1, 2, 4, 8];
export const placeOf = (size: number): number =>
  CAPACITIES.filter((capacity) => ringWords(capacity) < size).reduce(
    (place, capacity) => place + ringWords(capacity),
    DEQUE_WORDS,
  );

export function openDeque(words: WaitableWords): StealingDeque {
  return new StealingDeque(words, 0, (size) => placeOf(size));
}

/** An entry whose three words say the same: one that is half of another shows. */
function taken(deque: StealingDeque): number {
  if (deque.start !== deque.chunk || deque.end !== deque.chunk) {
    throw new Error(`The entry ${deque.chunk}, ${deque.start}, ${deque.end} was never pushed.`);
  }
  return deque.chunk;
}

/** Every order of the steps of an owner and thieves: each entry comes to one of them, or is left. */
export function exploreDeque({
  owner,
  thieves,
  before = 0,
  capacity = 2,
  first = 0,
  through = (words) => words,
}: Case): Explored {
  const pushed = before + owner.filter((step) => step === 'push').length;
  const push = (deque: StealingDeque, entry: number): void => deque.push(entry, entry, entry);
  return explore<number[]>({
    words: placeOf(Infinity),
    prepare: (words) => {
      const deque = openDeque(words);
      deque.initialize(placeOf(ringWords(capacity)), capacity, first);
      for (let entry = 1; entry <= before; entry += 1) push(deque, entry);
    },
    threads: [
      (words) => {
        const deque = openDeque(through(words));
        let entry = before;
        const got: number[] = [];
        for (const step of owner) {
          if (step === 'push') push(deque, (entry += 1));
          else if (deque.pop()) got.push(taken(deque));
        }
        return got;
      },
      ...thieves.map((steals) => (words: WaitableWords) => {
        const deque = openDeque(through(words));
        const got: number[] = [];
        for (let steal = 0; steal < steals; steal += 1) if (deque.steal() === STOLEN) got.push(taken(deque));
        return got;
      }),
    ],
    check: (returned, words) => {
      const deque = openDeque(words);
      const left: number[] = [];
      while (deque.pop()) left.push(taken(deque));
      const all = [...returned.flat(), ...left].sort((a, b) => a - b);
      const expected = Array.from({ length: pushed }, (_, index) => index + 1);
      if (all.join() !== expected.join()) throw new Error(`The entries ${all.join(', ')} came out of ${pushed}.`);
      for (const [thief, got] of returned.slice(1).entries()) {
        if (got.some((entry, index) => index > 0 && entry < got[index - 1]!)) {
          throw new Error(`Thief ${thief} got ${got.join(', ')}: not the oldest first.`);
        }
      }
    },
  });
}
