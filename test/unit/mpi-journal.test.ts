import { expect, test } from 'vitest';
import { encode } from '../../src/jobs/codec.ts';
import { Journal } from '../../src/mpi/launcher/journal.ts';

function journalOf(tasks: number): Journal {
  const journal = new Journal(() => undefined);
  journal.addChunk({ first: 0, count: tasks, payload: encode(Array(tasks).fill(1)) });
  return journal;
}

const ended = (journal: Journal, ...ids: number[]): number =>
  journal.addResults({
    tasks: new Int32Array(ids.flatMap((id) => [1_000 + id, id])),
    results: encode(ids.map((id) => `of ${id}`)),
  });

const spawn = (journal: Journal, id: number, parent: number, ordinal: number): boolean =>
  journal.addSpawn({ id, parent, ordinal, payload: 'null' });

/** Ids of the tasks that a launch has still to do. */
const openIn = (journal: Journal): number[] => {
  const { pieces, spawned } = journal.open();
  return [
    ...pieces.flatMap(({ first, from, to }) => Array.from({ length: to - from }, (_, index) => first + from + index)),
    ...spawned.map(({ id }) => id),
  ];
};

test('a task whose spawns nobody has told of is run again, though its result is there', () => {
  const journal = journalOf(3);
  spawn(journal, -1, 1, 0);
  // Whoever took over from the rank that ran task 1 was to tell of the second that it had spawned, and died.
  journal.addSpawnCounts([1, 2]);
  ended(journal, 0, 1, 2);
  ended(journal, -1);
  expect(journal.ended).toBe(journal.known);
  journal.settle();
  expect(openIn(journal)).toEqual([1]);
  expect(journal.ended).toBe(3);
  // It spawns what is missing.
  spawn(journal, -2, 1, 1);
  journal.addSpawnCounts([1, 2]);
  expect(ended(journal, 1, -2)).toBe(2);
  journal.settle();
  expect(openIn(journal)).toEqual([]);
  expect([journal.ended, journal.known]).toEqual([5, 5]);
});

test('a spawned task that failed is run again for the same reason, and its failure forgotten', () => {
  const journal = journalOf(1);
  spawn(journal, -1, 0, 0);
  journal.addSpawnCounts([0, 1, -1, 1]);
  ended(journal, 0);
  journal.addFailure({ id: -1, error: () => new Error('failed') });
  journal.settle();
  expect(openIn(journal)).toEqual([-1]);
  expect(journal.failures).toEqual([]);
});

test('results go to the places of their tasks, those that came twice to none', () => {
  const journal = journalOf(2);
  spawn(journal, -1, 1, 0);
  ended(journal, 1, -1);
  ended(journal, 0, 1);
  const placesOf = (pairs: Int32Array): number[] => [...pairs.filter((_, at) => at % 2 === 1)];
  expect(journal.takePlaces().map(placesOf)).toEqual([
    [1, 2],
    [0, -1],
  ]);
});

test('a result of a task that nobody knows is not taken for that of another with its number', () => {
  const journal = journalOf(2);
  // A thief was faster than the news of what it took, which never came.
  ended(journal, -1);
  journal.settle();
  spawn(journal, -1, 0, 0);
  expect(openIn(journal)).toEqual([0, 1, -1]);
  journal.addFailure({ id: -1, error: () => new Error('failed') });
  ended(journal, 0, 1);
  expect(journal.ended).toBe(3);
  expect(journal.takePlaces().map((pairs) => [...pairs.filter((_, at) => at % 2 === 1)])).toEqual([[-1], [0, 1]]);
});
