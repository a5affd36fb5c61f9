import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/changes.ts';
import { applyBatch } from '../../src/domain/graph.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { spellingsOf } from '../../src/domain/merge.ts';
import { touchedBy } from '../../src/domain/touched.ts';
import { toDocument } from '../../src/graph/export.ts';
import { anyChange, anyChanges, graphOf, upsertEdge, upsertNode } from '../support/graphs.ts';
import { SEEDED } from '../support/property.ts';

const A = 'Thing:a';
const B = 'Thing:b';
const merge: Change = { op: 'merge-node', key: B, into: A, source: 'an alias' };
const split: Change = { op: 'split-node', key: A, spelling: B, source: 'a person' };
/** Both are there, whatever came before. */
const both = [upsertNode('Thing', 'a', {}, 'first'), upsertNode('Thing', 'b', {}, 'first')];

function content(graph: Graph) {
  const { nodes, edges } = toDocument(graph);
  return { nodes, edges };
}

/** A batch in the same place, whether something was merged before it or not: revisions show in what it makes. */
function apply(graph: Graph, changes: Change[]): Graph {
  return applyBatch(graph, { revision: graph.revision + 1, base: graph.revision, changes });
}

/** A change of B as it is written once B is a spelling of A; undefined where it cannot be: it would end what is merged. */
function underSpelling(change: Change): Change | undefined {
  const moved = (key: string): string => (key === B ? A : key);
  switch (change.op) {
    case 'upsert-node': {
      const { key, labels, properties } = change.node;
      if (key !== B) return change;
      const { name: _, ...others } = properties;
      return { ...change, node: { key: A, labels, properties: others }, as: { key: B, name: 'b' } };
    }
    case 'upsert-edge': {
      const { from, to } = change.edge;
      const ends = { from: moved(from), to: moved(to) };
      return { ...change, edge: { ...change.edge, ...ends }, as: { from, to } };
    }
    default:
      return undefined;
  }
}

/** As it is written of a node whose name is known. */
function withoutName(change: Change): Change {
  if (change.op !== 'upsert-node' || change.node.key !== B) return change;
  const { name: _, ...properties } = change.node.properties;
  return { ...change, node: { ...change.node, properties } };
}

describe('merging a node into another', () => {
  it('moves its edges, unites properties, and keeps what it was', () => {
    const graph = graphOf(
      [
        upsertNode('Thing', 'a', { size: 1 }, 'first'),
        upsertNode('Thing', 'b', { size: 2, since: 3 }, 'second'),
        upsertNode('Place', 'd'),
        upsertEdge(B, 'NEAR', 'Place:d', { source: 'second' }),
      ],
      [merge],
    );
    expect([...graph.nodes.keys()].sort()).toEqual(['Place:d', A].sort());
    const node = graph.nodes.get(A)!;
    expect(node).toMatchObject({
      properties: { name: 'a', size: 2, since: 3 },
      stated: { name: 'first', size: 'second', since: 'second' },
      earlier: [{ property: 'size', value: 1, source: 'first' }],
      sources: ['first', 'second'],
    });
    expect(spellingsOf(node)).toEqual([{ key: B, name: 'b', source: 'an alias', since: 1 }]);
    expect([...graph.edges.values()]).toMatchObject([{ from: A, to: 'Place:d', sources: ['second'] }]);
  });

  it('is undone by a split, exactly', () => {
    fc.assert(
      fc.property(fc.array(anyChanges, { maxLength: 4 }), (earlier) => {
        const graph = graphOf(...earlier, both);
        expect(content(apply(apply(graph, [merge]), [split]))).toEqual(content(graph));
      }),
      SEEDED,
    );
  });

  it('is undone with other merges about it, in any order', () => {
    const keys = fc.constantFrom(A, B, 'Person:c', 'Place:d');
    const merges = fc.array(fc.tuple(keys, keys), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(anyChanges, { maxLength: 3 }), merges, keys, keys, (earlier, others, key, into) => {
        const merging = (from: string, to: string): Change => ({ op: 'merge-node', key: from, into: to, source: 's' });
        const graph = graphOf(
          ...earlier,
          both,
          others.map(([from, to]) => merging(from, to)),
        );
        fc.pre(graph.nodes.has(key) && graph.nodes.has(into) && key !== into);
        const merged = apply(graph, [merging(key, into)]);
        expect(merged.nodes.has(key)).toBe(false);
        const undone = apply(merged, [{ op: 'split-node', key: into, spelling: key, source: 's' }]);
        expect(content(undone)).toEqual(content(graph));
      }),
      SEEDED,
    );
  });

  it('takes what is said under the spelling out with it: as if nothing had been merged', () => {
    const said = fc.array(anyChange, { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(anyChanges, { maxLength: 3 }), said, (earlier, later) => {
        const graph = graphOf(...earlier, both);
        const pairs = later.map(withoutName).flatMap((change) => {
          const under = underSpelling(change);
          return under === undefined ? [] : [{ change, under }];
        });
        const apart = apply(
          apply(graph, []),
          pairs.map(({ change }) => change),
        );
        const together = apply(
          apply(graph, [merge]),
          pairs.map(({ under }) => under),
        );
        expect(content(apply(together, [split]))).toEqual(content(apart));
      }),
      SEEDED,
    );
  });

  it('touches what the helper of the back ends says', () => {
    fc.assert(
      fc.property(fc.array(anyChanges, { maxLength: 3 }), anyChanges, (earlier, more) => {
        const graph = graphOf(...earlier, both);
        const spelled = more.flatMap((change) => underSpelling(change) ?? []);
        for (const changes of [
          [merge, ...spelled],
          [...spelled, merge, split],
        ]) {
          const batch = { revision: graph.revision + 1, base: graph.revision, changes };
          const after = applyBatch(graph, batch);
          const { nodes, edges } = touchedBy(graph, after, batch.changes);
          for (const key of [...graph.nodes.keys(), ...after.nodes.keys()])
            if (graph.nodes.get(key) !== after.nodes.get(key)) expect(nodes).toContain(key);
          for (const id of [...graph.edges.keys(), ...after.edges.keys()])
            if (graph.edges.get(id) !== after.edges.get(id)) expect(edges).toContain(id);
        }
      }),
      SEEDED,
    );
  });

  it('does nothing where one of the two is not there, and no split where the spelling is not known', () => {
    const graph = graphOf([upsertNode('Thing', 'a')]);
    for (const change of [merge, split, { ...merge, key: A }]) {
      expect(content(apply(graph, [change]))).toEqual(content(graph));
    }
  });
});
