import { hashOf, mixed } from './hash.ts';
import { keysOf } from './keys.ts';
import type { Lists } from './lists.ts';
import type { EntityTable } from './table.ts';

/** Entities of a block at most: what would be more is parted by neighbours, and what is more then is no block. */
const MOST_IN_BLOCK = 50;
/** Neighbours by which an entity's part of a large block is found. */
const MOST_PARTS = 8;
/** A block and an entity are sorted as one number, exactly. */
const MOST_ENTITIES = 2 ** 21;

/** Thrown for more entities than can be numbered in a block. */
export class TooManyEntities extends RangeError {
  override readonly name = 'TooManyEntities';
  constructor(entities: number) {
    super(`A graph of ${entities} nodes was given: the most that are compared is ${MOST_ENTITIES}.`);
  }
}

/**
 * Groups entities that may be the same: those with a blocking key in common, or a neighbour that few have. A block holds at most
 * {@link MOST_IN_BLOCK} of them, so that work grows with the entities and not with their square.
 *
 * @returns the entities of each block, in their order
 * @throws {TooManyEntities}
 */
export function blocksOf(table: EntityTable): Lists {
  if (table.entities > MOST_ENTITIES) throw new TooManyEntities(table.entities);
  const entries = new Entries();
  const keys: number[][] = [];
  for (let entity = 0; entity < table.entities; entity += 1) {
    for (let at = table.namesOf.starts[entity]!; at < table.namesOf.starts[entity + 1]!; at += 1) {
      const name = table.namesOf.items[at]!;
      for (const key of (keys[name] ??= keysOf(table.names[name]!))) entries.add(key, entity);
    }
  }
  const parts = partsOf(table);
  const parted = new Entries();
  const items: number[] = [];
  const starts = [0];
  const keep = (members: Float64Array, from: number, to: number): void => {
    for (let at = from; at < to; at += 1) items.push(entityOf(members[at]!));
    starts.push(items.length);
  };
  entries.eachBlock((members, from, to) => {
    if (to - from <= MOST_IN_BLOCK) return keep(members, from, to);
    const key = keyOf(members[from]!);
    for (let at = from; at < to; at += 1) {
      const entity = entityOf(members[at]!);
      for (const part of parts[entity]!) parted.add(mixed(key, part), entity);
    }
  });
  for (let entity = 0; entity < table.entities; entity += 1) {
    for (const part of parts[entity]!) parted.add(part, entity);
  }
  parted.eachBlock((members, from, to) => {
    if (to - from <= MOST_IN_BLOCK) keep(members, from, to);
  });
  return { starts: Int32Array.from(starts), items: Int32Array.from(items) };
}

/** The rarest of each entity's neighbours, as hashes. */
function partsOf({ entities, names, neighboursOf, neighbourWeights }: EntityTable): number[][] {
  const hashes: number[] = [];
  const hash = (name: number): number => (hashes[name] ??= hashOf(names[name]!, 0));
  return Array.from({ length: entities }, (_, entity) => {
    const own = [...new Set(neighboursOf.items.subarray(neighboursOf.starts[entity], neighboursOf.starts[entity + 1]))];
    if (own.length > MOST_PARTS) own.sort((a, b) => neighbourWeights[b]! - neighbourWeights[a]! || hash(a) - hash(b));
    return own.slice(0, MOST_PARTS).map(hash);
  });
}

function entityOf(entry: number): number {
  return entry % MOST_ENTITIES;
}

function keyOf(entry: number): number {
  return Math.floor(entry / MOST_ENTITIES) | 0;
}

/** Keys with the entities that have them. */
class Entries {
  #entries = new Float64Array(1024);
  #count = 0;

  add(key: number, entity: number): void {
    if (this.#count === this.#entries.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#entries);
      this.#entries = larger;
    }
    this.#entries[this.#count++] = (key >>> 0) * MOST_ENTITIES + entity;
  }

  /** Calls with each block of two entities and more: the distinct entries from `from` up to `to` are of one key. */
  eachBlock(call: (entries: Float64Array, from: number, to: number) => void): void {
    const sorted = this.#entries.subarray(0, this.#count).sort();
    let count = 0;
    for (let at = 0; at < sorted.length; at += 1)
      if (at === 0 || sorted[at] !== sorted[at - 1]) sorted[count++] = sorted[at]!;
    for (let from = 0, to = 1; from < count; from = to, to += 1) {
      const key = keyOf(sorted[from]!);
      while (to < count && keyOf(sorted[to]!) === key) to += 1;
      if (to - from > 1) call(sorted, from, to);
    }
  }
}
