import { foldName } from '../../domain/fold-name.ts';
import { normalizeName } from '../../domain/text.ts';
import { eachIn, itemsOf, ListsMaking, Numbers } from './lists.ts';
import type { Lists } from './lists.ts';
import type { Material } from './material.ts';
import { neighboursIn } from './neighbours-in.ts';
import type { Neighbours } from './neighbours-in.ts';

/** What is compared of entities, each by its number. */
export interface EntityTable extends Neighbours, Pick<Material, 'entities' | 'labelSets' | 'labelSetOf'> {
  /** Distinct names, folded where they can be: see `foldName`. */
  names: readonly string[];
  /**
   * The names of each entity, its own first; none where all are numbers or dates. Of `Paris (Texas)` with a neighbour Texas,
   * `Paris` is one.
   */
  namesOf: Lists;
  /** Where in `namesOf.items` each entity's names begin that lack what tells it from others: they are no two's in common. */
  bareFrom: Int32Array;
}

/** Makes the table of what a graph says: folds its names, and weighs its neighbours. */
export function tableOf(material: Material): EntityTable {
  const { entities, namesFrom, labelSets, labelSetOf } = material;
  const names = new Numbers();
  const own = new ListsMaking({ lists: entities, items: material.names.length });
  const calledOf = new Int32Array(entities);
  const qualified: { entity: number; name: number; qualifier: number }[] = [];
  for (let entity = 0; entity < entities; entity += 1) {
    const [first, end] = [namesFrom[entity]!, namesFrom[entity + 1]!];
    const known: number[] = [];
    for (let at = first; at < end; at += 1) {
      const folded = foldName(material.names[at]!);
      const number = folded === undefined ? undefined : names.of(folded);
      if (number === undefined || known.includes(number)) continue;
      known.push(number);
      own.add(number);
    }
    own.end();
    calledOf[entity] = known[0] ?? names.of(normalizeName(material.names[first]!));
    for (let at = first; at < end; at += 1) {
      const parts = parted(material.names[at]!);
      if (parts === undefined) continue;
      qualified.push({ entity, name: names.of(parts.bare), qualifier: names.of(parts.qualifier) });
    }
  }
  const full = own.made();
  const neighbours = neighboursIn(material, calledOf, names.texts);
  const bare = new Map<number, number[]>();
  for (const { entity, name, qualifier } of qualified) {
    if (!itemsOf(neighbours.neighboursOf, entity).includes(qualifier)) continue;
    const known = bare.get(entity) ?? [];
    if (!known.includes(name) && !itemsOf(full, entity).includes(name)) bare.set(entity, [...known, name]);
  }
  const all = bare.size === 0 ? full : extended(full, bare);
  return {
    entities,
    names: names.texts,
    namesOf: all,
    bareFrom: all.starts
      .subarray(0, -1)
      .map((start, entity) => start + full.starts[entity + 1]! - full.starts[entity]!),
    labelSets,
    labelSetOf,
    ...neighbours,
  };
}

/** The lists with more items at the end of some. */
function extended(lists: Lists, more: ReadonlyMap<number, readonly number[]>): Lists {
  const count = lists.starts.length - 1;
  const making = new ListsMaking({ lists: count, items: lists.items.length + 2 * more.size });
  for (let list = 0; list < count; list += 1) {
    eachIn(lists, list, (item) => making.add(item));
    for (const item of more.get(list) ?? []) making.add(item);
    making.end();
  }
  return making.made();
}

/** `Paris (Texas)` and `Paris, Texas` are a name and what tells it from others, folded. */
function parted(name: string): { bare: string; qualifier: string } | undefined {
  if (!name.endsWith(')') && !name.includes(',')) return undefined;
  const [, own, inBrackets, afterComma] = /^(.+?)\s*(?:\(([^()]+)\)|,\s*([^,]+))$/.exec(name) ?? [];
  const [bare, qualifier] = [own, inBrackets ?? afterComma].map((part) => foldName(part ?? ''));
  return bare === undefined || qualifier === undefined ? undefined : { bare, qualifier };
}
