import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { Arena } from '../../src/jobs/arena.ts';
import { DEQUE_WORDS, ringWords, StealingDeque } from '../../src/jobs/deque.ts';
import type { DequeThread } from './fixtures/deque-thread.ts';

const ENTRIES = 200_000;

test.each([1, 3])('an owner and %i thieves on real threads: each of many entries comes out once', async (thieves) => {
  const arena = Arena.create(DEQUE_WORDS + ringWords(2));
  const place = Arena.headPlace;
  // Grows from two entries, and its counters wrap around on the way.
  new StealingDeque(arena, place, () => 0).initialize(place + DEQUE_WORDS, 2, 2 ** 31 - ENTRIES / 4);
  const counts = new SharedArrayBuffer((ENTRIES + 1) * 4);
  const threads = Array.from({ length: thieves + 1 }, (_, seed) => {
    const workerData: DequeThread = { arena: arena.buffer, place, counts, owner: seed === 0, entries: ENTRIES, seed };
    return new Worker(new URL('./fixtures/deque-thread.ts', import.meta.url), { workerData });
  });
  await Promise.all(threads.map((thread) => once(thread, 'message')));
  await Promise.all(threads.map((thread) => thread.terminate()));
  const wrong = new Int32Array(counts).subarray(1).findIndex((count) => count !== 1);
  expect(wrong).toBe(-1);
});
