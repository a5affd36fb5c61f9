import { foldName } from '../../domain/fold-name.ts';
import { nameOfNode } from '../../domain/graph.ts';
import type { Graph, KnownNode } from '../../domain/graph.ts';
import { spellingsOf } from '../../domain/merge.ts';
import { aliasesIn } from '../../domain/names.ts';
import { normalizeName } from '../../domain/text.ts';
import { listsOf, ListsMaking, Numbers } from './lists.ts';
import type { Lists } from './lists.ts';
import { neighboursIn } from './neighbours-in.ts';
import type { Neighbours } from './neighbours-in.ts';
import { NameSimilarity } from './names.ts';
import { reliabilitiesOf } from './reliabilities.ts';
import { weightsOf } from './weights.ts';

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
  tokens: readonly string[];
  /** The words of each name, in order. */
  tokensOf: Lists;
  /** How much a word tells, from 0 (all names have it) to 1 (only one has): its inverse document frequency. */
  tokenWeights: Float32Array;
  /** Distinct sets of labels. */
  labelSets: readonly (readonly string[])[];
  labelSetOf: Int32Array;
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
    const all = namesIn(node);
    const folded = all.map(foldName).filter((name) => name !== undefined);
    namesOf.push((folded.length > 1 ? [...new Set(folded)] : folded).map((name) => names.of(name)));
    calledOf.push(names.of(folded[0] ?? normalizeName(all[0]!)));
    labelSetOf.push(labelSets.of(node.labels.toSorted().join('\n')));
    for (const name of all) {
      const parts = parted(name);
      if (parts === undefined) continue;
      qualified.push({ entity, name: names.of(parts.bare), qualifier: names.of(parts.qualifier) });
    }
  }
  const full = namesOf.map(({ length }) => length);
  const neighbours = neighboursIn(graph, numbers, calledOf, names.texts);
  for (const { entity, name, qualifier } of qualified) {
    const { starts, items } = neighbours.neighboursOf;
    const isNeighbour = items.subarray(starts[entity], starts[entity + 1]).includes(qualifier);
    if (isNeighbour && !namesOf[entity]!.includes(name)) namesOf[entity]!.push(name);
  }
  const all = listsOf(namesOf);
  const table: EntityTable = {
    entities: numbers.size,
    names: names.texts,
    namesOf: all,
    bareFrom: all.starts.subarray(0, -1).map((start, entity) => start + full[entity]!),
    ...tokensIn(names.texts),
    labelSets: labelSets.texts.map((labels) => labels.split('\n')),
    labelSetOf: Int32Array.from(labelSetOf),
    ...neighbours,
  };
  const reliabilities = reliabilitiesOf(table, new NameSimilarity(table));
  return { ...table, typeWeights: table.typeWeights.map((weight, type) => weight * reliabilities[type]!) };
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

function tokensIn(names: readonly string[]): Pick<EntityTable, 'tokens' | 'tokensOf' | 'tokenWeights'> {
  const tokens = new Numbers();
  const making = new ListsMaking();
  for (const name of names) {
    for (const token of name.split(' ')) making.add(tokens.of(token));
    making.end();
  }
  const tokensOf = making.made();
  const counts = new Int32Array(tokens.texts.length);
  for (const token of tokensOf.items) counts[token]! += 1;
  return { tokens: tokens.texts, tokensOf, tokenWeights: weightsOf(counts, names.length) };
}
