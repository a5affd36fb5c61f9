import { beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import type { Change } from '../../src/domain/changes.ts';
import { InvalidBatch, NAME_BYTES } from '../../src/domain/check-batch.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { toDocument } from '../../src/graph/export.ts';
import type { GraphStore } from '../../src/graph/graph-store.ts';
import { temporaryStore } from '../support/folders.ts';
import { graphOf, manyNodes, upsertEdge, upsertNode } from '../support/graphs.ts';
import { ADA, batch, FIRST, PERU } from './conformance.ts';
import type { OpenStore } from './conformance.ts';

/** Reads of our own, what the back end itself holds, and what none may hold. */
export function readConformance(open: OpenStore): void {
  let artifacts: ArtifactStore;
  let store: GraphStore;
  beforeEach(async () => {
    artifacts = temporaryStore();
    store = await open(artifacts);
    return () => store.close();
  });

  /** What the back end holds is what the batches say, in whatever order. */
  const expectStored = async (run: string, graph: Graph): Promise<void> => {
    expect(toDocument(await store.stored(run))).toEqual(toDocument(graph));
  };

  describe('the back end', () => {
    it('holds the fold of the batches with all that is known of where it comes from', async () => {
      await expectStored('r', graphOf());
      const second = [
        upsertNode('Country', 'Peru', { population: 35_000_000, capital: 'Lima' }, 'round 2: search'),
        upsertNode('City', 'Lima', {}, 'round 2: search'),
        upsertEdge('City:lima', 'CAPITAL_OF', PERU, { source: 'round 2: search' }),
        upsertEdge(ADA, 'LEADS', PERU, { properties: { since: 2022 }, source: 'round 2: search' }),
      ];
      await store.apply('r', FIRST);
      await store.apply('r', batch(2, ...second));
      await expectStored('r', graphOf(FIRST.changes, second));
      const { earlier, sources, since } = (await store.stored('r')).nodes.get(PERU)!;
      expect(sources).toEqual(['round 1: search', 'round 2: search']);
      expect(earlier).toEqual([{ property: 'population', value: 34_000_000, source: 'round 1: search' }]);
      expect(since).toBe(1);
    });

    it('holds nothing more of what was retracted, and all that came back', async () => {
      const batches: Change[][] = [
        FIRST.changes,
        [{ op: 'retract-node', key: PERU, source: 's' }],
        [upsertNode('State', 'Peru'), upsertNode('Country', 'Peru'), upsertEdge(ADA, 'LEFT', PERU)],
        [{ op: 'retract-node', key: PERU, source: 's' }, upsertNode('Country', 'Peru', { again: true })],
        [{ op: 'retract-edge', from: ADA, to: PERU, type: 'LEFT', source: 's' }, upsertEdge(PERU, 'NEAR', PERU)],
      ];
      for (const [index, changes] of batches.entries()) {
        await store.apply('r', batch(index + 1, ...changes));
        await expectStored('r', graphOf(...batches.slice(0, index + 1)));
      }
    });

    it.each([
      ['quotes and backslashes', 'a"b\'c`d\\e'],
      ['line ends and tabs', 'a\nb\r\nc\td\u2028e'],
      ['emoji', '👩‍👩‍👧 ☃️'],
      ['what would end a statement', '`) DETACH DELETE n //'],
      ['what would end an update', '> } ; DROP ALL #'],
      ['braces and dollars', '${x} {{y}} $1 %s <b>'],
      ['white space', ' a  b '],
      ['other scripts', 'العربية 漢字 हिन्दी'],
      ['a leading underscore', '_run'],
      ['many characters', '長'.repeat(Math.floor(NAME_BYTES / 3))],
    ])('holds names with %s: keys, labels, types, properties', async (_, name) => {
      const other = name.length > 100 ? 'other' : `${name}2`;
      const changes: Change[] = [
        { op: 'upsert-node', node: { key: name, labels: [name, 'Thing'], properties: { [name]: name } }, source: name },
        { op: 'upsert-node', node: { key: other, labels: ['Thing'], properties: {} }, source: name },
        upsertEdge(name, name, other, { key: name, properties: { [name]: 1 }, source: name }),
        upsertEdge(name, name, other, { properties: { [name]: 2 } }),
      ];
      await store.apply('r', batch(1, ...changes));
      await expectStored('r', graphOf(changes));
      await store.apply('r', batch(2, { op: 'retract-node', key: name, source: 's' }));
      await expectStored('r', graphOf(changes, [{ op: 'retract-node', key: name, source: 's' }]));
    });

    it('holds values as they are', async () => {
      const values = {
        text: '漢字 😀 "quoted" \\ \'name\' \n\t ${x} é e\u0301',
        control: '\u0001\u0007\u001f\u007f',
        empty: '',
        spaces: ' \n ',
        words: 'true',
        digits: '0042',
        long: 'x'.repeat(100_000),
        whole: 42,
        negative: -7,
        large: Number.MAX_SAFE_INTEGER,
        huge: 2 ** 70,
        half: 0.5,
        third: 1 / 3,
        tiny: 5e-324,
        most: Number.MAX_VALUE,
        yes: true,
        no: false,
      };
      const changes = [
        upsertNode('Odd', 'a', values),
        upsertNode('Odd', 'b'),
        upsertEdge('Odd:a', 'KNOWS', 'Odd:b', { properties: values }),
      ];
      await store.apply('r', batch(1, ...changes));
      await expectStored('r', graphOf(changes));
    });

    it('holds each run apart, and forgets one without a touch of the others', async () => {
      const lima = batch(1, upsertNode('Country', 'Peru', { population: 1 }), upsertNode('City', 'Lima'));
      await Promise.all([store.apply('r', FIRST), store.apply('other', lima)]);
      await expectStored('r', graphOf(FIRST.changes));
      await expectStored('other', graphOf(lima.changes));
      await store.drop('other');
      await expectStored('other', graphOf());
      expect(await store.read('other')).toEqual(graphOf());
      await expectStored('r', graphOf(FIRST.changes));
      await store.apply('other', FIRST);
      await expectStored('other', graphOf(FIRST.changes));
      await store.drop('nobody');
    });

    it('is made again from the batches where it lost them', async () => {
      const first = await open(temporaryStore());
      await first.close();
      await store.apply('r', FIRST);
      const second = await open(artifacts);
      await second.apply('r', batch(2, upsertNode('City', 'Lima')));
      await store.apply('r', batch(3, upsertNode('City', 'Cusco')));
      await expectStored('r', graphOf(FIRST.changes, [upsertNode('City', 'Lima')], [upsertNode('City', 'Cusco')]));
      await second.close();
    });
  });

  describe('a description', () => {
    it('counts nodes by label and edges by type, most first', async () => {
      expect(await store.describe('r')).toEqual({ revision: 0, nodes: 0, edges: 0, labels: [], types: [] });
      await store.apply('r', FIRST);
      await store.apply('r', batch(2, upsertNode('Country', 'Chile'), upsertEdge('Country:chile', 'NEAR', PERU)));
      expect(await store.describe('r')).toEqual({
        revision: 2,
        nodes: 3,
        edges: 2,
        labels: [
          { label: 'Country', count: 2 },
          { label: 'Person', count: 1 },
        ],
        types: [
          { type: 'LEADS', count: 1 },
          { type: 'NEAR', count: 1 },
        ],
      });
    });
  });

  describe('neighbours', () => {
    /** A line of things, each beside the next. */
    const line = (length: number): Change[] => [
      ...manyNodes(length),
      ...Array.from({ length: length - 1 }, (_, index) =>
        upsertEdge(`Thing:thing ${index}`, 'BEFORE', `Thing:thing ${index + 1}`),
      ),
    ];
    const keysOf = ({ nodes }: { nodes: readonly { key: string }[] }): string[] =>
      nodes.map(({ key }) => key.replace('Thing:thing ', '')).sort();

    it('are what is so many edges away, in either direction, with the edges between', async () => {
      await store.apply('r', batch(1, ...line(9)));
      const one = await store.neighbours('r', ['Thing:thing 4'], { hops: 1, nodes: 50 });
      expect(one).toMatchObject({ revision: 1, truncated: false });
      expect(keysOf(one)).toEqual(['3', '4', '5']);
      expect(one.nodes[0]!.key).toBe('Thing:thing 4');
      expect(one.edges.map(({ from, to }) => `${from} ${to}`.replaceAll('Thing:thing ', '')).sort()).toEqual([
        '3 4',
        '4 5',
      ]);
      const two = await store.neighbours('r', ['Thing:thing 4', 'Thing:thing 0'], { hops: 2, nodes: 50 });
      expect(keysOf(two)).toEqual(['0', '1', '2', '3', '4', '5', '6']);
      expect(two.edges).toHaveLength(6);
      const { nodes } = await store.read('r');
      for (const node of two.nodes) expect(node).toEqual(nodes.get(node.key));
    });

    it('are at most so many, and none of a key that is not there', async () => {
      await store.apply('r', batch(1, ...line(9)));
      const few = await store.neighbours('r', ['Thing:thing 4'], { hops: 2, nodes: 3 });
      expect(few).toMatchObject({ truncated: true });
      expect(few.nodes).toHaveLength(3);
      expect(few.nodes[0]!.key).toBe('Thing:thing 4');
      expect(await store.neighbours('r', ['nobody'], { hops: 2, nodes: 3 })).toEqual({
        revision: 1,
        nodes: [],
        edges: [],
        truncated: false,
      });
      expect((await store.neighbours('other', ['Thing:thing 4'], { hops: 2, nodes: 3 })).nodes).toEqual([]);
    });
  });

  describe('a batch', () => {
    const node = (properties: object, key = 'a', labels = ['A']): Change =>
      ({ op: 'upsert-node', node: { key, labels, properties }, source: 's' }) as Change;

    it.each([
      ['NaN', node({ x: NaN }), 'the property "x" is NaN: give a finite number'],
      ['an infinite number', node({ x: -Infinity }), 'the property "x" is -Infinity'],
      ['an integer of another kind', node({ x: 2n ** 70n }), 'which is over what a number holds exactly'],
      ['a list', node({ x: [1] }), 'the property "x" is a list: give text, a number or a truth'],
      ['a map', node({ x: { y: 1 } }), 'the property "x" is a object'],
      ['nothing', node({ x: null }), 'the property "x" is null'],
      ['half a character', node({ x: '\ud800' }), 'holds half of a surrogate pair'],
      ['a name of half a character', node({ 'x\ud800': 1 }), 'holds half of a surrogate pair'],
      [
        'a name too long',
        node({ ['x'.repeat(NAME_BYTES + 1)]: 1 }),
        `has ${NAME_BYTES + 1} bytes, the most is ${NAME_BYTES}`,
      ],
      ['a key too long', node({}, '長'.repeat(NAME_BYTES)), `has ${3 * NAME_BYTES} bytes`],
      ['a name with a zero', node({}, 'a', ['A\0']), 'holds U+0000'],
      ['an empty name', node({ '': 1 }), 'a property name is "": give text'],
      ['an empty key', node({}, ''), 'a key is ""'],
      ['no label', node({}, 'a', []), 'has no label'],
      ['an edge without a type', upsertEdge('a', '', 'b'), 'a edge type is ""'],
    ])('with %s is refused, and nothing of it is written', async (_, change, reason) => {
      await store.apply('r', FIRST);
      const applied = store.apply('r', batch(2, upsertNode('City', 'Lima'), change));
      await expect(applied).rejects.toThrow(InvalidBatch);
      await expect(applied).rejects.toThrow(reason);
      await expect(applied).rejects.toThrow('Change 1 (');
      expect(await artifacts.list('runs/r')).toHaveLength(1);
      await expectStored('r', graphOf(FIRST.changes));
      expect((await store.apply('r', batch(2, upsertNode('City', 'Lima')))).revision).toBe(2);
    });
  });

  it('holds 100,000 nodes', { timeout: 300_000 }, async () => {
    const count = 100_000;
    const size = 25_000;
    for (let revision = 1; revision <= count / size; revision += 1) {
      const first = (revision - 1) * size;
      const nodes = Array.from({ length: size }, (_, index) => upsertNode('Thing', `thing ${first + index}`));
      const edges = Array.from({ length: size / 10 }, (_, index) =>
        upsertEdge(`Thing:thing ${first + index}`, 'BEFORE', `Thing:thing ${first + index + 1}`),
      );
      await store.apply('r', batch(revision, ...nodes, ...edges));
    }
    const description = await store.describe('r');
    expect(description).toMatchObject({ revision: count / size, nodes: count, edges: count / 10 });
    const { nodes } = await store.neighbours('r', ['Thing:thing 50001'], { hops: 1, nodes: 10 });
    expect(nodes.map(({ key }) => key).sort()).toEqual([0, 1, 2].map((index) => `Thing:thing ${50_000 + index}`));
    await store.drop('r');
    expect(await store.describe('r')).toMatchObject({ revision: 0, nodes: 0 });
  });
}
