import { ALONE, FINISHED, FREE, handleOf, idOf, spawnAt, spawnedPlace, walkChunks } from '../../jobs/chunks.ts';
import type { Chunk } from '../../jobs/chunks.ts';
import type { Inheritance, Inherited, Spawn } from './messages.ts';
import type { WindowShared } from './window-arena.ts';

/** What a survivor takes over, and what it tells the launcher of it. */
export interface Estate {
  again: number[];
  /** Pairs of chunk and index. */
  alone: number[];
  told: Inherited;
  /** Tasks that the dead rank had spawned: it may not have told of them. */
  spawns: Spawn[];
}

/**
 * What is to become of the tasks of a rank that died: those that it was running are run again alone, once, so that it is sure which of
 * them it was; those whose results it had not sent, and those that lie in nobody's deque any more, are run again.
 */
export function inherit(
  { arena, door }: WindowShared,
  { worker, door: wasAtDoor, finished, blamed, alone: before }: Inheritance,
): Estate {
  const running = worker + 1;
  /** Given away by the dead one, which had not told of it. */
  const away = wasAtDoor ? door + 1 : undefined;
  const ended = -1 - worker;
  const lives = new Set(blamed);
  const assigned = new Set(before);
  const estate: Estate = { again: [], alone: [], told: { worker, alone: [], givenUp: [] }, spawns: [] };
  const respawning = new Map<number, number>();

  for (const handle of finished) arena.store(handle, FINISHED);
  const settle = (chunk: Chunk, index: number): boolean => {
    const handle = handleOf(chunk.place, index);
    const id = idOf(arena, chunk.place, index);
    const state = arena.load(handle);
    if (state === FREE) return true;
    if (state === ended || state === away) {
      respawning.set(handle, arena.read(spawnedPlace(handle)));
      return true;
    }
    if (state === running && lives.has(id)) estate.told.givenUp.push(id);
    else if (state === running || (state === ALONE && assigned.has(handle))) {
      if (state === running) respawning.set(handle, arena.read(spawnedPlace(handle)));
      estate.alone.push(chunk.place, index);
      estate.told.alone.push(handle, id);
    }
    return false;
  };
  walkChunks(arena, (chunk, owner) => {
    if (owner === worker && chunk.parent !== 0) {
      estate.spawns.push(spawnAt(arena, chunk.place));
    }
    let start = -1;
    for (let index = 0; index <= chunk.count; index += 1) {
      const free = index < chunk.count && settle(chunk, index);
      if (free && start < 0) start = index;
      if (!free && start >= 0) {
        estate.again.push(chunk.place, start, index);
        start = -1;
      }
    }
  });
  // So that an attempt to come does not spawn them again.
  walkChunks(arena, ({ parent, ordinal }) => {
    const count = respawning.get(parent);
    if (count !== undefined) respawning.set(parent, Math.max(count, ordinal + 1));
  });
  const alone = new Set(estate.told.alone.filter((_, at) => at % 2 === 0));
  for (const [handle, count] of respawning) {
    arena.write(spawnedPlace(handle), count);
    arena.store(handle, alone.has(handle) ? ALONE : FREE);
  }
  return estate;
}
