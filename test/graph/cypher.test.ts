import grafeo from '@grafeo-db/js';
import type { GrafeoDB as Database } from '@grafeo-db/js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change, Properties } from '../../src/domain/changes.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { quoteName, toCypher, toCypherScript } from '../../src/graph/cypher.ts';
import { graphOf, manyNodes, upsertEdge, upsertNode } from '../support/graphs.ts';
import { SEEDED } from '../support/property.ts';

/** What a database holds, whatever the order: nodes by labels and properties, edges with those of their ends. */
async function contentOf(database: Database): Promise<string[]> {
  const rows = async (query: string): Promise<Record<string, unknown>[]> =>
    (await database.executeCypher(query)).toArray();
  const nodes = await rows('MATCH (n) RETURN labels(n) AS labels, properties(n) AS properties');
  const edges = await rows(
    'MATCH (a)-[r]->(b) RETURN properties(a) AS a, type(r) AS type, properties(r) AS properties, properties(b) AS b',
  );
  return [...nodes, ...edges].map(textOf).sort();
}

function textOf(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(textOf).sort().join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${textOf(member)}`);
  return `{${members.sort().join()}}`;
}

/** The graph as the store projects it for queries. */
function projected(graph: Graph): Database {
  const database = grafeo.GrafeoDB.create();
  const ids = new Map<string, number>();
  for (const { key, labels, properties } of graph.nodes.values()) {
    ids.set(key, database.createNode(labels, properties).id);
  }
  for (const { from, to, type, properties } of graph.edges.values()) {
    database.createEdge(ids.get(from)!, ids.get(to)!, type, properties);
  }
  return database;
}

async function rebuilt(statements: readonly string[]): Promise<Database> {
  const database = grafeo.GrafeoDB.create();
  for (const statement of statements) await database.executeCypher(statement);
  return database;
}

async function expectRebuilt(graph: Graph): Promise<void> {
  const [made, wanted] = [await rebuilt(toCypher(graph)), projected(graph)];
  expect(await contentOf(made)).toEqual(await contentOf(wanted));
  made.close();
  wanted.close();
}

/** A backtick in a name is doubled, as Neo4j reads it; Grafeo has no way to write one. */
const anyName = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }),
    fc.constantFrom('match', 'Return', 'ORDER', 'a b', "it's", '"', '\\', '//', '/*', ';\n', '{', '}', '$x', '1', 'e1'),
  )
  .map((name) => name.replaceAll('`', "'"));
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '\\u0041',
    "\\'",
    '\n;\n',
    '`',
    '\u2028',
    '\b\f\t\r\0',
    '// no comment',
    "'; MATCH (n) DETACH DELETE n",
  ),
);
const anyValue = fc.oneof(
  anyText,
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
);
const anyProperties: fc.Arbitrary<Properties> = fc.dictionary(anyName, anyValue, { maxKeys: 4 });
const weirdGraph: fc.Arbitrary<Graph> = fc
  .record({
    nodes: fc.array(
      fc.record({
        key: fc.string({ minLength: 1, maxLength: 8 }),
        labels: fc.uniqueArray(anyName, { minLength: 1, maxLength: 3 }),
        properties: anyProperties,
      }),
      { minLength: 1, maxLength: 6 },
    ),
    edges: fc.array(fc.record({ from: fc.nat(), to: fc.nat(), type: anyName, properties: anyProperties }), {
      maxLength: 6,
    }),
  })
  .map(({ nodes, edges }) =>
    graphOf([
      ...nodes.map((node): Change => ({ op: 'upsert-node', node, source: 'a test' })),
      ...edges.map(({ from, to, type, properties }) =>
        upsertEdge(nodes[from % nodes.length]!.key, type, nodes[to % nodes.length]!.key, { properties }),
      ),
    ]),
  );

describe('a Cypher script', () => {
  it('is one statement that a person can read', () => {
    const graph = graphOf([
      upsertNode('Country', 'Peru', { population: 34_000_000, share: 0.5, landlocked: false }),
      upsertNode('Head of state', "Ada O'Vega"),
      upsertEdge('HeadOfState:ada o vega', 'LEADS', 'Country:peru', { properties: { since: '2021' } }),
    ]);
    expect(toCypherScript(graph)).toBe(
      `CREATE
  (n0:Country {name: 'Peru', population: 34000000, share: 0.5, landlocked: false}),
  (n1:\`Head of state\` {name: 'Ada O\\'Vega'}),
  (n1)-[:LEADS {since: '2021'}]->(n0);
`,
    );
  });

  it('is empty for an empty graph', () => {
    expect(toCypherScript(graphOf())).toBe('');
  });

  it('makes a graph again in Grafeo, whatever its names and values are', { timeout: 120_000 }, async () => {
    await fc.assert(fc.asyncProperty(weirdGraph, expectRebuilt), SEEDED);
  });

  it('makes a large graph again, in many statements that leave no mark behind', { timeout: 120_000 }, async () => {
    const graph = graphOf([
      ...manyNodes(700, { text: 'a;\nb' }),
      ...Array.from({ length: 400 }, (_, index) =>
        upsertEdge(`Thing:thing ${index}`, index % 2 === 0 ? 'NEAR' : 'FAR; FROM', `Thing:thing ${index + 1}`, {
          key: String(index),
          properties: { index },
        }),
      ),
    ]);
    expect(toCypher(graph).length).toBe(1_101);
    await expectRebuilt(graph);
  });

  it('keeps two edges of one type between the same nodes apart', async () => {
    const [a, b] = ['Person:ada', 'Club:astros'];
    const played = (key: string): Change => upsertEdge(a, 'PLAYED_FOR', b, { key, properties: { season: key } });
    await expectRebuilt(graphOf([upsertNode('Person', 'Ada'), upsertNode('Club', 'Astros'), played('1'), played('2')]));
  });
});

describe('quoteName', () => {
  it.each([
    ['Person', 'Person'],
    ['PLAYED_FOR', 'PLAYED_FOR'],
    ['match', '`match`'],
    ['Order', 'Order'],
    ['a`b', '`a``b`'],
    ['``', '``````'],
    ['1st', '`1st`'],
    ['über', '`über`'],
    ['', '``'],
  ])('writes %j as %s', (name, written) => {
    expect(quoteName(name)).toBe(written);
  });

  it('never lets a name end its quotes', () => {
    const read = /^`((?:[^`]|``)*)`$/;
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (name) => {
        const written = quoteName(name);
        const inside = read.exec(written)?.[1];
        expect(inside === undefined ? written : inside.replaceAll('``', '`')).toBe(name);
      }),
      SEEDED,
    );
  });
});
