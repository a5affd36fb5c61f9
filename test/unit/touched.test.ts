import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/changes.ts';
import { edgeId } from '../../src/domain/changes.ts';
import { applyBatch } from '../../src/domain/graph.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { touchedBy } from '../../src/domain/touched.ts';
import { anyChanges, graphOf, upsertEdge, upsertNode } from '../support/graphs.ts';
import { SEEDED } from '../support/property.ts';

function touched(graph: Graph, changes: Change[]) {
  const batch = { revision: graph.revision + 1, base: graph.revision, changes };
  const after = applyBatch(graph, batch);
  return { after, ...touchedBy(graph, after, batch.changes) };
}

describe('touchedBy', () => {
  it('names everything that differs between the graphs before and after a batch', () => {
    fc.assert(
      fc.property(fc.array(anyChanges, { maxLength: 4 }), anyChanges, (earlier, changes) => {
        const before = graphOf(...earlier);
        const { after, nodes, edges } = touched(before, changes);
        const differing = (part: 'nodes' | 'edges'): string[] =>
          [...new Set([...before[part].keys(), ...after[part].keys()])].filter(
            (id) => JSON.stringify(before[part].get(id)) !== JSON.stringify(after[part].get(id)),
          );
        expect(nodes).toEqual(new Set([...nodes, ...differing('nodes')]));
        expect(edges).toEqual(new Set([...edges, ...differing('edges')]));
      }),
      SEEDED,
    );
  });

  it('names no more than the batch speaks of, and the edges of nodes that ended', () => {
    const names = ['A', 'B', 'C', 'D'];
    const edge = (from: string, to: string) => upsertEdge(`Thing:${from}`, 'NEAR', `Thing:${to}`);
    const before = graphOf([
      ...names.map((name) => upsertNode('Thing', name)),
      edge('a', 'b'),
      edge('b', 'c'),
      edge('c', 'd'),
    ]);
    const { nodes, edges } = touched(before, [
      { op: 'retract-node', key: 'Thing:a', source: 's' },
      upsertNode('Thing', 'C', { size: 3 }),
    ]);
    expect(nodes).toEqual(new Set(['Thing:a', 'Thing:c']));
    expect(edges).toEqual(new Set([edgeId({ from: 'Thing:a', type: 'NEAR', to: 'Thing:b' })]));
  });

  it('leaves out what the batch speaks of but does not change', () => {
    const { nodes, edges } = touched(graphOf([upsertNode('Thing', 'A')]), [
      { op: 'retract-node', key: 'Thing:x', source: 's' },
      upsertEdge('Thing:a', 'NEAR', 'Thing:x'),
    ]);
    expect([...nodes, ...edges]).toEqual([]);
  });
});
