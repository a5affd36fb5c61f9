import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Extraction } from '../../src/domain/changes.ts';
import { checkExtractions } from '../../src/domain/extractions.ts';
import { foldName } from '../../src/domain/fold-name.ts';
import { applyBatch } from '../../src/domain/graph.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { spellingsOf } from '../../src/domain/merge.ts';
import { normalizeName } from '../../src/domain/text.ts';
import { viewGraph } from '../../src/domain/view.ts';
import { differenceOf } from '../../src/graph/difference.ts';
import { toDocument } from '../../src/graph/export.ts';
import { graphOf, upsertEdge, upsertNode } from '../support/graphs.ts';
import { SEEDED } from '../support/property.ts';

type Named = [label: string, name: string, properties?: Record<string, string | number>];

function extraction(nodes: Named[], edges: [string, string, string][] = []): Extraction {
  return {
    nodes: nodes.map(([label, name, properties = {}]) => ({
      name,
      label,
      properties: Object.entries(properties).map(([property, value]) => ({ name: property, value })),
    })),
    edges: edges.map(([from, type, to]) => ({ from, type, to, properties: [] })),
    retract: [],
  };
}

function learn(graph: Graph, ...extractions: Extraction[]): Graph {
  const { changes } = checkExtractions(
    graph,
    extractions.map((one, index) => ({ extraction: one, source: `call ${index}` })),
  );
  return applyBatch(graph, { revision: graph.revision + 1, base: graph.revision, changes });
}

function keysAfter(first: Named, second: Named): string[] {
  return [...learn(learn(graphOf(), extraction([first])), extraction([second])).nodes.keys()];
}

describe('a name that the graph has under another spelling', () => {
  it.each<[string, string]>([
    ['Beyoncé', 'Beyonce'],
    ['The Beatles', 'Beatles'],
    ['Johnson & Johnson', 'Johnson and Johnson'],
    ['Acme', 'Acme, Inc.'],
    ['Acme Corp.', 'Acme Ltd'],
    ['St. Louis', 'Saint Louis'],
    ['U.S.A.', 'USA'],
    ['J. R. R. Tolkien', 'JRR Tolkien'],
    ['Museum of Modern Art', 'The Museum of Modern Art'],
  ])('%s is %s', (one, other) => {
    expect(keysAfter(['Thing', one], ['Thing', other])).toHaveLength(1);
    expect(keysAfter(['Thing', other], ['Thing', one])).toHaveLength(1);
  });

  it.each<[string, Named, Named]>([
    ['digits differ', ['Phone', 'iPhone 12'], ['Phone', 'iPhone 13']],
    ['an alias has other digits', ['Phone', 'iPhone 12'], ['Phone', 'iPhone', { alias: 'iPhone 12' }]],
    ['it is a number', ['Year', '1990'], ['Year', 'The 1990']],
    ['it is a date', ['Day', '5 May 1990'], ['Day', 'The 5 May 1990']],
    ['labels do not go together', ['Band', 'The Police'], ['Agency', 'Police']],
    ['a street is no saint', ['Place', 'Main St'], ['Place', 'Main Saint']],
    ['a vowel sign makes it another word', ['Word', 'कि'], ['Word', 'की']],
  ])('is another thing where %s', (_, first, second) => {
    expect(keysAfter(first, second)).toHaveLength(2);
  });

  it('is found by an alias that either side states', () => {
    expect(keysAfter(['Org', 'World Health Organization', { acronym: 'WHO' }], ['Org', 'WHO'])).toHaveLength(1);
    expect(keysAfter(['Org', 'WHO'], ['Org', 'World Health Organization', { aliases: 'OMS; WHO' }])).toHaveLength(1);
  });

  it('is not guessed where two may be meant', () => {
    const two = learn(
      graphOf(),
      extraction([
        ['City', 'Lima', { alias: 'the capital' }],
        ['City', 'Quito', { alias: 'the capital' }],
      ]),
    );
    expect(learn(two, extraction([['City', 'Capital']])).nodes.size).toBe(3);
  });

  it('keeps the name that was first, the spelling with its source, and edges that were stated with it', () => {
    const graph = learn(
      learn(graphOf(), extraction([['Band', 'The Beatles']])),
      extraction([['Group', 'x']]),
      extraction([['Band', 'Beatles', { members: 4 }]], [['Beatles', 'FROM', 'Liverpool']]),
    );
    const node = graph.nodes.get('Band:the beatles')!;
    expect(node.properties).toEqual({ name: 'The Beatles', members: 4 });
    expect(spellingsOf(node)).toEqual([{ key: 'Band:beatles', name: 'Beatles', source: 'call 1', since: 2 }]);
    expect([...graph.edges.values()]).toMatchObject([{ from: 'Band:the beatles', to: 'Thing:liverpool' }]);
    expect(viewGraph(graph, [])).toContain('(:Band {name: "The Beatles", members: 4}) also called "Beatles"');
    expect(JSON.stringify(toDocument(graph))).toContain('"name":"Beatles"');

    const again = checkExtractions(graph, [{ extraction: extraction([['Band', 'Beatles']]), source: 'later' }]);
    expect(again).toEqual({ changes: [], problems: [[]] });

    const split = applyBatch(graph, {
      revision: 3,
      base: 2,
      changes: [{ op: 'split-node', key: node.key, spelling: 'Band:beatles', source: 'a person' }],
    });
    expect(split.nodes.get(node.key)).toMatchObject({ properties: { name: 'The Beatles' }, sources: ['call 0'] });
    expect(split.nodes.get(node.key)).not.toHaveProperty('merged');
    expect(split.nodes.get('Band:beatles')).toMatchObject({
      properties: { name: 'Beatles', members: 4 },
      sources: ['call 1'],
    });
    expect([...split.edges.values()]).toMatchObject([{ from: 'Band:beatles', to: 'Thing:liverpool' }]);
  });
});

describe('nodes of the graph that turn out to be the same', () => {
  const apart = graphOf([
    upsertNode('Org', 'WHO'),
    upsertNode('Org', 'World Health Organization'),
    upsertNode('City', 'Geneva'),
    upsertEdge('Org:world health organization', 'SEAT', 'City:geneva'),
  ]);
  const told = extraction(
    [['Org', 'World Health Organization', { abbreviation: 'WHO' }]],
    [['World Health Organization', 'PART_OF', 'United Nations']],
  );

  it('are merged into the first, with the edges of the same extraction', () => {
    const graph = learn(apart, told);
    expect([...graph.nodes.keys()].sort()).toEqual(['City:geneva', 'Org:who', 'Thing:united nations']);
    expect([...graph.edges.values()].map(({ from, type }) => `${from} ${type}`).sort()).toEqual([
      'Org:who PART_OF',
      'Org:who SEAT',
    ]);
  });

  it('show in a difference as merged, and as split off again', () => {
    const { changes } = checkExtractions(apart, [{ extraction: told, source: 'a call' }]);
    const merging = { revision: 2, base: 1, changes };
    const merged = differenceOf(apart, [merging]);
    expect(merged.merged).toMatchObject([
      { node: { name: 'WHO' }, name: 'World Health Organization', source: 'a call' },
    ]);
    expect(merged.retracted).toEqual({ nodes: [], edges: [] });
    expect(merged.added.edges.map(({ type }) => type)).toEqual(['PART_OF']);

    const graph = applyBatch(apart, merging);
    const key = 'Org:world health organization';
    const splitting = [{ op: 'split-node', key: 'Org:who', spelling: key, source: 'a person' } as const];
    const split = differenceOf(graph, [{ revision: 3, base: 2, changes: splitting }]);
    expect(split.split).toMatchObject([{ node: { key }, from: 'WHO', source: 'a person' }]);
    expect([split.added, split.retracted]).toEqual([
      { nodes: [], edges: [] },
      { nodes: [], edges: [] },
    ]);
  });
});

describe('foldName', () => {
  it('gives names in one spelling the same, and stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (name) => {
        const folded = foldName(name);
        if (folded === undefined) return;
        expect(normalizeName(folded)).toBe(folded);
        expect(foldName(`The ${name}, Inc.`) ?? folded).toBeDefined();
      }),
      SEEDED,
    );
  });

  it('never gives names with other digits the same', () => {
    const named = fc.tuple(fc.constantFrom('model', 'The Model', 'Modél Inc'), fc.integer({ min: 0, max: 99 }));
    fc.assert(
      fc.property(named, named, ([one, first], [other, second]) => {
        fc.pre(first !== second);
        expect(foldName(`${one} ${first}`)).not.toBe(foldName(`${other} ${second}`));
      }),
      SEEDED,
    );
  });
});
