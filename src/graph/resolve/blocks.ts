import { hashOf, mixed } from './hash.ts';
import { keysOf } from './keys.ts';
import { eachIn, ListsMaking } from './lists.ts';
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
  const blocks = new ListsMaking({ lists: 2 * table.entities, items: 8 * table.entities });
  const keep = (members: Int32Array, from: number, to: number): boolean => {
    if (to - from > MOST_IN_BLOCK) return false;
    for (let at = from; at < to; at += 1) blocks.add(members[at]!);
    blocks.end();
    return true;
  };
  const parts = partsOf(table);
  const large = new SortedPairs(parts.items.length);
  keyed(table).eachGroup((members, from, to, key) => {
    if (keep(members, from, to)) return;
    for (let at = from; at < to; at += 1)
      eachIn(parts, members[at]!, (part) => large.add(mixed(key, part), members[at]!));
  });
  const parted = new SortedPairs(parts.items.length);
  for (let entity = 0; entity < table.entities; entity += 1) eachIn(parts, entity, (part) => parted.add(part, entity));
  large.eachGroup(keep);
  parted.eachGroup(keep);
  return blocks.made();
}

/** Entities by the blocking keys of their names. */
function keyed({ names, namesOf, entities }: EntityTable): SortedPairs {
  const isUsed = new Uint8Array(names.length);
  for (const name of namesOf.items) isUsed[name] = 1;
  const making = new ListsMaking({ lists: names.length, items: 8 * names.length });
  for (const [name, text] of names.entries()) {
    if (isUsed[name] === 1) for (const key of keysOf(text)) making.add(key);
    making.end();
  }
  const keys = making.made();
  const pairs = new SortedPairs(keys.items.length);
  for (let entity = 0; entity < entities; entity += 1) {
    for (let place = namesOf.starts[entity]!; place < namesOf.starts[entity + 1]!; place += 1) {
      const name = namesOf.items[place]!;
      for (let at = keys.starts[name]!; at < keys.starts[name + 1]!; at += 1) pairs.add(keys.items[at]!, entity);
    }
  }
  return pairs;
}

/** The rarest of each entity's neighbours, as hashes of what they are called. */
function partsOf({ names, neighboursOf, neighbourWeights, entities }: EntityTable): Lists {
  const hashes = new Int32Array(names.length);
  for (const name of neighboursOf.items) if (hashes[name] === 0) hashes[name] = hashOf(names[name]!, 0);
  const making = new ListsMaking({ lists: entities, items: neighboursOf.items.length });
  const metBy = new Int32Array(names.length).fill(-1);
  for (let entity = 0; entity < entities; entity += 1) {
    const own: number[] = [];
    eachIn(neighboursOf, entity, (called) => {
      if (metBy[called] !== entity) own.push(called);
      metBy[called] = entity;
    });
    if (own.length > MOST_PARTS) {
      own.sort((a, b) => neighbourWeights[b]! - neighbourWeights[a]! || hashes[a]! - hashes[b]!);
      own.length = MOST_PARTS;
    }
    for (const called of own) making.add(hashes[called]!);
    making.end();
  }
  return making.made();
}
