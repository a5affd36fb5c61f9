import { foldName } from '../../domain/fold-name.ts';
import { nameOfNode } from '../../domain/graph.ts';
import type { Graph, KnownNode } from '../../domain/graph.ts';
import { spellingsOf } from '../../domain/merge.ts';
import { aliasesIn } from '../../domain/names.ts';
import { normalizeName } from '../../domain/text.ts';
import { eachIn, itemsOf, ListsMaking, Numbers } from './lists.ts';
import type { Lists } from './lists.ts';
import { neighboursIn } from './neighbours-in.ts';
import type { Neighbours } from './neighbours-in.ts';

/** What is compared of the entities of a graph, each by its number: its place in the order in which they became known. */
export interface EntityTable extends Neighbours {
  entities: number;
  /** Distinct names, folded where they can be: see `foldName`. */
  names: readonly string[];
  /**
   * The names of each entity, its own first; none where all are numbers or dates. Of `Paris (Texas)` with a neighbour Texas,
   * `Paris` is one.
   */
  namesOf: Lists;
  /** Where in `namesOf.items` each entity's names begin that lack what tells it from others: they are no two's in common. */
  bareFrom: Int32Array;
  /** Distinct sets of labels. */
  labelSets: readonly (readonly string[])[];
  labelSetOf: Int32Array;
}

/** Reads what is compared out of a graph: a walk over its nodes and one over its edges. */
export function tableOf(graph: Graph): EntityTable {
  const names = new Numbers();
  const labelSets = new Numbers();
  const numbers = new Map<string, number>();
  const own = new ListsMaking({ lists: graph.nodes.size, items: graph.nodes.size });
  const calledOf: number[] = [];
  const labelSetOf: number[] = [];
  const qualified: { entity: number; name: number; qualifier: number }[] = [];
  for (const node of graph.nodes.values()) {
    const entity = numbers.size;
    numbers.set(node.key, entity);
    const all = namesIn(node);
    const known: number[] = [];
    for (const name of all) {
      const folded = foldName(name);
      const number = folded === undefined ? undefined : names.of(folded);
      if (number === undefined || known.includes(number)) continue;
      known.push(number);
      own.add(number);
    }
    own.end();
    calledOf.push(known[0] ?? names.of(normalizeName(all[0]!)));
    labelSetOf.push(labelSets.of(node.labels.length === 1 ? node.labels[0]! : node.labels.toSorted().join('\n')));
    for (const name of all) {
      const parts = parted(name);
      if (parts === undefined) continue;
      qualified.push({ entity, name: names.of(parts.bare), qualifier: names.of(parts.qualifier) });
    }
  }
  const full = own.made();
  const neighbours = neighboursIn(graph, numbers, calledOf, names.texts);
  const bare = new Map<number, number[]>();
  for (const { entity, name, qualifier } of qualified) {
    if (!itemsOf(neighbours.neighboursOf, entity).includes(qualifier)) continue;
    const known = bare.get(entity) ?? [];
    if (!known.includes(name) && !itemsOf(full, entity).includes(name)) bare.set(entity, [...known, name]);
  }
  const all = bare.size === 0 ? full : extended(full, bare);
  return {
    entities: numbers.size,
    names: names.texts,
    namesOf: all,
    bareFrom: all.starts.subarray(0, -1).map((start, entity) => start + itemsOf(full, entity).length),
    labelSets: labelSets.texts.map((labels) => labels.split('\n')),
    labelSetOf: Int32Array.from(labelSetOf),
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

function namesIn(node: Readonly<KnownNode>): string[] {
  const { properties } = node;
  const names = [nameOfNode(node)];
  if (node.merged !== undefined) names.push(...spellingsOf(node).map(({ name }) => name));
  for (const property in properties) {
    const aliases = aliasesIn(property, properties[property]);
    if (aliases.length > 0) names.push(...aliases);
  }
  return names;
}

/** `Paris (Texas)` and `Paris, Texas` are a name and what tells it from others, folded. */
function parted(name: string): { bare: string; qualifier: string } | undefined {
  if (!name.endsWith(')') && !name.includes(',')) return undefined;
  const [, own, inBrackets, afterComma] = /^(.+?)\s*(?:\(([^()]+)\)|,\s*([^,]+))$/.exec(name) ?? [];
  const [bare, qualifier] = [own, inBrackets ?? afterComma].map((part) => foldName(part ?? ''));
  return bare === undefined || qualifier === undefined ? undefined : { bare, qualifier };
}
