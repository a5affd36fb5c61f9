import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeId } from '../../src/domain/changes.ts';
import type { Batch, Change, Properties } from '../../src/domain/changes.ts';
import { applyBatch } from '../../src/domain/graph.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { canonicalJson } from '../../src/domain/text.ts';
import { differenceOf, foldBatches, isEmptyDifference } from '../../src/graph/difference.ts';
import type { GraphDifference } from '../../src/graph/difference.ts';
import { upsertEdge, upsertNode } from '../support/graphs.ts';
import { SEEDED } from '../support/property.ts';

const [ADA, PERU] = ['Person:ada', 'Country:peru'];

function batchesOf(...batches: Change[][]): Batch[] {
  return batches.map((changes, base) => ({ revision: base + 1, base, changes }));
}

/** The difference from revision `from` to the last. */
function difference(from: number, ...batches: Change[][]): GraphDifference {
  const all = batchesOf(...batches);
  return differenceOf(foldBatches(all.slice(0, from)), all.slice(from));
}

describe('the difference between two revisions', () => {
  it('names what was added, with its sources', () => {
    const { from, to, added, ...rest } = difference(
      1,
      [upsertNode('Person', 'Ada', {}, 'one')],
      [upsertNode('Country', 'Peru', { area: 1 }, 'two'), upsertEdge(ADA, 'LEADS', PERU, { source: 'three' })],
    );
    expect([from, to]).toEqual([1, 2]);
    expect(added.nodes).toEqual([
      { key: PERU, name: 'Peru', labels: ['Country'], properties: { name: 'Peru', area: 1 }, sources: ['two'] },
    ]);
    expect(added.edges).toMatchObject([
      { from: ADA, fromName: 'Ada', to: PERU, toName: 'Peru', type: 'LEADS', sources: ['three'] },
    ]);
    expect(rest).toEqual({ changed: [], labels: [], retracted: { nodes: [], edges: [] }, merged: [], split: [] });
  });

  it('names values of before and after, and labels, with the later source', () => {
    const { changed, labels, added } = difference(
      1,
      [upsertNode('Country', 'Peru', { area: 1 }, 'one')],
      [upsertNode('Country', 'Peru', { area: 2, capital: 'Lima' }, 'two')],
      [{ op: 'upsert-node', node: { key: PERU, labels: ['State'], properties: { area: 3 } }, source: 'three' }],
    );
    expect(added.nodes).toEqual([]);
    expect(changed).toMatchObject([
      { of: { node: { key: PERU } }, property: 'area', before: 1, after: 3, source: 'three' },
      { property: 'capital', after: 'Lima', source: 'two' },
    ]);
    expect(changed[1]).not.toHaveProperty('before');
    expect(labels).toMatchObject([{ node: { name: 'Peru' }, label: 'State', added: true, source: 'three' }]);
  });

  it('names what was retracted, with what retracted it, also where an edge went with its end', () => {
    const two = [upsertNode('Person', 'Ada'), upsertNode('Country', 'Peru')];
    const retractEdge: Change = { op: 'retract-edge', from: ADA, to: PERU, type: 'LEADS', source: 'three' };
    const leads = upsertEdge(ADA, 'LEADS', PERU, { source: 'two' });
    expect(difference(1, [...two, leads], [retractEdge]).retracted).toMatchObject({
      nodes: [],
      edges: [{ fromName: 'Ada', toName: 'Peru', source: 'three' }],
    });
    const restated = difference(1, [...two, leads], [leads], [{ op: 'retract-node', key: PERU, source: 'four' }]);
    expect(restated.retracted).toMatchObject({
      nodes: [{ name: 'Peru', source: 'four' }],
      edges: [{ type: 'LEADS', source: 'four' }],
    });
  });

  it('says nothing of what came and went between, or came back as it was', () => {
    const peru = upsertNode('Country', 'Peru', { area: 1 });
    const ada = upsertNode('Person', 'Ada');
    const gone = (key: string): Change => ({ op: 'retract-node', key, source: 'a test' });
    expect(isEmptyDifference(difference(1, [peru], [ada, gone(PERU)], [gone(ADA), peru]))).toBe(true);
    expect(difference(1, [peru], [gone(PERU)], [upsertNode('Country', 'Peru')]).changed).toMatchObject([
      { property: 'area', before: 1 },
    ]);
  });

  it('is enough to make the later graph of the earlier one', () => {
    fc.assert(
      fc.property(anyChanges, fc.nat(4), (changes, at) => {
        const batches = batchesOf(...changes);
        const from = Math.min(at, batches.length);
        const before = foldBatches(batches.slice(0, from));
        const difference = differenceOf(before, batches.slice(from));
        const made = follow(before, difference);
        expect(difference.to).toBe(batches.length);
        expect(contentOf(made)).toEqual(contentOf(foldBatches(batches)));
      }),
      SEEDED,
    );
  });
});

const name = fc.constantFrom('a', 'b', 'c');
const properties = fc.dictionary(fc.constantFrom('p', 'q'), fc.nat(2));
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(name, fc.constantFrom('L', 'M'), properties).map(([key, label, values]): Change => ({
    op: 'upsert-node',
    node: { key, labels: [label], properties: values },
    source: 's',
  })),
  fc.tuple(name, name, properties).map(([from, to, values]) => upsertEdge(from, 'T', to, { properties: values })),
  name.map((key): Change => ({ op: 'retract-node', key, source: 's' })),
  fc.tuple(name, name).map(([from, to]): Change => ({ op: 'retract-edge', from, to, type: 'T', source: 's' })),
);
const anyChanges = fc.array(fc.array(anyChange, { maxLength: 5 }), { minLength: 1, maxLength: 5 });

/** Makes of a graph what a difference says has become of it. */
function follow(before: Graph, difference: GraphDifference): Graph {
  const { added, changed, labels, retracted } = difference;
  let nodes = before.nodes.deleteAll(retracted.nodes.map(({ key }) => key));
  let edges = before.edges.deleteAll(retracted.edges.map(edgeId));
  for (const { of, property, after } of changed) {
    const withProperty = <T extends { properties: Properties }>(item: T): T => {
      const { [property]: _, ...others } = item.properties;
      return { ...item, properties: after === undefined ? others : { ...others, [property]: after } };
    };
    if ('node' in of) nodes = nodes.update(of.node.key, (known) => withProperty(known!));
    else edges = edges.update(edgeId(of.edge), (known) => withProperty(known!));
  }
  for (const { node, label, added: given } of labels) {
    const { labels: had, ...known } = nodes.get(node.key)!;
    nodes = nodes.set(node.key, {
      ...known,
      labels: given ? [...had, label] : had.filter((other) => other !== label),
    });
  }
  const changes = [
    ...added.nodes.map((node): Change => ({ op: 'upsert-node', node, source: 's' })),
    ...added.edges.map((edge): Change => ({ op: 'upsert-edge', edge, source: 's' })),
  ];
  const { revision } = before;
  return applyBatch({ revision, nodes, edges }, { revision: revision + 1, base: revision, changes });
}

function contentOf(graph: Graph): string[] {
  const nodes = [...graph.nodes.values()].map((node) => ({
    key: node.key,
    labels: node.labels.toSorted(),
    properties: node.properties,
  }));
  const edges = [...graph.edges].map(([id, edge]) => ({ id, properties: edge.properties }));
  return [...nodes, ...edges].map(canonicalJson).sort();
}
