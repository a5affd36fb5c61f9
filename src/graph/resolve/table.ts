import { foldName } from '../../domain/fold-name.ts';
import type { Graph, KnownNode } from '../../domain/graph.ts';
import { spellingsOf } from '../../domain/merge.ts';
import { aliasesIn } from '../../domain/names.ts';
import { normalizeName } from '../../domain/text.ts';
import { listsOf, Numbers } from './lists.ts';
import type { Lists } from './lists.ts';

/** Neighbours of an entity that are compared: the rarest. */
const MOST_NEIGHBOURS = 64;

/** What is compared of the entities of a graph, each by its number: its place in the order in which they became known. */
export interface EntityTable {
  entities: number;
  /** Distinct names, folded where they can be: see `foldName`. */
  names: readonly string[];
  /**
   * The names of each entity, its own first; none where all are numbers or dates. Of `Paris (Texas)` with a neighbour Texas,
   * `Paris` is one.
   */
  namesOf: Lists;
  tokens: readonly string[];
  /** The words of each name, in order. */
  tokensOf: Lists;
  /** How much a word tells, from 0 (all names have it) to 1 (only one has): its inverse document frequency. */
  tokenWeights: Float32Array;
  /** Distinct sets of labels. */
  labelSets: readonly (readonly string[])[];
  labelSetOf: Int32Array;
  /** What the neighbours of each entity are called, as numbers of `names`: two spellings that fold into one are one. */
  neighboursOf: Lists;
  /** Beside `neighboursOf.items`: the neighbour's own number. */
  ends: Int32Array;
  /** Beside `neighboursOf.items`: the edge's type and direction. */
  types: Int32Array;
  /** How much it tells to have a neighbour called so, from 0 to 1, as {@link tokenWeights}. */
  neighbourWeights: Float32Array;
  /** What each type is called, after `>` where it leaves the entity, and `<` where it reaches it. */
  typeNames: readonly string[];
  /**
   * How far a type holds of one neighbour only, from 0 to 1: its functionality, entities that have it ÷ their neighbours by it
   * (PARIS: Suchanek, Abiteboul, Senellart, PVLDB 5(3), 2011).
   */
  typeWeights: Float32Array;
}

/** Reads what is compared out of a graph: a walk over its nodes and one over its edges. */
export function tableOf(graph: Graph): EntityTable {
  const names = new Numbers();
  const labelSets = new Numbers();
  const numbers = new Map<string, number>();
  const namesOf: number[][] = [];
  const calledOf: number[] = [];
  const labelSetOf: number[] = [];
  const qualified: { entity: number; name: number; qualifier: number }[] = [];
  for (const node of graph.nodes.values()) {
    const entity = numbers.size;
    numbers.set(node.key, entity);
    const all = namesOfNode(node);
    const folded = all.map(foldName).filter((name) => name !== undefined);
    namesOf.push([...new Set(folded)].map((name) => names.of(name)));
    calledOf.push(names.of(folded[0] ?? normalizeName(all[0]!)));
    labelSetOf.push(labelSets.of(JSON.stringify(node.labels.toSorted())));
    for (const name of all) {
      const parts = parted(name);
      if (parts === undefined) continue;
      qualified.push({ entity, name: names.of(parts.bare), qualifier: names.of(parts.qualifier) });
    }
  }
  const neighbours = neighboursIn(graph, numbers, calledOf, names.texts);
  for (const { entity, name, qualifier } of qualified) {
    const { starts, items } = neighbours.neighboursOf;
    const isNeighbour = items.subarray(starts[entity], starts[entity + 1]).includes(qualifier);
    if (isNeighbour && !namesOf[entity]!.includes(name)) namesOf[entity]!.push(name);
  }
  return {
    entities: numbers.size,
    names: names.texts,
    namesOf: listsOf(namesOf),
    ...tokensIn(names.texts),
    labelSets: labelSets.texts.map((labels) => JSON.parse(labels) as string[]),
    labelSetOf: Int32Array.from(labelSetOf),
    ...neighbours,
  };
}

function namesOfNode(node: Readonly<KnownNode>): string[] {
  const { key, properties } = node;
  const names = [String(properties['name'] ?? key)];
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

function tokensIn(names: readonly string[]): Pick<EntityTable, 'tokens' | 'tokensOf' | 'tokenWeights'> {
  const tokens = new Numbers();
  const tokensOf = listsOf(names.map((name) => name.split(' ').map((token) => tokens.of(token))));
  const counts = new Int32Array(tokens.texts.length);
  for (const token of tokensOf.items) counts[token]! += 1;
  return { tokens: tokens.texts, tokensOf, tokenWeights: weightsOf(counts, names.length) };
}

interface Neighbour {
  called: number;
  end: number;
  type: number;
}

function neighboursIn(
  graph: Graph,
  numbers: ReadonlyMap<string, number>,
  calledOf: readonly number[],
  names: readonly string[],
): Pick<EntityTable, 'neighboursOf' | 'ends' | 'types' | 'neighbourWeights' | 'typeNames' | 'typeWeights'> {
  const types = new Numbers();
  const found: Neighbour[][] = calledOf.map(() => []);
  for (const { from, to, type } of graph.edges.values()) {
    const [one, other] = [numbers.get(from)!, numbers.get(to)!];
    if (one === other) continue;
    found[one]!.push({ called: calledOf[other]!, end: other, type: types.of(`>${type}`) });
    found[other]!.push({ called: calledOf[one]!, end: one, type: types.of(`<${type}`) });
  }
  const ofName = new Int32Array(names.length);
  const having = new Int32Array(types.texts.length);
  const ofType = new Int32Array(types.texts.length);
  for (const neighbours of found) {
    for (const called of new Set(neighbours.map((neighbour) => neighbour.called))) ofName[called]! += 1;
    for (const type of new Set(neighbours.map((neighbour) => neighbour.type))) having[type]! += 1;
    for (const { type } of neighbours) ofType[type]! += 1;
  }
  const rarest = (a: Neighbour, b: Neighbour): number =>
    ofName[a.called]! - ofName[b.called]! ||
    compare(names[a.called]!, names[b.called]!) ||
    compare(types.texts[a.type]!, types.texts[b.type]!);
  const kept = found.map((neighbours) =>
    (neighbours.length > MOST_NEIGHBOURS ? neighbours.sort(rarest).slice(0, MOST_NEIGHBOURS) : neighbours).sort(
      (a, b) => a.called - b.called,
    ),
  );
  const all = kept.flat();
  return {
    neighboursOf: listsOf(kept.map((neighbours) => neighbours.map((neighbour) => neighbour.called))),
    ends: Int32Array.from(all, ({ end }) => end),
    types: Int32Array.from(all, ({ type }) => type),
    neighbourWeights: weightsOf(ofName, calledOf.length),
    typeNames: types.texts,
    typeWeights: Float32Array.from(having, (count, type) => count / ofType[type]!),
  };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Inverse document frequencies, the rarest of which is 1. */
function weightsOf(counts: Int32Array, total: number): Float32Array {
  const most = Math.log(total + 1);
  return Float32Array.from(counts, (count) => (count === 0 || most === 0 ? 0 : Math.log((total + 1) / count) / most));
}
