import { hashOf } from './hash.ts';
import type { Lists } from './lists.ts';
import type { Material } from './material.ts';
import { weightsOf } from './weights.ts';

/** Neighbours of an entity that are compared: the rarest, and those as rare as the last of them. */
const MOST_NEIGHBOURS = 64;

/** What is compared of the edges of a graph. */
export interface Neighbours {
  /** What the neighbours of each entity are called, as numbers of names: two spellings that fold into one are one. */
  neighboursOf: Lists;
  /** Beside `neighboursOf.items`: the neighbour's own number. */
  ends: Int32Array;
  /** Beside `neighboursOf.items`: the edge's type and direction. */
  types: Int32Array;
  /** How much it tells to have a neighbour called so, from 0, all have one, to 1, only one has. */
  neighbourWeights: Float32Array;
  /** What each type is called, after `>` where it leaves the entity, and `<` where it reaches it. */
  typeNames: readonly string[];
  /**
   * How much it tells, from 0 to 1, that two have other neighbours by a type: its functionality, entities that have it ÷ their
   * neighbours by it (PARIS: Suchanek, Abiteboul, Senellart, PVLDB 5(3), 2011).
   */
  typeWeights: Float32Array;
}

/** @param calledOf what each entity is called, as a number of `names` */
export function neighboursIn(material: Material, calledOf: Int32Array, names: readonly string[]): Neighbours {
  const sides = sidesOf(material, calledOf);
  const counts = countedIn(sides, names.length);
  const typeNames = material.typeNames.flatMap((type) => [`>${type}`, `<${type}`]);
  return {
    ...rarestOf(sides, counts, names),
    neighbourWeights: weightsOf(counts, material.entities),
    typeNames,
    typeWeights: functionalities(sides, typeNames.length),
  };
}

type Sides = Pick<Neighbours, 'neighboursOf' | 'ends' | 'types'>;

/** Each edge as both its entities have it. */
function sidesOf({ entities, from, to, types: typesOf }: Material, calledOf: Int32Array): Sides {
  const starts = new Int32Array(entities + 1);
  for (const side of [from, to]) for (const entity of side) starts[entity + 1]! += 1;
  for (let entity = 0; entity < entities; entity += 1) starts[entity + 1]! += starts[entity]!;
  const count = from.length;
  const [ends, types, next] = [new Int32Array(count * 2), new Int32Array(count * 2), starts.slice()];
  for (let edge = 0; edge < count; edge += 1) {
    const [leaving, reaching] = [next[from[edge]!]!++, next[to[edge]!]!++];
    ends[leaving] = to[edge]!;
    ends[reaching] = from[edge]!;
    types[leaving] = 2 * typesOf[edge]!;
    types[reaching] = 2 * typesOf[edge]! + 1;
  }
  return { neighboursOf: { starts, items: ends.map((end) => calledOf[end]!) }, ends, types };
}

/** Entities with a neighbour of each name. */
function countedIn({ neighboursOf: { starts, items } }: Sides, names: number): Int32Array {
  const counts = new Int32Array(names);
  const last = new Int32Array(names).fill(-1);
  for (let entity = 0; entity + 1 < starts.length; entity += 1) {
    for (let at = starts[entity]!; at < starts[entity + 1]!; at += 1) {
      if (last[items[at]!] !== entity) counts[items[at]!]! += 1;
      last[items[at]!] = entity;
    }
  }
  return counts;
}

function functionalities({ neighboursOf: { starts }, types }: Sides, count: number): Float32Array {
  const having = new Int32Array(count);
  const uses = new Int32Array(count);
  const last = new Int32Array(count).fill(-1);
  for (let entity = 0; entity + 1 < starts.length; entity += 1) {
    for (let at = starts[entity]!; at < starts[entity + 1]!; at += 1) {
      const type = types[at]!;
      uses[type]! += 1;
      if (last[type] !== entity) having[type]! += 1;
      last[type] = entity;
    }
  }
  return Float32Array.from(having, (entities, type) => entities / uses[type]!);
}

/** Leaves the rarest neighbours of each entity; of those that are as rare, the same in any order of the graph. */
function rarestOf(sides: Sides, counts: Int32Array, names: readonly string[]): Sides {
  const { starts, items } = sides.neighboursOf;
  const left = new Uint8Array(items.length);
  const lengths = new Int32Array(starts.length);
  for (let entity = 0; entity + 1 < starts.length; entity += 1) {
    const [from, to] = [starts[entity]!, starts[entity + 1]!];
    let leaves = 0;
    if (to - from > MOST_NEIGHBOURS) {
      const ranks = new Float64Array(to - from);
      for (let at = from; at < to; at += 1)
        ranks[at - from] = counts[items[at]!]! * 2 ** 32 + (hashOf(names[items[at]!]!, 0) >>> 0);
      const last = ranks.toSorted()[MOST_NEIGHBOURS - 1]!;
      for (let at = from; at < to; at += 1) {
        if (ranks[at - from]! <= last) continue;
        left[at] = 1;
        leaves += 1;
      }
    }
    lengths[entity + 1] = lengths[entity]! + to - from - leaves;
  }
  const kept = (values: Int32Array): Int32Array => {
    const own = new Int32Array(lengths.at(-1)!);
    let next = 0;
    for (let at = 0; at < values.length; at += 1) if (left[at] === 0) own[next++] = values[at]!;
    return own;
  };
  return { neighboursOf: { starts: lengths, items: kept(items) }, ends: kept(sides.ends), types: kept(sides.types) };
}
