import { nameOfNode } from '../../domain/graph.ts';
import type { Graph, KnownNode } from '../../domain/graph.ts';
import { spellingsOf } from '../../domain/merge.ts';
import { aliasesIn } from '../../domain/names.ts';
import { Integers, Numbers } from './lists.ts';

/**
 * What is compared of a graph, as it stands there: all else is worked out where it is compared. An entity is known by its number, its
 * place in the order in which entities became known.
 */
export interface Material {
  entities: number;
  /** All names, those of one entity after those of another: its own first, then its spellings and aliases. */
  names: readonly string[];
  /** Where in `names` each entity's begin, and after the last, where they end. */
  namesFrom: Int32Array;
  /** Distinct sets of labels. */
  labelSets: readonly (readonly string[])[];
  labelSetOf: Int32Array;
  /** Of each edge that joins two entities: the one that it leaves. */
  from: Int32Array;
  /** Beside `from`: the one that it reaches. */
  to: Int32Array;
  /** Beside `from`: its type, as a place in `typeNames`. */
  types: Int32Array;
  typeNames: readonly string[];
}

/**
 * Reads what is compared out of a graph: a walk over its nodes and one over its edges.
 *
 * @param nodes of the graph, in their order: whoever needs them too walks over them once
 */
export function materialOf(graph: Graph, nodes: readonly Readonly<KnownNode>[] = [...graph.nodes.values()]): Material {
  const entities = nodes.length;
  const numbers = new Map<string, number>();
  const names: string[] = [];
  const namesFrom = new Int32Array(entities + 1);
  const labelSets = new Numbers();
  const labelSetOf = new Int32Array(entities);
  for (let entity = 0; entity < entities; entity += 1) {
    const node = nodes[entity]!;
    numbers.set(node.key, entity);
    addNames(names, node);
    namesFrom[entity + 1] = names.length;
    labelSetOf[entity] = labelSets.of(node.labels.length === 1 ? node.labels[0]! : node.labels.toSorted().join('\n'));
  }
  return {
    entities,
    names,
    namesFrom,
    labelSets: labelSets.texts.map((labels) => labels.split('\n')),
    labelSetOf,
    ...edgesOf(graph, numbers),
  };
}

function edgesOf(
  graph: Graph,
  numbers: ReadonlyMap<string, number>,
): Pick<Material, 'from' | 'to' | 'types' | 'typeNames'> {
  const typeNames = new Numbers();
  const [from, to, types] = [0, 0, 0].map(() => new Integers(graph.edges.size)) as [Integers, Integers, Integers];
  // Edges of one node mostly became known together.
  let [last, one] = ['', 0];
  for (const edge of graph.edges.values()) {
    if (edge.from !== last) one = numbers.get(edge.from)!;
    last = edge.from;
    const other = numbers.get(edge.to)!;
    if (one === other) continue;
    from.push(one);
    to.push(other);
    types.push(typeNames.of(edge.type));
  }
  return { from: from.all, to: to.all, types: types.all, typeNames: typeNames.texts };
}

function addNames(names: string[], node: Readonly<KnownNode>): void {
  const { properties } = node;
  names.push(nameOfNode(node));
  if (node.merged !== undefined) for (const { name } of spellingsOf(node)) names.push(name);
  for (const property in properties) {
    for (const alias of aliasesIn(property, properties[property])) names.push(alias);
  }
}
