import { hashOf, mixed } from './hash.ts';
import { keysOf } from './keys.ts';
import { ListsMaking } from './lists.ts';
import type { Lists } from './lists.ts';
import { SortedPairs } from './sorted-pairs.ts';
import type { EntityTable } from './table.ts';

/** Entities of a block at most: what would be more is parted by neighbours, and what is more then is no block. */
const MOST_IN_BLOCK = 50;
/** Neighbours by which an entity's part of a large block is found: the rarest. */
const MOST_PARTS = 8;

/**
 * Groups entities that may be the same: those with a blocking key in common, or a neighbour that few have. A block holds at most
 * {@link MOST_IN_BLOCK} of them, so that work grows with the entities and not with their square.
 *
 * @returns the entities of each block, in their order
 */
export function blocksOf(table: EntityTable): Lists {
  const { starts, items } = table.namesOf;
  const keyed = new SortedPairs();
  const keys: number[][] = [];
  for (let entity = 0; entity < table.entities; entity += 1) {
    for (let at = starts[entity]!; at < starts[entity + 1]!; at += 1) {
      const name = items[at]!;
      for (const key of (keys[name] ??= keysOf(table.names[name]!))) keyed.add(key, entity);
    }
  }
  const blocks = new ListsMaking();
  const keep = (members: Int32Array): void => {
    for (const member of members) blocks.add(member);
    blocks.end();
  };
  const parts = new Parts(table);
  const large = new SortedPairs();
  keyed.eachGroup((members, key) => {
    if (members.length <= MOST_IN_BLOCK) return keep(members);
    for (const member of members) for (const part of parts.of(member)) large.add(mixed(key, part), member);
  });
  const parted = new SortedPairs();
  for (let entity = 0; entity < table.entities; entity += 1)
    for (const part of parts.of(entity)) parted.add(part, entity);
  for (const pairs of [large, parted]) {
    pairs.eachGroup((members) => {
      if (members.length <= MOST_IN_BLOCK) keep(members);
    });
  }
  return blocks.made();
}

/** The rarest of entities' neighbours, as hashes of what they are called. */
class Parts {
  readonly #table: EntityTable;
  readonly #hashes: Int32Array;

  constructor(table: EntityTable) {
    this.#table = table;
    this.#hashes = new Int32Array(table.names.length);
    for (const name of table.neighboursOf.items) {
      if (this.#hashes[name] === 0) this.#hashes[name] = hashOf(table.names[name]!, 0);
    }
  }

  of(entity: number): number[] {
    const { neighboursOf, neighbourWeights } = this.#table;
    const own: number[] = [];
    for (let at = neighboursOf.starts[entity]!; at < neighboursOf.starts[entity + 1]!; at += 1) {
      const called = neighboursOf.items[at]!;
      if (!own.includes(called)) own.push(called);
    }
    const hashes = this.#hashes;
    if (own.length > MOST_PARTS) {
      own.sort((a, b) => neighbourWeights[b]! - neighbourWeights[a]! || hashes[a]! - hashes[b]!);
      own.length = MOST_PARTS;
    }
    return own.map((called) => hashes[called]!);
  }
}
