import { expect, test } from 'vitest';
import { ChunkWriter, FREE, handleOf, spawnedPlace } from '../../src/jobs/chunks.ts';
import { encode } from '../../src/jobs/codec.ts';
import { Shared } from '../../src/jobs/layout.ts';
import { Ledger } from '../../src/jobs/ledger.ts';

test('a task whose result died with its worker knows what it has spawned before anyone can run it again', () => {
  const shared = Shared.create(2);
  const { arena } = shared;
  const writer = new ChunkWriter(arena, 0);
  const task = handleOf(
    writer.write(encode(['a task']), { count: 1, first: 0, parent: 0, parentId: 0, ordinal: 0 }),
    0,
  );
  for (const ordinal of [0, 1, 2])
    writer.write('"spawned"', { count: 1, first: -1 - ordinal, parent: task, parentId: 0, ordinal });
  const ended = -1;
  arena.store(task, ended);

  const spawnedAsItWasFreed: number[] = [];
  const store = arena.store.bind(arena);
  arena.store = (place, value) => {
    if (place === task && value === FREE) spawnedAsItWasFreed.push(arena.read(spawnedPlace(task)));
    store(place, value);
  };
  expect(new Ledger(shared).inherit(0)).toMatchObject({ alone: [], givenUp: [] });
  expect(spawnedAsItWasFreed).toEqual([3]);
});
