import type { Change, Properties, PropertyValue } from './changes.ts';
import { spellingsOf } from './merge.ts';
import type { KnownEdge, KnownNode, Provenance } from './graph.ts';

/** What one source says of a node or an edge. */
interface Statement {
  properties: Properties;
  source: string;
}

/**
 * Changes that make a node again, one for each thing that a source said of it: values that later ones replaced come first,
 * with the sources that stated them; its other spellings come last.
 */
export function nodeStatements(node: Readonly<KnownNode>): Change[] {
  const { key, labels } = node;
  const said = statements(node).map(({ properties, source }): Change => ({
    op: 'upsert-node',
    node: { key, labels: [...labels], properties },
    source,
  }));
  const spelled = spellingsOf(node).map(({ key: spelling, name, source }): Change => ({
    op: 'upsert-node',
    node: { key, labels: [...labels], properties: {} },
    as: { key: spelling, name },
    source,
  }));
  return [...said, ...spelled];
}

/** The same of an edge. */
export function edgeStatements(edge: Readonly<KnownEdge>): Change[] {
  const { from, to, type, key } = edge;
  return statements(edge).map(({ properties, source }) => ({
    op: 'upsert-edge',
    edge: { from, to, type, ...(key === undefined ? {} : { key }), properties },
    source,
  }));
}

function statements({ properties, stated, earlier, sources }: Provenance & { properties: Properties }): Statement[] {
  const now = Map.groupBy(Object.entries(properties), ([property]) => stated[property]!);
  const bySource = [...now].map(([source, values]): Statement => ({ source, properties: Object.fromEntries(values) }));
  const replaced = earlier.map(({ property, value, source }): Statement => ({
    source,
    properties: Object.fromEntries<PropertyValue>([[property, value]]),
  }));
  const said = [...replaced, ...bySource];
  const silent = sources.filter((source) => !said.some((statement) => statement.source === source));
  const all = [...said, ...silent.map((source): Statement => ({ source, properties: {} }))];
  const order = new Map(sources.map((source, index) => [source, index]));
  // In the order in which the sources spoke, but what was replaced before what replaced it.
  const late = (statement: Statement): number => (replaced.includes(statement) ? 0 : 1);
  const first = all.toSorted((a, b) => late(a) - late(b) || order.get(a.source)! - order.get(b.source)!);
  return first[0]?.source === sources[0] || sources.length === 0
    ? first
    : [{ source: sources[0]!, properties: {} }, ...first];
}
