import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/domain/graph.ts';
import { evidenceFor } from '../../src/graph/evidence.ts';
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
