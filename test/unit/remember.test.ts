import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch, Change } from '../../src/domain/changes.ts';
import { forgetAllChanges, forgetRunChanges, knowledgeWithout } from '../../src/domain/forget.ts';
import { applyBatch, emptyGraph } from '../../src/domain/graph.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { spellingsOf } from '../../src/domain/merge.ts';
import { namedIn, recallChanges } from '../../src/domain/recall.ts';
import { isRemembered, rememberChanges } from '../../src/domain/remember.ts';
import { anyChanges, graphOf, upsertEdge, upsertNode } from '../support/graphs.ts';
import { SEEDED } from '../support/property.ts';

const ONE = 'one~11111111';
const TWO = 'two~22222222';

/** The knowledge graph after its batches. */
class Knowledge {
  graph: Graph = emptyGraph();
  readonly batches: Batch[] = [];

  add(changes: Change[]): this {
    if (changes.length === 0) return this;
    const batch = { revision: this.graph.revision + 1, base: this.graph.revision, changes };
    this.batches.push(batch);
    this.graph = applyBatch(this.graph, batch);
    return this;
  }

  remember(own: Graph, run: string): this {
    return this.add(rememberChanges(this.graph, own, run));
  }

  forget(run: string): this {
    return this.add(forgetRunChanges(this.graph, knowledgeWithout(this.batches, run), run));
  }
}

/** What is known, whoever said it and when. */
function facts({ nodes, edges }: Graph) {
  const known = ({ properties }: { properties: object }): object => properties;
  return {
    nodes: Object.fromEntries([...nodes].map(([key, node]) => [key, known(node)])),
    edges: Object.fromEntries([...edges].map(([id, edge]) => [id, known(edge)])),
  };
}

const anyRun = fc.array(anyChanges, { maxLength: 3 }).map((batches) => graphOf(...batches));

describe('remembering', () => {
  it('keeps every fact of a run with its source, and says so once', () => {
    fc.assert(
      fc.property(anyRun, (own) => {
        const { graph } = new Knowledge().remember(own, ONE);
        expect(facts(graph)).toEqual(facts(own));
        for (const [key, node] of own.nodes) {
          const { sources, stated } = graph.nodes.get(key)!;
          expect([...sources].sort()).toEqual(node.sources.map((source) => `${ONE}: ${source}`).sort());
          for (const [property, source] of Object.entries(node.stated))
            expect(stated[property]).toBe(`${ONE}: ${source}`);
        }
        expect(isRemembered(graph, ONE)).toBe(own.nodes.size > 0);
        expect(rememberChanges(graph, own, ONE)).toEqual([]);
      }),
      SEEDED,
    );
  });

  it('adds nothing of what was recalled, and doubles no source', () => {
    fc.assert(
      fc.property(anyRun, (own) => {
        const knowledge = new Knowledge().remember(own, ONE);
        const recalled = graphOf(
          recallChanges([...knowledge.graph.nodes.values()], [...knowledge.graph.edges.values()]),
        );
        expect(facts(recalled)).toEqual(facts(own));
        for (const { sources } of recalled.nodes.values())
          for (const source of sources) expect(source).toMatch(/^knowledge: one~11111111: \w+/);
        expect(rememberChanges(knowledge.graph, recalled, TWO)).toEqual([]);
      }),
      SEEDED,
    );
  });

  it('a run that is forgotten leaves what others said, as if it had never been', () => {
    fc.assert(
      fc.property(anyRun, anyRun, (one, two) => {
        const knowledge = new Knowledge().remember(one, ONE).remember(two, TWO).forget(ONE);
        expect(isRemembered(knowledge.graph, ONE)).toBe(false);
        expect(facts(knowledge.graph)).toEqual(facts(new Knowledge().remember(two, TWO).graph));
        expect(facts(knowledge.forget(TWO).graph)).toEqual({ nodes: {}, edges: {} });
      }),
      SEEDED,
    );
  });

  it('takes for the same what is there under another spelling, and keeps that', () => {
    const one = graphOf([upsertNode('Band', 'The Beatles', {}, 'a')]);
    const two = graphOf([
      upsertNode('Band', 'Beatles', { members: 4 }, 'b'),
      upsertNode('City', 'Liverpool', {}, 'b'),
      upsertEdge('Band:beatles', 'FROM', 'City:liverpool', { source: 'b' }),
    ]);
    const { graph } = new Knowledge().remember(one, ONE).remember(two, TWO);
    const band = graph.nodes.get('Band:the beatles')!;
    expect(band).toMatchObject({
      properties: { name: 'The Beatles', members: 4 },
      sources: [`${ONE}: a`, `${TWO}: b`],
    });
    expect(spellingsOf(band)).toMatchObject([{ key: 'Band:beatles', name: 'Beatles', source: `${TWO}: b` }]);
    expect([...graph.edges.values()]).toMatchObject([{ from: 'Band:the beatles', merged: [{ from: 'Band:beatles' }] }]);
    expect(namedIn(graph, 'Where are the Beatles from?')).toEqual(['Band:the beatles']);
    expect(namedIn(graph, 'Where are Beatles from?')).toEqual(['Band:the beatles']);
  });

  it('forgets all', () => {
    fc.assert(
      fc.property(anyRun, (own) => {
        const knowledge = new Knowledge().remember(own, ONE);
        expect(facts(knowledge.add(forgetAllChanges(knowledge.graph)).graph)).toEqual({ nodes: {}, edges: {} });
      }),
      SEEDED,
    );
  });
});

describe('what a question names', () => {
  const graph = graphOf([
    upsertNode('City', 'York'),
    upsertNode('City', 'New York', { alias: 'NYC, Big Apple' }),
    upsertNode('Fruit', 'Apple'),
    upsertNode('Letter', 'a'),
  ]);

  it.each([
    ['How big is New York?', ['City:new york']],
    ['Is York older than New York?', ['City:new york', 'City:york']],
    ['How many live in nyc', ['City:new york']],
    ['Who calls it the Big Apple, and is it an apple?', ['City:new york', 'Fruit:apple']],
    ['Where do the Yorkers live, in a pineapple?', []],
  ])('%s', (question, keys) => {
    expect(namedIn(graph, question)).toEqual(keys);
  });
});
