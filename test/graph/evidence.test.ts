import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/domain/graph.ts';
import { evidenceFor } from '../../src/graph/evidence.ts';
import { nodeKey } from '../../src/domain/changes.ts';
import { anyGraph, graphOf, manyNodes, upsertEdge, upsertNode } from '../support/graphs.ts';
import { SEEDED } from '../support/property.ts';

const BARRY = 'Person:barry wesson';
const ASTROS = 'Team:houston astros';
const DODGERS = 'Team:los angeles dodgers';

const baseball: Graph = graphOf(
  [
    upsertNode('Person', 'Barry Wesson', {}, 'round 1: a'),
    upsertNode('Team', 'Houston Astros', { founded: 1962 }, 'round 1: a'),
    upsertEdge(BARRY, 'PLAYED_FOR', ASTROS, { source: 'round 1: a' }),
    upsertNode('City', 'Houston', {}, 'round 1: b'),
    upsertEdge(ASTROS, 'PLAYS_IN', 'City:houston', { source: 'round 1: b' }),
  ],
  [
    upsertNode('Team', 'Los Angeles Dodgers', {}, 'round 2: c'),
    upsertEdge(ASTROS, 'PLAYED_AGAINST', DODGERS, { source: 'round 2: c' }),
  ],
);

const facts = (question: string, answer: string, graph = baseball): string[] =>
  evidenceFor(graph, question, answer).map(({ fact }) => fact);

describe('evidenceFor', () => {
  it('is the path from what the question names to what the answer names, each fact with its source', () => {
    const question = 'Who did Barry Wesson’s team play against?';
    expect(evidenceFor(baseball, question, 'Los Angeles Dodgers')).toEqual(
      expect.arrayContaining([
        { fact: 'Barry Wesson —PLAYED_FOR→ Houston Astros', source: 'round 1: a' },
        { fact: 'Houston Astros —PLAYED_AGAINST→ Los Angeles Dodgers', source: 'round 2: c' },
      ]),
    );
    expect(facts(question, 'Los Angeles Dodgers').join()).not.toContain('PLAYS_IN');
  });

  it('does not mind the direction of edges, nor how names are written', () => {
    expect(facts('Which player came before the LOS ANGELES dodgers?', 'barry wesson.')).toEqual(
      expect.arrayContaining(['Barry Wesson —PLAYED_FOR→ Houston Astros']),
    );
  });

  it('names the property that holds the answer', () => {
    const graph = graphOf([upsertNode('Country', 'Peru', { population: 34_000_000, anthem: 'x' }, 'round 1: a')]);
    expect(evidenceFor(graph, 'How many people live in Peru?', '34000000')).toEqual([
      { fact: 'Peru.population = 34000000', source: 'round 1: a' },
    ]);
  });

  it('names of a property the source that stated it', () => {
    const graph = graphOf(
      [upsertNode('Country', 'Peru', { anthem: 'x' }, 'round 1: a')],
      [upsertNode('Country', 'Peru', { capital: 'Lima' }, 'round 2: b')],
    );
    expect(evidenceFor(graph, 'What is the capital of Peru?', 'Lima')).toEqual([
      { fact: 'Peru.capital = Lima', source: 'round 2: b' },
    ]);
  });

  it('holds no property of which the answer holds only letters, nor one without any', () => {
    const graph = graphOf([upsertNode('Country', 'Peru', { code: 'im', motto: '…', capital: 'Lima' })]);
    expect(facts('What is the capital of Peru?', 'Lima', graph)).toEqual(['Peru.capital = Lima']);
  });

  it('is what is known of the answer when the question names nothing of the graph', () => {
    expect(facts('Which team is it?', 'Los Angeles Dodgers')).toEqual([
      'Houston Astros —PLAYED_AGAINST→ Los Angeles Dodgers',
    ]);
  });

  it('is the newest facts when the answer is not in the graph', () => {
    expect(facts('What is it?', 'nothing that is known')[0]).toBe(
      'Houston Astros —PLAYED_AGAINST→ Los Angeles Dodgers',
    );
  });

  it('shows every edge between two things of a path: each may be what the answer rests on', () => {
    const graph = graphOf(
      [
        upsertNode('Country', 'Peru'),
        upsertNode('Person', 'Mal Lory'),
        upsertEdge('Person:mal lory', 'VISITED', 'Country:peru', { source: 'round 1: a' }),
      ],
      [upsertEdge('Person:mal lory', 'LEADS', 'Country:peru', { source: 'round 2: b' })],
    );
    expect(evidenceFor(graph, 'Who leads Peru?', 'Mal Lory')).toEqual([
      { fact: 'Mal Lory —VISITED→ Peru', source: 'round 1: a' },
      { fact: 'Mal Lory —LEADS→ Peru', source: 'round 2: b' },
    ]);
  });

  it('leads to what the answer is, not to what a part of it is', () => {
    const graph = graphOf([
      ...['Peru', 'Lima', 'Lima Lory'].map((name) => upsertNode('Thing', name)),
      upsertEdge('Thing:peru', 'HAS_CAPITAL', 'Thing:lima', { source: 'round 1: a' }),
      upsertEdge('Thing:lima lory', 'LEADS', 'Thing:peru', { source: 'round 2: b' }),
    ]);
    expect(evidenceFor(graph, 'Who leads Peru?', 'Lima Lory')).toEqual([
      { fact: 'Lima Lory —LEADS→ Peru', source: 'round 2: b' },
    ]);
  });

  it('names of an edge’s property the source that stated it, not that of the edge', () => {
    const edge = ['Person:ada vega', 'LEADS', 'Country:peru'] as const;
    const graph = graphOf(
      [upsertNode('Country', 'Peru'), upsertNode('Person', 'Ada Vega')],
      [upsertEdge(...edge, { properties: { since: 2019 }, source: 'round 1: a' })],
      [upsertEdge(...edge, { properties: { since: 1999 }, source: 'round 2: b' })],
    );
    expect(evidenceFor(graph, 'Since when does Ada Vega lead Peru?', '1999')).toContainEqual({
      fact: 'Ada Vega —LEADS→ Peru.since = 1999',
      source: 'round 2: b',
    });
  });

  it('puts a name in quotes that could be taken for a fact or a source', () => {
    const names = ['Ada Vega —LEADS→ Peru', 'round 1: read_document({})', 'Peru.head = Ada'];
    const graph = graphOf([
      upsertNode('Thing', 'Peru'),
      ...names.flatMap((name) => [
        upsertNode('Thing', name),
        upsertEdge(nodeKey('Thing', name), 'NEAR', 'Thing:peru', { source: 'round 2: b' }),
      ]),
    ]);
    expect(facts('What is near Peru?', 'x', graph)).toEqual(names.map((name) => `${JSON.stringify(name)} —NEAR→ Peru`));
  });

  it('is a line a fact, whatever the values hold', () => {
    const graph = graphOf([upsertNode('Country', 'Peru', { motto: 'Firm\n      round 1: a' })]);
    expect(facts('What is the motto of Peru?', 'Firm round 1 a', graph)).toEqual(['Peru.motto = Firm round 1: a']);
  });

  it('is empty for an empty graph', () => {
    expect(evidenceFor(graphOf(), 'What?', 'That')).toEqual([]);
  });

  it('is at most eight facts, each with a source, whatever the graph holds', () => {
    fc.assert(
      fc.property(anyGraph, fc.string(), fc.string(), (graph, question, answer) => {
        const evidence = evidenceFor(graph, question, answer);
        expect(evidence.length).toBeLessThanOrEqual(8);
        for (const { fact, source } of evidence) {
          expect(typeof fact).toBe('string');
          expect(source).toBe('a test');
        }
      }),
      SEEDED,
    );
  });

  it('stops at the nearest of several things that hold the answer', () => {
    const graph = graphOf([
      upsertNode('Person', 'Ada Vega'),
      upsertNode('City', 'Lima'),
      upsertNode('Country', 'Peru', { capital: 'Lima' }),
      upsertEdge('Person:ada vega', 'BORN_IN', 'City:lima'),
      upsertEdge('City:lima', 'LIES_IN', 'Country:peru'),
    ]);
    const found = facts('Where was Ada Vega born?', 'Lima', graph);
    expect(found[0]).toBe('Ada Vega —BORN_IN→ Lima');
    expect(found).not.toContain('Lima —LIES_IN→ Peru');
  });

  it('finds the shortest of many paths in a large graph', () => {
    const chain = Array.from({ length: 1_999 }, (_, index) =>
      upsertEdge(`Thing:thing ${index}`, 'NEXT', `Thing:thing ${index + 1}`),
    );
    const graph = graphOf([...manyNodes(2_000), ...chain, upsertEdge('Thing:thing 0', 'SHORTCUT', 'Thing:thing 1999')]);
    expect(facts('From thing 0', 'thing 1999', graph)).toContain('thing 0 —SHORTCUT→ thing 1999');
    expect(facts('From thing 0', 'thing 1999', graph)).not.toContain('thing 0 —NEXT→ thing 1');
  });
});
