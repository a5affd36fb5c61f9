import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/domain/changes.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { InvalidThreshold, resolveKnowledge } from '../../src/graph/resolve/resolve-knowledge.ts';
import { graphOf, upsertEdge, upsertNode } from '../support/graphs.ts';
import { SEEDED } from '../support/property.ts';

/** The names of each cluster, each sorted, in order. */
async function found(...changes: Change[]): Promise<string[][]> {
  return namesIn(graphOf(changes));
}

async function namesIn(graph: Graph, threshold?: number): Promise<string[][]> {
  const { clusters } = await resolveKnowledge(graph, { threshold });
  return clusters.map(({ name, others }) => [name, ...others.map((other) => other.name)].sort()).sort();
}

/** Cities of Peru. */
function cities(...names: string[]): Change[] {
  return [
    upsertNode('Country', 'Peru'),
    upsertNode('Region', 'Cusco'),
    ...names.flatMap((name) => [
      upsertNode('City', name),
      upsertEdge(`City:${name.toLowerCase()}`, 'IN_COUNTRY', 'Country:peru'),
      upsertEdge(`City:${name.toLowerCase()}`, 'IN_REGION', 'Region:cusco'),
    ]),
  ];
}

describe('resolving a knowledge graph', () => {
  it('finds a thing under two spellings, keeps the one that was known first, and says why', async () => {
    const { clusters, entities } = await resolveKnowledge(graphOf(cities('Ollantaytambo', 'Lima', 'Ollantaitambo')));
    expect(entities).toBe(5);
    expect(clusters).toEqual([
      {
        key: 'City:ollantaytambo',
        name: 'Ollantaytambo',
        labels: ['City'],
        score: expect.any(Number),
        others: [
          {
            key: 'City:ollantaitambo',
            name: 'Ollantaitambo',
            score: expect.any(Number),
            reason: expect.stringMatching(
              /^score 0\.\d\d: names "Ollantaytambo" and "Ollantaitambo" 0\.\d\d, label City, both IN_\w+ \w+, both IN_\w+ \w+$/,
            ),
          },
        ],
      },
    ]);
  });

  it('leaves apart what differs in its digits, Roman numerals or last letter', async () => {
    expect(await found(...cities('District 9 of Cusco', 'District 8 of Cusco'))).toEqual([]);
    expect(await found(...cities('Elizabeth II of Cusco', 'Elizabeth I of Cusco'))).toEqual([]);
    expect(await found(...cities('Vitamin A', 'Vitamin B'))).toEqual([]);
  });

  it('leaves apart what has other labels, unless one is but a thing', async () => {
    const edges = (key: string) => [upsertEdge(key, 'IN_COUNTRY', 'Country:peru')];
    const country = upsertNode('Country', 'Peru');
    const city = [country, upsertNode('City', 'Cusco'), ...edges('City:cusco')];
    expect(await found(...city, upsertNode('Person', 'Cusco'), ...edges('Person:cusco'))).toEqual([]);
    expect(await found(...city, upsertNode('Thing', 'Cusco'), ...edges('Thing:cusco'))).toEqual([['Cusco', 'Cusco']]);
  });

  it('leaves apart two things that a fact joins', async () => {
    const both = cities('Ollantaytambo', 'Ollantaitambo');
    expect(await found(...both)).toHaveLength(1);
    expect(await found(...both, upsertEdge('City:ollantaitambo', 'NEAR', 'City:ollantaytambo'))).toEqual([]);
  });

  it('leaves apart what has other neighbours by a type that holds of one alone', async () => {
    const mills = ['Vienna', 'Cracow', 'Lisbon'].flatMap((city) => [
      upsertNode('City', city),
      upsertNode('Mill', `Old mill ${city}`),
      upsertEdge(`Mill:old mill ${city.toLowerCase()}`, 'IN_CITY', `City:${city.toLowerCase()}`),
    ]);
    const second = upsertNode('Mill', 'Old mill (Vienna)');
    const named = { ...second, node: { ...(second as { node: object }).node, key: 'Mill:2' } } as Change;
    expect(await found(...mills, named, upsertEdge('Mill:2', 'IN_CITY', 'City:cracow'))).toEqual([]);
    expect(await found(...mills, named, upsertEdge('Mill:2', 'IN_CITY', 'City:vienna'))).toEqual([
      ['Old mill (Vienna)', 'Old mill Vienna'],
    ]);
  });

  it('of two that may be meant takes neither, and tells of the doubt', async () => {
    const inTowns = ['Upper', 'Lower'].flatMap((town) => [
      upsertNode('Town', `${town} Town`),
      upsertNode('Church', `Holy Sepulchre (${town} Town)`),
      upsertEdge(`Church:holy sepulchre ${town.toLowerCase()} town`, 'IN_TOWN', `Town:${town.toLowerCase()} town`),
    ]);
    const unsure = [upsertNode('Church', 'Holy Sepulcher'), upsertNode('County', 'Kent')];
    const { clusters, doubtful } = await resolveKnowledge(graphOf([...inTowns, ...unsure]), { threshold: 0.5 });
    expect(clusters).toEqual([]);
    expect(doubtful.map(({ names }) => names[1])).toEqual(['Holy Sepulcher', 'Holy Sepulcher']);
    const paris = graphOf([...inTowns, upsertNode('Church', 'Holy Sepulchre')]);
    expect((await resolveKnowledge(paris)).clusters).toEqual([]);
  });

  it('refuses a threshold that is none', async () => {
    for (const threshold of [-0.1, 1.1, Number.NaN]) {
      await expect(resolveKnowledge(graphOf(), { threshold })).rejects.toThrow(InvalidThreshold);
    }
  });

  it('finds nothing in a graph of nothing, and of one', async () => {
    expect(await resolveKnowledge(graphOf())).toMatchObject({ entities: 0, compared: 0, clusters: [], doubtful: [] });
    expect(await resolveKnowledge(graphOf([upsertNode('City', 'Lima')]))).toMatchObject({ entities: 1, clusters: [] });
  });

  it('finds the same whatever order things became known in', async () => {
    const words = fc.constantFrom(
      'oak',
      'oaks',
      'mill',
      'mile',
      'river',
      'rivers',
      'north',
      'south',
      'hall',
      'of',
      'II',
    );
    const names = fc.uniqueArray(
      fc.array(words, { minLength: 1, maxLength: 3 }).map((some) => some.join(' ')),
      { minLength: 2, maxLength: 16 },
    );
    const links = fc.array(fc.tuple(fc.nat(), fc.constantFrom('IN', 'NEAR'), fc.nat()), { maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(names, links, fc.nat(), async (all, edges, seed) => {
        const nodes = all.map((name, index) => upsertNode(index % 5 === 0 ? 'Thing' : 'Place', name));
        const keys = nodes.map((node) => (node.op === 'upsert-node' ? node.node.key : ''));
        const facts = edges.map(([from, type, to]) =>
          upsertEdge(keys[from % keys.length]!, type, keys[to % keys.length]!),
        );
        const shuffled = <T>(items: T[]): T[] =>
          items
            .map((item, index) => ({ item, place: Math.imul(index + 1, 2654435761 + seed) >>> 0 }))
            .sort((a, b) => a.place - b.place)
            .map(({ item }) => item);
        const one = await namesIn(graphOf([...nodes, ...facts]), 0.6);
        expect(await namesIn(graphOf([...shuffled(nodes), ...shuffled(facts)]), 0.6)).toEqual(one);
      }),
      SEEDED,
    );
  });
});
