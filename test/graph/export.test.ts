import { Graphviz } from '@hpcc-js/wasm-graphviz';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportGraph, toDocument } from '../../src/graph/export.ts';
import { anyGraph, graphOf, manyNodes, upsertEdge, upsertNode } from '../support/graphs.ts';

const peru = upsertNode('Country', 'Peru', { population: 34 }, 'round 1: a');
const ada = upsertNode('Person', 'Ada Vega', {}, 'round 1: b');
const leads = upsertEdge('Person:ada vega', 'LEADS', 'Country:peru', { source: 'round 1: b' });

describe('a graph as JSON', () => {
  it('holds nodes and edges with their sources, and values of before', async () => {
    const more = upsertNode('Country', 'Peru', { population: 35 }, 'round 2: c');
    const text = await exportGraph(graphOf([peru, ada, leads], [more]), 'json');
    expect(JSON.parse(text)).toMatchObject({
      revision: 2,
      nodes: [
        {
          key: 'Country:peru',
          properties: { name: 'Peru', population: 35 },
          sources: ['round 1: a', 'round 2: c'],
          earlier: [{ property: 'population', value: 34, source: 'round 1: a' }],
        },
        { key: 'Person:ada vega', labels: ['Person'], since: 1 },
      ],
      edges: [{ from: 'Person:ada vega', to: 'Country:peru', type: 'LEADS', sources: ['round 1: b'] }],
    });
  });

  it('is in one order, whatever the order in which things became known', () => {
    const born = upsertEdge('Person:ada vega', 'BORN_IN', 'Country:peru');
    expect(toDocument(graphOf([peru, ada, leads, born]))).toEqual(toDocument(graphOf([ada, peru, born, leads])));
  });
});

describe('a graph in Graphviz’s language', () => {
  it('shows all nodes, however many', async () => {
    const dot = await exportGraph(graphOf(manyNodes(400)), 'dot');
    expect(dot.match(/fillcolor=/g)).toHaveLength(400);
    expect(dot).not.toContain('not shown');
  });

  it('is drawn by Graphviz, whatever its words', { timeout: 60_000 }, async () => {
    const graphviz = await Graphviz.load();
    const render = fc.asyncProperty(anyGraph, async (graph) => {
      const svg = graphviz.dot(await exportGraph(graph, 'dot'));
      expect(svg.match(/<g id="node/g) ?? []).toHaveLength(graph.nodes.size);
      expect(svg.match(/<g id="edge/g) ?? []).toHaveLength(graph.edges.size);
    });
    await fc.assert(render, { seed: 20_261_124, numRuns: 50 });
  });
});
