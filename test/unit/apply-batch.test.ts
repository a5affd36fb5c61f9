import { describe, expect, it } from 'vitest';
import { applyBatch, describeEdge, emptyGraph, knownNames } from '../../src/domain/graph.ts';
import { graphOf, upsertEdge, upsertNode } from '../support/graphs.ts';

const PERU = 'Country:peru';
const ADA = 'Person:ada vega';
const both = [upsertNode('Country', 'Peru'), upsertNode('Person', 'Ada Vega')];

describe('applyBatch', () => {
  it('lets the last value of a node count, and keeps earlier ones with their source', () => {
    const graph = graphOf(
      [upsertNode('Country', 'Peru', { population: 33 }, 'first')],
      [upsertNode('Country', 'Peru', { population: 34 }, 'second')],
      [upsertNode('Country', 'Peru', { population: 35 }, 'third')],
    );
    const node = graph.nodes.get(PERU)!;
    expect(node.properties['population']).toBe(35);
    expect(node.earlier).toEqual([
      { property: 'population', value: 33, source: 'first' },
      { property: 'population', value: 34, source: 'second' },
    ]);
    expect(node.sources).toEqual(['first', 'second', 'third']);
    expect(node.since).toBe(1);
  });

  it('lets the last value of an edge count, and keeps earlier ones with their source', () => {
    const graph = graphOf(
      both,
      [upsertEdge(ADA, 'LEADS', PERU, { properties: { since: 2020 }, source: 'first' })],
      [upsertEdge(ADA, 'LEADS', PERU, { properties: { since: 2021 }, source: 'second' })],
    );
    const [edge] = [...graph.edges.values()];
    expect(edge).toMatchObject({
      properties: { since: 2021 },
      earlier: [{ property: 'since', value: 2020, source: 'first' }],
      since: 2,
    });
  });

  it('notes no earlier value when a source says the same again', () => {
    const graph = graphOf(
      [upsertNode('Country', 'Peru', { population: 33 }, 'a')],
      [upsertNode('Country', 'Peru', { population: 33 }, 'b'), upsertNode('Country', 'Peru', { population: 33 }, 'b')],
    );
    expect(graph.nodes.get(PERU)).toMatchObject({ earlier: [], sources: ['a', 'b'] });
  });

  it('credits an earlier value to the source that stated it, not to the last that spoke of the node', () => {
    const graph = graphOf(
      [upsertNode('Country', 'Peru', { population: 33 }, 'first')],
      [upsertNode('Country', 'Peru', { area: 1 }, 'second')],
      [upsertNode('Country', 'Peru', { population: 34 }, 'third')],
    );
    const node = graph.nodes.get(PERU)!;
    expect(node.earlier).toEqual([{ property: 'population', value: 33, source: 'first' }]);
    expect(node.stated).toEqual({ name: 'third', population: 'third', area: 'second' });
  });

  it('takes a property for new whose name every object inherits', () => {
    const graph = graphOf(
      [upsertNode('Car', 'X')],
      [upsertNode('Car', 'X', { constructor: 'Ada Vega', valueOf: 1 }, 'second')],
    );
    const node = graph.nodes.get('Car:x')!;
    expect(node.earlier).toEqual([]);
    expect(node.properties).toEqual({ name: 'X', constructor: 'Ada Vega', valueOf: 1 });
    expect(structuredClone(node)).toEqual(node);
  });

  it('adds the labels that a node did not have', () => {
    const graph = graphOf(both, [
      { op: 'upsert-node', node: { key: PERU, labels: ['Country', 'State'], properties: {} }, source: 's' },
    ]);
    expect(graph.nodes.get(PERU)!.labels).toEqual(['Country', 'State']);
  });

  it('retracts the edges of a node with it, whichever their direction', () => {
    const edges = [upsertEdge(ADA, 'LEADS', PERU), upsertEdge(PERU, 'LED_BY', ADA), upsertEdge(PERU, 'NEAR', PERU)];
    const graph = graphOf([...both, ...edges], [{ op: 'retract-node', key: PERU, source: 's' }]);
    expect([...graph.nodes.keys()]).toEqual([ADA]);
    expect(graph.edges.size).toBe(0);
  });

  it('retracts one edge and leaves the others', () => {
    const edges = [upsertEdge(ADA, 'LEADS', PERU), upsertEdge(ADA, 'BORN_IN', PERU)];
    const retract = { op: 'retract-edge', from: ADA, to: PERU, type: 'LEADS', source: 's' } as const;
    const graph = graphOf([...both, ...edges], [retract]);
    expect([...graph.edges.values()].map(({ type }) => type)).toEqual(['BORN_IN']);
  });

  it('keeps edges of one type between the same nodes apart by their key', () => {
    const terms = [2001, 2011].map((since) =>
      upsertEdge(ADA, 'LEADS', PERU, { key: String(since), properties: { since } }),
    );
    const graph = graphOf([...both, ...terms, upsertEdge(ADA, 'LEADS', PERU, { key: '2011' })]);
    expect([...graph.edges.values()].map(({ properties }) => properties['since'])).toEqual([2001, 2011]);
    const retract = { op: 'retract-edge', from: ADA, to: PERU, type: 'LEADS', key: '2001', source: 's' } as const;
    const after = applyBatch(graph, { revision: 2, base: 1, changes: [retract] });
    expect([...after.edges.values()].map(({ key }) => key)).toEqual(['2011']);
  });

  it('makes no edge whose ends do not exist', () => {
    expect(graphOf([upsertNode('Country', 'Peru'), upsertEdge(PERU, 'LED_BY', ADA)]).edges.size).toBe(0);
  });

  it.each([
    { revision: 2, base: 1 },
    { revision: 2, base: 0 },
    { revision: 1, base: 1 },
    { revision: 0, base: -1 },
  ])('refuses a batch %o on an empty graph, and changes nothing', ({ revision, base }) => {
    const graph = emptyGraph();
    expect(() => applyBatch(graph, { revision, base, changes: both })).toThrow(RangeError);
    expect(() => applyBatch(graph, { revision, base, changes: both })).toThrow(/is at revision 0/);
    expect(graph).toEqual(emptyGraph());
  });

  it('does not keep what the batch holds: changing one later does not change the other', () => {
    const change = upsertNode('Country', 'Peru', { population: 33 });
    const graph = graphOf([change]);
    applyBatch(graph, { revision: 2, base: 1, changes: [upsertNode('Country', 'Peru', { population: 34 })] });
    expect(change).toEqual(upsertNode('Country', 'Peru', { population: 33 }));
  });
});

describe('words of a graph', () => {
  it('an edge reads as its ends by name and its type', () => {
    const graph = graphOf([...both, upsertEdge(ADA, 'LEADS', PERU)]);
    expect(describeEdge(graph, [...graph.edges.values()][0]!)).toBe('Ada Vega —LEADS→ Peru');
  });

  it('of two nodes with one name the first is known by it', () => {
    const graph = graphOf([upsertNode('City', 'Lima'), upsertNode('Bean', 'LIMA'), upsertNode('City', 'Cusco')]);
    expect(Object.fromEntries(knownNames(graph))).toEqual({ lima: 'City:lima', cusco: 'City:cusco' });
  });
});
