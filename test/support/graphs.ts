import fc from 'fast-check';
import type { Change, Properties } from '../../src/domain/changes.ts';
import { nodeKey } from '../../src/domain/changes.ts';
import { applyBatch, emptyGraph } from '../../src/domain/graph.ts';
import type { Graph } from '../../src/domain/graph.ts';

export function upsertNode(label: string, name: string, properties: Properties = {}, source = 'a test'): Change {
  const node = { key: nodeKey(label, name), labels: [label], properties: { name, ...properties } };
  return { op: 'upsert-node', node, source };
}

/** @param from key of a node, as `Person:ada` */
export function upsertEdge(
  from: string,
  type: string,
  to: string,
  { properties = {}, key, source = 'a test' }: { properties?: Properties; key?: string; source?: string } = {},
): Change {
  return { op: 'upsert-edge', edge: { from, to, type, ...(key === undefined ? {} : { key }), properties }, source };
}

/** The graph after batches of these changes, one batch an argument. */
export function graphOf(...batches: Change[][]): Graph {
  let graph = emptyGraph();
  for (const changes of batches)
    graph = applyBatch(graph, { revision: graph.revision + 1, base: graph.revision, changes });
  return graph;
}

/** So many nodes `Thing:thing I`, for graphs that are large. */
export function manyNodes(count: number, properties: Properties = {}): Change[] {
  return Array.from({ length: count }, (_, index) => upsertNode('Thing', `thing ${index}`, properties));
}

const anyProperties = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.oneof(fc.string({ maxLength: 500 }), fc.double(), fc.boolean()),
  { maxKeys: 8 },
);

/** Graphs of any content, with long and odd words. */
export const anyGraph: fc.Arbitrary<Graph> = fc
  .record({
    nodes: fc.array(
      fc.record({
        key: fc.string({ minLength: 1, maxLength: 20 }),
        labels: fc.array(fc.string({ maxLength: 200 }), { minLength: 1, maxLength: 3 }),
        properties: anyProperties,
      }),
      { maxLength: 20 },
    ),
    edges: fc.array(
      fc.record({ from: fc.nat(), to: fc.nat(), type: fc.string({ maxLength: 200 }), properties: anyProperties }),
      { maxLength: 30 },
    ),
  })
  .map(({ nodes, edges }) => {
    const keyAt = (index: number): string => nodes[index % Math.max(1, nodes.length)]?.key ?? '';
    return graphOf([
      ...nodes.map((node): Change => ({ op: 'upsert-node', node, source: 'a test' })),
      ...edges.map((edge) => upsertEdge(keyAt(edge.from), edge.type, keyAt(edge.to), { properties: edge.properties })),
    ]);
  });

const fewKeys = fc.constantFrom('Thing:a', 'Thing:b', 'Person:c', 'Place:d');
const fewSources = fc.constantFrom('first', 'second', 'third');
const fewTypes = fc.constantFrom('NEAR', 'LEADS');
const fewProperties = fc.dictionary(fc.constantFrom('size', 'since', 'constructor'), fc.integer({ min: 0, max: 3 }));

/** One change of few things, so that changes meet. */
export const anyChange: fc.Arbitrary<Change> = fc.oneof(
  fc
    .record({ key: fewKeys, properties: fewProperties, source: fewSources })
    .map(({ key, properties, source }): Change => {
      const [label, name] = key.split(':') as [string, string];
      return { op: 'upsert-node', node: { key, labels: [label], properties: { name, ...properties } }, source };
    }),
  fc
    .record({ from: fewKeys, to: fewKeys, type: fewTypes, properties: fewProperties, source: fewSources })
    .map(({ source, ...edge }): Change => ({ op: 'upsert-edge', edge, source })),
  fc.record({ key: fewKeys, source: fewSources }).map((change): Change => ({ op: 'retract-node', ...change })),
  fc
    .record({ from: fewKeys, to: fewKeys, type: fewTypes, source: fewSources })
    .map((change): Change => ({ op: 'retract-edge', ...change })),
);

export const anyChanges: fc.Arbitrary<Change[]> = fc.array(anyChange, { maxLength: 12 });
