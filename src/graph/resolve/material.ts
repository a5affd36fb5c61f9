import type { OrderedMap } from 'immutable';
import { nameOfNode } from '../../domain/graph.ts';
import type { Graph, KnownNode } from '../../domain/graph.ts';
import { spellingsOf } from '../../domain/merge.ts';
import { aliasesIn } from '../../domain/names.ts';
import { Numbers } from './lists.ts';

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
 * Reads what is compared out of a graph: a walk over its nodes and one over its edges. What they hold lies all over memory, so that each
 * thing is read in a loop of its own, which waits for several at once.
 *
 * @param nodes of the graph, in their order: whoever needs them too walks over them once
 */
export function materialOf(graph: Graph, nodes: readonly Readonly<KnownNode>[] = valuesOf(graph.nodes)): Material {
  const entities = nodes.length;
  const numbers = new Map<string, number>();
  for (let entity = 0; entity < entities; entity += 1) numbers.set(nodes[entity]!.key, entity);
  const labelSets = new Numbers();
  const labelSetOf = new Int32Array(entities);
  for (let entity = 0; entity < entities; entity += 1) {
    const { labels } = nodes[entity]!;
    labelSetOf[entity] = labelSets.of(labels.length === 1 ? labels[0]! : labels.toSorted().join('\n'));
  }
  return {
    entities,
    ...namesIn(nodes),
    labelSets: labelSets.texts.map((labels) => labels.split('\n')),
    labelSetOf,
    ...edgesOf(graph, numbers),
  };
}

/** The values of a map, in its order: Immutable's iterators make an object for each. */
export function valuesOf<Value>(map: OrderedMap<string, Value>): Value[] {
  return map.valueSeq().toArray();
}

function edgesOf(
  graph: Graph,
  numbers: ReadonlyMap<string, number>,
): Pick<Material, 'from' | 'to' | 'types' | 'typeNames'> {
  const edges = valuesOf(graph.edges);
  const typeNames = new Numbers();
  const count = edges.length;
  const [from, to, types] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)];
  // Edges of one node mostly became known together.
  let [last, one] = ['', 0];
  for (let edge = 0; edge < count; edge += 1) {
    const key = edges[edge]!.from;
    if (key !== last) one = numbers.get(key)!;
    last = key;
    from[edge] = one;
  }
  for (let edge = 0; edge < count; edge += 1) to[edge] = numbers.get(edges[edge]!.to)!;
  let joining = 0;
  for (let edge = 0; edge < count; edge += 1) {
    if (from[edge] === to[edge]) continue;
    from[joining] = from[edge]!;
    to[joining] = to[edge]!;
    types[joining] = typeNames.of(edges[edge]!.type);
    joining += 1;
  }
  const joined = (values: Int32Array): Int32Array => values.subarray(0, joining);
  return { from: joined(from), to: joined(to), types: joined(types), typeNames: typeNames.texts };
}

function namesIn(nodes: readonly Readonly<KnownNode>[]): Pick<Material, 'names' | 'namesFrom'> {
  const names: string[] = [];
  const namesFrom = new Int32Array(nodes.length + 1);
  for (let entity = 0; entity < nodes.length; entity += 1) {
    const node = nodes[entity]!;
    const { properties } = node;
    names.push(nameOfNode(node));
    if (node.merged !== undefined) for (const { name } of spellingsOf(node)) names.push(name);
    for (const property in properties) {
      for (const alias of aliasesIn(property, properties[property])) names.push(alias);
    }
    namesFrom[entity + 1] = names.length;
  }
  return { names, namesFrom };
}
