import { ChunkWriter, FINISHED, FREE, handleOf, idOf, spawnAt, spawnedPlace } from '../../jobs/chunks.ts';
import type { StealingDeque } from '../../jobs/deque.ts';
import { EMPTY, STOLEN } from '../../jobs/deque.ts';
import { RESERVE } from './allotment.ts';
import type { Given, Grant, Lack } from './messages.ts';
import type { WindowShared } from './window-arena.ts';

/** What a chunk says of its parent where that may be on another host: it is nobody's handle. */
const ELSEWHERE = 1;
/** Levels of what a host lacks, as all its ranks see them. */
const NOT_LACKING = 0;
const LOW = 1;
const STARVING = 2;
/** Tasks that are given away at once, at most. */
const MOST = 16_384;

/**
 * Where tasks come to a host, and leave it. A rank's thread that talks to the launcher is behind it, so that this goes on whatever tasks do. It has a
 * deque of its own, from which ranks steal, and steals from theirs what other hosts are to have.
 */
export class Door {
  readonly #shared: WindowShared;
  readonly #own: StealingDeque;
  readonly #others: readonly StealingDeque[];
  readonly #writer: ChunkWriter;
  /** State of a task that was given away, until the launcher has it. */
  readonly #away: number;
  /** Chunks of `split` that are here, by their first ids. */
  readonly #places = new Map<number, number>();

  /** Takes over from a predecessor, if there was one. */
  constructor(shared: WindowShared) {
    const { door } = shared;
    this.#shared = shared;
    this.#own = shared.deques[door]!;
    this.#others = shared.deques.filter((_, worker) => worker !== door);
    this.#writer = new ChunkWriter(shared.arena, door);
    this.#away = door + 1;
    this.#own.adopt();
  }

  /**
   * Writes tasks down, so that whoever takes over from this rank finds them.
   *
   * @returns offers them to all ranks of the host
   * @throws {TasksTooLarge}
   */
  take({ chunks, spawned, counts }: Grant): () => void {
    const free: [place: number, from: number, to: number][] = [];
    const toFree: typeof free = [];
    const before = new Map<number, number>();
    for (let at = 0; at < counts.length; at += 2) before.set(counts[at]!, counts[at + 1]!);
    for (const { first, count, payload, parts: ranges } of chunks) {
      let place = this.#places.get(first);
      if (place === undefined) {
        // Nobody's, but those that are offered.
        const chunk = { first, count, parent: 0, parentId: 0, ordinal: 0 };
        const isWhole = before.size === 0 && ranges[0] === 0 && ranges[1] === count;
        place = this.#writer.write(payload!, chunk, isWhole ? FREE : FINISHED);
        this.#places.set(first, place);
        if (isWhole) {
          free.push([place, 0, count]);
          continue;
        }
      }
      for (let at = 0; at < ranges.length; at += 2) toFree.push([place, ranges[at]!, ranges[at + 1]!]);
    }
    for (const { id, parent, ordinal, payload } of spawned) {
      const chunk = { first: id, count: 1, parent: ELSEWHERE, parentId: parent, ordinal };
      toFree.push([this.#writer.write(payload, chunk, FINISHED), 0, 1]);
    }
    for (const part of toFree) this.#free(part, before);
    return () => {
      for (const part of [...free, ...toFree]) this.#own.push(...part);
      this.#shared.lacking = NOT_LACKING;
      this.#shared.parking.announce();
    };
  }

  /** Takes about half of what nobody runs yet. */
  give(): Given {
    const wanted = Math.ceil(waiting(this.#shared, 2 * MOST) / 2);
    if (wanted > 0) this.#shared.lacking = NOT_LACKING;
    const given: Given = { tasks: [], spawned: [] };
    const taken = (): number => given.tasks.length / 2;
    while (taken() < wanted && this.#own.pop()) this.#takeAway(this.#own, wanted - taken(), given);
    for (const deque of this.#others) {
      while (taken() < wanted) {
        const met = deque.steal();
        if (met === EMPTY) break;
        if (met === STOLEN) this.#takeAway(deque, wanted - taken(), given);
      }
    }
    return given;
  }

  #free([place, from, to]: readonly [number, number, number], before: ReadonlyMap<number, number>): void {
    const { arena } = this.#shared;
    for (let index = from; index < to; index += 1) {
      const handle = handleOf(place, index);
      const spawns = before.get(idOf(arena, place, index));
      if (spawns !== undefined) arena.write(spawnedPlace(handle), spawns);
      arena.store(handle, FREE);
    }
  }

  #takeAway({ chunk, start, end }: StealingDeque, most: number, given: Given): void {
    const { arena } = this.#shared;
    const until = Math.min(end, start + most);
    for (let index = start; index < until; index += 1) {
      const handle = handleOf(chunk, index);
      if (arena.compareExchange(handle, FREE, this.#away) !== FREE) continue;
      const id = idOf(arena, chunk, index);
      given.tasks.push(handle, id);
      if (id < 0) given.spawned.push(spawnAt(arena, chunk));
    }
    if (until < end) this.#own.push(chunk, until, end);
  }
}

/** @returns how much the host lacks, if more than was said before: it has little in reserve, or ranks have nothing to do */
export function newLack(shared: WindowShared): Lack | undefined {
  const enough = RESERVE * shared.door;
  const left = waiting(shared, enough);
  if (left === 0) return shared.lacks(STARVING) ? 'tasks' : undefined;
  return left < enough && shared.lacks(LOW) ? 'reserve' : undefined;
}

/** @returns how many tasks nobody runs yet, up to a number */
function waiting({ deques }: WindowShared, most: number): number {
  let sum = 0;
  for (const deque of deques) sum += deque.tasks(most - sum);
  return sum;
}
