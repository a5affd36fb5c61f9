import neo4j from 'neo4j-driver';
import type { Driver } from 'neo4j-driver';
import type { Neo4jServer } from '../../src/config/services-state.ts';
import { BatchLog } from '../../src/graph/batches.ts';
import { neighboursStatement } from '../../src/graph/neo4j/statements.ts';
import type { GraphStores } from '../../src/graph/stores.ts';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { rowOf } from '../rows.ts';
import type { BenchOptions, Pair, Row } from '../rows.ts';
import { batchOf, eachAtOnce, people, timed } from './material.ts';
import { EDGES, measureWrites, NODES, RUNS } from './writes.ts';
import type { RawWriter } from './writes.ts';

const READS = 1_000;
const AT_ONCE = 20;
const WARM_UPS = 3;

export interface Neo4jBench extends BenchOptions {
  server: Neo4jServer;
  stores: GraphStores;
  artifacts: ArtifactStore;
}

export async function neo4jRows(options: Neo4jBench): Promise<Row[]> {
  const { server } = options;
  const driver = neo4j.driver(server.url, neo4j.auth.basic(server.user, server.password), {
    disableLosslessIntegers: true,
  });
  try {
    await driver.executeQuery(
      'CREATE CONSTRAINT bench_person IF NOT EXISTS FOR (n:Person) REQUIRE (n.run, n.key) IS UNIQUE',
    );
    return [await writes(options, driver), await reads(options, driver), ...(await modelQueries(options, driver))];
  } finally {
    await driver.close();
  }
}

interface RawSetting {
  size: number;
  sessions: number;
  verb: 'MERGE' | 'CREATE';
}

/** The same nodes and edges by the plain driver: in batches of one size, runs side by side in so many sessions. */
async function rawWrite(driver: Driver, turn: string, { size, sessions, verb }: RawSetting): Promise<void> {
  const changes = people(NODES, EDGES);
  const nodes = changes.flatMap((change) => (change.op === 'upsert-node' ? change.node : []));
  const edges = changes.flatMap((change) => (change.op === 'upsert-edge' ? change.edge : []));
  // Where things come from, as ours do: without it, it would be less work.
  const origin = { source: changes[0]!.source, revision: neo4j.int(1) };
  const run = async (session: ReturnType<Driver['session']>, name: string): Promise<void> => {
    for (let from = 0; from < nodes.length; from += size) {
      const rows = nodes
        .slice(from, from + size)
        .map(({ key, properties }) => ({ key, properties: { ...properties, ...origin } }));
      await session.run(`UNWIND $rows AS row ${verb} (n:Person {run: $run, key: row.key}) SET n += row.properties`, {
        rows,
        run: name,
      });
    }
    for (let from = 0; from < edges.length; from += size) {
      const rows = edges
        .slice(from, from + size)
        .map((edge) => ({ from: edge.from, to: edge.to, properties: { ...edge.properties, ...origin, run: name } }));
      await session.run(
        `UNWIND $rows AS row MATCH (a:Person {run: $run, key: row.from}) MATCH (b:Person {run: $run, key: row.to}) ` +
          `${verb} (a)-[r:KNOWS]->(b) SET r += row.properties`,
        { rows, run: name },
      );
    }
  };
  await eachAtOnce(
    Array.from({ length: RUNS }, (_, index) => `${turn}-${index}`),
    sessions,
    async (name) => {
      const session = driver.session();
      await run(session, name);
      await session.close();
    },
  );
}

function writes(options: Neo4jBench, driver: Driver): Promise<Row> {
  const settings = (['MERGE', 'CREATE'] as const).flatMap((verb) =>
    [50, 100, 200].flatMap((size) => [1, 2, 4, 10].map((sessions): RawSetting => ({ size, sessions, verb }))),
  );
  const raw: RawWriter<RawSetting> = {
    settings,
    name: ({ size, sessions, verb }) => `neo4j-driver, ${verb} in batches of ${size}, ${sessions} sessions`,
    write: async (setting, turn) => {
      const seconds = await timed(() => rawWrite(driver, String(turn), setting));
      await driver.executeQuery('MATCH (n:Person) DETACH DELETE n');
      return seconds;
    },
  };
  return measureWrites('neo4j-write-vs-raw', options.stores.of('neo4j'), raw, options);
}

async function reads({ stores, artifacts, pairs, log }: Neo4jBench, driver: Driver): Promise<Row> {
  log('neo4j-read-vs-raw …');
  const store = stores.of('neo4j');
  const run = 'reads';
  await store.apply(run, batchOf(1, people(2_000, 4_000)));
  const keys = Array.from({ length: READS }, (_, index) => `Person:person ${index * 2}`);
  const name = await new BatchLog(artifacts).globalName(run);
  const ours = (): Promise<number> =>
    timed(() => eachAtOnce(keys, AT_ONCE, (key) => store.neighbours(run, [key], { hops: 2, nodes: 50 })));
  const raw = (): Promise<number> =>
    timed(() =>
      eachAtOnce(keys, AT_ONCE, async (key) => {
        const session = driver.session({ defaultAccessMode: 'READ' });
        await session.run(neighboursStatement(2), { run: name, keys: [key], most: BigInt(51) });
        await session.close();
      }),
    );
  for (let turn = 1; turn <= WARM_UPS; turn += 1) {
    await ours();
    await raw();
  }
  const measured: Pair[] = [];
  // A turn takes a second, within which the collectors of both processes weigh much: the median wants more of them.
  for (let pair = 1; pair <= 3 * pairs; pair += 1) {
    measured.push({ ours: READS / (await ours()), rival: READS / (await raw()) });
  }
  await store.drop(run);
  return rowOf(
    {
      id: 'neo4j-read-vs-raw',
      unit: 'reads/s',
      rival: 'neo4j-driver, the same statement, 20 sessions',
      goal: 'ratio ≥ 0.9',
    },
    measured,
    (ratio) => ratio >= 0.9,
  );
}

/** A query as a model writes it. */
const MODEL_QUERY =
  'MATCH (a:Person)-[:KNOWS]->(b:Person)-[:KNOWS]->(c:Person) WHERE a.age > 30 AND c.city <> a.city ' +
  'RETURN a.name, b.name, c.name, c.age ORDER BY c.age DESC, a.name LIMIT 25';

async function modelQueries({ stores, pairs, log }: Neo4jBench, driver: Driver): Promise<Row[]> {
  log('neo4j-model-query …');
  const store = stores.of('neo4j');
  const changes = people(500, 1_500);
  await rawGraph(driver, changes);
  const limits = { rows: 50, milliseconds: 10_000 };
  const TIMES = 20;
  const server = (): Promise<number> =>
    timed(async () => {
      for (let time = 0; time < TIMES; time += 1) {
        const session = driver.session({ defaultAccessMode: 'READ' });
        await session.run(MODEL_QUERY);
        await session.close();
      }
    });
  await store.apply('warm', batchOf(1, changes));
  const warm = (): Promise<number> =>
    timed(async () => {
      for (let time = 0; time < TIMES; time += 1) await store.query('warm', 1, MODEL_QUERY, limits);
    });
  let cold = 0;
  /** Each time a graph that no child holds yet. */
  const coldQueries = async (): Promise<number> => {
    const names = Array.from({ length: TIMES }, () => `cold-${(cold += 1)}`);
    for (const name of names) await store.apply(name, batchOf(1, changes));
    const seconds = await timed(async () => {
      for (const name of names) await store.query(name, 1, MODEL_QUERY, limits);
    });
    for (const name of names) await store.drop(name);
    return seconds;
  };
  await warm();
  await server();
  await server();
  await coldQueries();
  const warmPairs: Pair[] = [];
  const coldPairs: Pair[] = [];
  const toMilliseconds = 1000 / TIMES;
  for (let pair = 1; pair <= pairs; pair += 1) {
    warmPairs.push({ ours: (await warm()) * toMilliseconds, rival: (await server()) * toMilliseconds });
    coldPairs.push({ ours: (await coldQueries()) * toMilliseconds, rival: (await server()) * toMilliseconds });
  }
  await driver.executeQuery('MATCH (n:Person) DETACH DELETE n');
  await store.drop('warm');
  const rival = 'the same query on the server, by neo4j-driver';
  return [
    rowOf({ id: 'neo4j-model-query-warm', unit: 'ms', rival, goal: 'ratio ≤ 0.5' }, warmPairs, (ratio) => ratio <= 0.5),
    rowOf({ id: 'neo4j-model-query-cold', unit: 'ms', rival, goal: 'ratio ≤ 10' }, coldPairs, (ratio) => ratio <= 10),
  ];
}

async function rawGraph(driver: Driver, changes: ReturnType<typeof people>): Promise<void> {
  const nodes = changes.flatMap((change) => (change.op === 'upsert-node' ? change.node : []));
  const edges = changes.flatMap((change) => (change.op === 'upsert-edge' ? change.edge : []));
  await driver.executeQuery('UNWIND $rows AS row CREATE (n:Person {run: "q", key: row.key}) SET n += row.properties', {
    rows: nodes,
  });
  await driver.executeQuery(
    'UNWIND $rows AS row MATCH (a:Person {run: "q", key: row.from}) MATCH (b:Person {run: "q", key: row.to}) ' +
      'CREATE (a)-[r:KNOWS]->(b) SET r += row.properties',
    { rows: edges },
  );
}
