import { edgeId, endsAs } from './changes.ts';
import type { Change, Properties, Spelling } from './changes.ts';
import { knownNames } from './graph.ts';
import type { Graph, KnownEdge, KnownNode } from './graph.ts';
import { rememberedSource, runOfSource } from './knowledge.ts';
import { spellingsOf } from './merge.ts';
import { EntityIndex } from './resolve-entities.ts';
import { edgeStatements, nodeStatements } from './statements.ts';
import { normalizeName } from './text.ts';

/** Whether the knowledge graph holds anything that a run has said. */
export function isRemembered(knowledge: Graph, run: string): boolean {
  const says = ({ sources }: { sources: readonly string[] }): boolean =>
    sources.some((source) => runOfSource(source) === run);
  return knowledge.nodes.some(says) || knowledge.edges.some(says);
}

/**
 * What a run's graph adds to the knowledge graph, each thing with its source. What is there under the same name, or by rule
 * under another spelling, is the same thing; a fact that is there with the same value gains the source.
 */
export function rememberChanges(knowledge: Graph, own: Graph, run: string): Change[] {
  const places = new Places(knowledge);
  const changes: Change[] = [];
  for (const node of own.nodes.values()) {
    const { key, as } = places.of(node);
    const known = knowledge.nodes.get(key);
    const spelled = new Set(known === undefined ? [] : spellingsOf(known).map((spelling) => spelling.key));
    for (const change of nodeStatements(node)) {
      if (change.op !== 'upsert-node') continue;
      const spelling = change.as ?? as;
      const source = rememberedSource(run, change.source);
      const isNew = spelling !== undefined && spelling.key !== key && !spelled.has(spelling.key);
      if (isSaid(known, source) && !isNew) continue;
      const properties = withoutOtherName(known, change.node.properties);
      changes.push({
        op: 'upsert-node',
        node: { key, labels: [...node.labels], properties },
        ...(spelling === undefined ? {} : { as: spelling }),
        source,
      });
    }
  }
  for (const edge of own.edges.values()) {
    const [from, to] = [places.ofKey(edge.from), places.ofKey(edge.to)];
    const ends = { from: from.key, to: to.key };
    const as = endsAs(from.as?.key, to.as?.key);
    for (const change of edgeStatements(edge)) {
      if (change.op !== 'upsert-edge') continue;
      const source = rememberedSource(run, change.source);
      if (isSaid(knowledge.edges.get(edgeId({ ...edge, ...ends })), source)) continue;
      const stated = { ...change.edge, ...ends };
      changes.push({ op: 'upsert-edge', edge: stated, ...(as === undefined ? {} : { as }), source });
    }
  }
  return changes;
}

interface Place {
  key: string;
  /** Where it is there under another spelling. */
  as?: Spelling;
}

/** Where in the knowledge graph the nodes of a run are. */
class Places {
  readonly #knowledge: Graph;
  readonly #names: ReadonlyMap<string, string>;
  readonly #entities: EntityIndex;
  readonly #places = new Map<string, Place>();

  constructor(knowledge: Graph) {
    this.#knowledge = knowledge;
    this.#names = knownNames(knowledge);
    this.#entities = new EntityIndex(knowledge);
  }

  of(node: Readonly<KnownNode>): Place {
    const place = this.#find(node);
    this.#places.set(node.key, place);
    return place;
  }

  /** Of a node that was looked for before. */
  ofKey(key: string): Place {
    return this.#places.get(key)!;
  }

  #find({ key, labels, properties }: Readonly<KnownNode>): Place {
    if (this.#knowledge.nodes.has(key)) return { key };
    const name = String(properties['name'] ?? key);
    const normalized = normalizeName(name);
    const named = this.#names.get(normalized);
    if (named !== undefined) return { key: named };
    const found =
      this.#entities.spelled(normalized) ?? this.#entities.find({ name, label: labels[0] ?? 'Thing', properties });
    if (found === undefined) return { key };
    return { key: found, as: this.#entities.spellingOf(found, normalized) ?? { key, name } };
  }
}

/** Whether all that a source says of a thing is known already: what was recalled is. */
function isSaid(known: Readonly<KnownNode> | Readonly<KnownEdge> | undefined, source: string): boolean {
  return known?.sources.includes(source) === true;
}

/** A thing keeps the name by which it became known. */
function withoutOtherName(known: Readonly<KnownNode> | undefined, properties: Properties): Properties {
  if (known === undefined || known.properties['name'] === properties['name']) return properties;
  const { name: _, ...others } = properties;
  return others;
}
