import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Change } from '../../src/domain/changes.ts';
import { applyBatch } from '../../src/domain/graph.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { KNOWLEDGE } from '../../src/domain/knowledge.ts';
import {
  mergeChanges,
  mergedSpellings,
  possibleMerges,
  possibleSplits,
  resolutionOf,
  splitChanges,
} from '../../src/domain/resolutions.ts';
import { toDocument } from '../../src/graph/export.ts';
import { changeKnowledge } from '../../src/graph/knowledge.ts';
import { mergeFound, splitMerged, splitResolution } from '../../src/graph/resolve/merge-found.ts';
import { resolveKnowledge } from '../../src/graph/resolve/resolve-knowledge.ts';
import type { FoundCluster } from '../../src/graph/resolve/resolve-knowledge.ts';
import { temporaryStore } from '../support/folders.ts';
import { openStore } from '../support/graph-stores.ts';
import { anyChanges, graphOf, manyNodes, upsertEdge, upsertNode } from '../support/graphs.ts';
import { SEEDED } from '../support/property.ts';

const ID = '2026-11-28-0a1b2c3d';

function content(graph: Graph) {
  const { nodes, edges } = toDocument(graph);
  return { nodes, edges };
}

function apply(graph: Graph, changes: Change[]): Graph {
  return applyBatch(graph, { revision: graph.revision + 1, base: graph.revision, changes });
}

/** A knowledge graph of these changes. */
async function knowledgeOf(changes: Change[]) {
  const store = openStore('embedded', temporaryStore());
  onTestFinished(() => store.close());
  await changeKnowledge(store, () => changes);
  return store;
}

function cluster(key: string, ...others: string[]): FoundCluster {
  const found = others.map((other) => ({ key: other, name: other, score: 0.9, reason: 'score 0.90: names alike' }));
  return { key, name: key, labels: ['Thing'], score: 0.9, others: found };
}

const TOWNS = [
  upsertNode('Region', 'Cusco'),
  ...['Ollantaytambo', 'Ollantaitambo', 'Lima'].flatMap((name) => [
    upsertNode('Town', name, { of: name }, `about ${name}`),
    upsertEdge(`Town:${name.toLowerCase()}`, 'IN_REGION', 'Region:cusco', { source: `about ${name}` }),
  ]),
];

describe('merging what was found to be the same', () => {
  it('merges with a source that names the resolution and the reason, and is undone by its id', async () => {
    const store = await knowledgeOf(TOWNS);
    const before = await store.read(KNOWLEDGE);
    const { clusters } = await resolveKnowledge(before);
    const { resolution, graph, merged, gone } = await mergeFound(store, clusters);
    expect(resolution).toMatch(/^\d{4}-\d\d-\d\d-[0-9a-f]{8}$/);
    expect(merged).toMatchObject([{ key: 'Town:ollantaitambo', into: 'Town:ollantaytambo' }]);
    expect(gone).toEqual([]);
    expect([...graph.nodes.keys()].sort()).toEqual(['Region:cusco', 'Town:lima', 'Town:ollantaytambo']);
    const [spelling] = mergedSpellings(graph);
    expect(spelling).toMatchObject({ key: 'Town:ollantaytambo', spelling: 'Town:ollantaitambo' });
    expect(resolutionOf(spelling!.source)).toBe(resolution);
    expect(spelling!.source).toMatch(/^resolve \S+: score 0\.\d\d: names "Ollantaytambo" and "Ollantaitambo" /);

    const undone = await splitResolution(store, resolution);
    expect(undone).toMatchObject({ split: [{ spelling: 'Town:ollantaitambo' }], left: [] });
    expect(content(undone.graph)).toEqual(content(before));
    expect(await splitResolution(store, resolution)).toMatchObject({ split: [], left: [] });
  });

  it('leaves merges whose node is gone meanwhile', async () => {
    const store = await knowledgeOf(TOWNS);
    const { clusters } = await resolveKnowledge(await store.read(KNOWLEDGE));
    await changeKnowledge(store, () => [{ op: 'retract-node', key: 'Town:ollantaytambo', source: 'a person' }]);
    const { merged, gone, graph } = await mergeFound(store, clusters);
    expect(merged).toEqual([]);
    expect(gone).toMatchObject([{ key: 'Town:ollantaitambo', into: 'Town:ollantaytambo' }]);
    expect(graph.nodes.has('Town:ollantaitambo')).toBe(true);
  });

  it('works in batches, and all of them are undone', async () => {
    const store = await knowledgeOf(manyNodes(1_300));
    const before = await store.read(KNOWLEDGE);
    const keys = [...before.nodes.keys()];
    const clusters = Array.from({ length: 600 }, (_, index) => cluster(keys[2 * index]!, keys[2 * index + 1]!));
    const { merged, graph, resolution } = await mergeFound(store, clusters);
    expect(merged).toHaveLength(600);
    expect([graph.nodes.size, graph.revision]).toEqual([700, 3]);
    const { graph: undone, split } = await splitResolution(store, resolution);
    expect(split).toHaveLength(600);
    expect(content(undone)).toEqual(content(before));
  });

  it('takes one spelling out, and what lies inside it comes along', async () => {
    const store = await knowledgeOf(manyNodes(4));
    await mergeFound(store, [cluster('Thing:thing 1', 'Thing:thing 2')], ID);
    await mergeFound(store, [cluster('Thing:thing 0', 'Thing:thing 1', 'Thing:thing 3')], '2026-11-28-00000000');
    const inner = await splitResolution(store, ID);
    expect(inner.split).toEqual([]);
    expect(inner.left).toMatchObject([{ spelling: 'Thing:thing 2', inside: 'Thing:thing 1' }]);
    const { graph } = await splitMerged(store, ({ spelling }) => spelling === 'Thing:thing 1', 'a person');
    expect(mergedSpellings(graph).map(({ key, spelling }) => [key, spelling])).toEqual([
      ['Thing:thing 0', 'Thing:thing 3'],
      ['Thing:thing 1', 'Thing:thing 2'],
    ]);
  });

  it('followed by a split gives the graph back, whatever was merged', () => {
    const keys = fc.constantFrom('Thing:a', 'Thing:b', 'Person:c', 'Place:d');
    const pairs = fc.array(fc.record({ key: keys, into: keys, reason: fc.constant('alike') }), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(anyChanges, { maxLength: 4 }), pairs, (earlier, wanted) => {
        const graph = graphOf(...earlier);
        // As clusters are: what others are merged into is merged into nothing itself.
        const intos = new Set(wanted.map(({ into }) => into));
        const merges = possibleMerges(
          graph,
          wanted.filter(({ key }) => !intos.has(key)),
        );
        const merged = apply(graph, mergeChanges(merges, ID));
        const spellings = mergedSpellings(merged).filter(({ source }) => resolutionOf(source) === ID);
        expect(spellings.map(({ spelling }) => spelling).sort()).toEqual(merges.map(({ key }) => key).sort());
        expect(possibleSplits(merged, spellings)).toEqual(spellings);
        expect(content(apply(merged, splitChanges(spellings, 'undo')))).toEqual(content(graph));
      }),
      SEEDED,
    );
  });
});
