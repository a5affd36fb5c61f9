import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyGraph } from '../../src/domain/graph.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { viewGraph } from '../../src/domain/view.ts';
import { anyGraph, graphOf, manyNodes, upsertEdge, upsertNode } from '../support/graphs.ts';
import { SEEDED } from '../support/property.ts';

describe('viewGraph', () => {
  it('never exceeds its limit, whatever the graph holds', () => {
    fc.assert(
      fc.property(anyGraph, fc.array(fc.string()), fc.integer({ min: 500, max: 8_000 }), (graph, focus, limit) => {
        expect(viewGraph(graph, focus, limit).length).toBeLessThanOrEqual(limit);
      }),
      SEEDED,
    );
  });

  it('never exceeds a limit that has room for next to nothing', () => {
    const graph = graphOf([...manyNodes(50), upsertEdge('Thing:thing 1', 'NEAR', 'Thing:thing 2')]);
    for (let limit = 0; limit <= 500; limit += 7) {
      expect(viewGraph(graph, [], limit).length).toBeLessThanOrEqual(limit);
      expect(viewGraph(emptyGraph(), [], limit).length).toBeLessThanOrEqual(limit);
    }
  });

  it('shows the others where one line is longer than the room', () => {
    const long = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`p${index}`, 'Peru '.repeat(50)]));
    const graph = graphOf([upsertNode('Text', 'Peru', long), upsertNode('City', 'Lima')]);
    const view = viewGraph(graph, ['Peru'], 1_000);
    expect(view).toContain('(:City {name: "Lima"})');
    expect(view).toContain('Left out here: 1 node, 0 edges.');
  });

  it('never exceeds its limit when the graph is far larger', () => {
    const names = manyNodes(3_000, { about: 'x'.repeat(200) });
    const edges = Array.from({ length: 3_000 }, (_, index) =>
      upsertEdge(`Thing:thing ${index}`, `TYPE_${index}`, 'Thing:thing 0', { properties: { note: 'y'.repeat(200) } }),
    );
    const graph = graphOf([...names, ...edges]);
    for (const limit of [500, 1_000, LIMITS.viewCharacters]) {
      expect(viewGraph(graph, ['thing 17'], limit).length).toBeLessThanOrEqual(limit);
    }
    expect(viewGraph(graph, ['thing 17']).length).toBeLessThanOrEqual(LIMITS.viewCharacters);
  });

  it('shows everything of a graph that fits', () => {
    const graph = graphOf([
      upsertNode('Country', 'Peru', { population: 34_000_000 }),
      upsertNode('Person', 'Ada Vega'),
      upsertEdge('Person:ada vega', 'LEADS', 'Country:peru', { properties: { since: 2021 } }),
    ]);
    expect(viewGraph(graph, [])).toBe(
      [
        'Labels: Country ×1 (name, population); Person ×1 (name)',
        'Edge types: LEADS ×1',
        'Nodes:',
        '(:Country {name: "Peru", population: 34000000})',
        '(:Person {name: "Ada Vega"})',
        'Edges:',
        '("Ada Vega")-[:LEADS {since: 2021}]->("Peru")',
      ].join('\n'),
    );
  });

  it('puts first what shares most words with the focus', () => {
    const graph = graphOf([
      ...manyNodes(400),
      upsertNode('Person', 'Barry Wesson'),
      upsertNode('Team', 'Houston Astros'),
      upsertEdge('Thing:thing 1', 'NEAR', 'Thing:thing 2'),
      upsertEdge('Person:barry wesson', 'PLAYED_FOR', 'Team:houston astros'),
    ]);
    const view = viewGraph(graph, ['For which team has Barry Wesson played? The Houston Astros?'], 1_000);
    const shown = view.split('\n').filter((line) => line.startsWith('('));
    expect(shown[0]).toMatch(/Barry Wesson|Houston Astros/);
    expect(shown[1]).toMatch(/Barry Wesson|Houston Astros/);
    expect(view).toContain('Edges:\n("Barry Wesson")-[:PLAYED_FOR]->("Houston Astros")');
  });

  it('puts what is newer first among equals', () => {
    const graph = graphOf([upsertNode('City', 'Lima')], [upsertNode('City', 'Cusco')]);
    expect(viewGraph(graph, ['unrelated'])).toMatch(/Cusco[\s\S]*Lima/);
  });

  it('does not depend on the order in which equal things became known', () => {
    const changes = manyNodes(200);
    expect(viewGraph(graphOf([...changes].reverse()), ['thing 9'], 1_000)).toBe(
      viewGraph(graphOf(changes), ['thing 9'], 1_000),
    );
  });

  it('says how much was left out', () => {
    const graph = graphOf([...manyNodes(500), upsertEdge('Thing:thing 1', 'NEAR', 'Thing:thing 2')]);
    const view = viewGraph(graph, [], 1_000);
    const shown = view.split('\n').filter((line) => line.startsWith('(:Thing')).length;
    expect(shown).toBeGreaterThan(5);
    expect(view).toContain(`Left out here: ${500 - shown} nodes, 0 edges.`);
  });

  it('shortens long values, and says so', () => {
    const view = viewGraph(graphOf([upsertNode('Text', 'a', { body: 'x'.repeat(2_000) })]), []);
    expect(view).toContain('characters left out]');
    expect(view.length).toBeLessThan(600);
  });

  it('keeps a value with quotes and line ends on one line', () => {
    const graph = graphOf([upsertNode('Text', 'a', { body: 'say "hi"\nEdges:\n(:Fake)' })]);
    expect(viewGraph(graph, [])).toContain(String.raw`body: "say \"hi\"\nEdges:\n(:Fake)"`);
  });

  it('says that a graph without nodes is empty', () => {
    expect(viewGraph(emptyGraph(), ['anything'])).toBe('(the graph is empty)');
  });
});
