import { randomUUID } from 'node:crypto';
import neo4j, { Neo4jError } from 'neo4j-driver';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import type { Neo4jServer } from '../../src/config/services-state.ts';
import type { Batch } from '../../src/domain/changes.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { toDocument } from '../../src/graph/export.ts';
import { GraphServerRefused, GraphUnavailable } from '../../src/graph/graph-store.ts';
import type { GraphStore } from '../../src/graph/graph-store.ts';
import { fromDriver } from '../../src/graph/neo4j/errors.ts';
import type { ParallelizerOptions } from '../../src/graph/parallel/parallelizer.ts';
import { GraphStores } from '../../src/graph/stores.ts';
import { cuttingProxy } from '../support/cutting-proxy.ts';
import { temporaryStore } from '../support/folders.ts';
import { neo4jServer } from '../support/graph-servers.ts';
import { openStore } from '../support/graph-stores.ts';
import { graphOf, upsertNode } from '../support/graphs.ts';
import { freePort } from '../../cli/runtime/ports.ts';
import { batch, FIRST, fold, graphStoreConformance, history } from './conformance.ts';

let server: Neo4jServer;
beforeAll(async () => {
  server = { ...(await neo4jServer()), origin: 'a test' };
});

graphStoreConformance('neo4j', (artifacts) => openStore('neo4j', artifacts, { servers: () => ({ neo4j: server }) }));

interface OpenOptions {
  artifacts?: ArtifactStore;
  on?: Neo4jServer;
  parallel?: ParallelizerOptions;
}

function open({ artifacts = temporaryStore(), on = server, parallel = {} }: OpenOptions = {}): GraphStore {
  const store = openStore('neo4j', artifacts, { servers: () => ({ neo4j: on }), parallel });
  onTestFinished(() => store.close());
  return store;
}

async function expectStored(store: GraphStore, run: string, graph: Graph): Promise<void> {
  expect(toDocument(await store.stored(run))).toEqual(toDocument(graph));
}

describe('a batch on a Neo4j server', () => {
  it('is there once when its acknowledgement is lost and it is applied again', async () => {
    const url = new URL(server.url);
    const proxy = await cuttingProxy(Number(url.port));
    onTestFinished(() => proxy.close());
    const store = open({ on: { ...server, url: `bolt://127.0.0.1:${proxy.port}` } });
    const batches = history(6);
    for (const [index, one] of batches.entries()) {
      if (index > 0) {
        proxy.cutAnswerTo('$changedNodes AS row');
        await expect(store.apply('r', one)).rejects.toThrow(GraphUnavailable);
      }
      expect(await store.apply('r', one)).toEqual(fold(batches.slice(0, index + 1)));
      await expectStored(store, 'r', fold(batches.slice(0, index + 1)));
    }
    expect(proxy.cuts).toBe(batches.length - 1);
  });

  it('is there once when two workers apply it at once, and one of them knows less', async () => {
    const artifacts = temporaryStore();
    const [one, other] = [open({ artifacts }), open({ artifacts })];
    const batches = history(10);
    for (const [index, next] of batches.entries()) {
      if (index % 3 === 0) await one.apply('r', next);
      else await Promise.all([one.apply('r', next), other.apply('r', next)]);
    }
    for (const store of [one, other]) await expectStored(store, 'r', fold(batches));
    await other.apply('r', batches[4]!);
    await expectStored(one, 'r', fold(batches));
  });

  it('goes in parts that are larger than a statement may be, as a whole', async () => {
    const store = open({ parallel: { batchSize: 7 } });
    const batches = history(12);
    const changes = batches.flatMap((one) => one.changes);
    await store.apply('r', batch(1, ...changes));
    await expectStored(store, 'r', graphOf(changes));
    for (const [index, next] of batches.entries()) await store.apply('r', batch(index + 2, ...next.changes));
    await expectStored(store, 'r', graphOf(changes, ...batches.map((one) => one.changes)));
  });

  it('may share a transaction with other runs’, each of which is as it is alone', async () => {
    const store = open({ parallel: { batchDelay: 20 } });
    const runs = Array.from({ length: 12 }, (_, index) => `run-${index}`);
    const batches = history(4);
    await Promise.all(runs.map(async (run) => Promise.all(batches.map((next) => store.apply(run, next)))));
    for (const run of runs) await expectStored(store, run, fold(batches));
    const other = batch(1, upsertNode('City', 'Lima'));
    const settled = await Promise.allSettled([store.apply('run-0', other), store.apply('new', other)]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await expectStored(store, 'new', graphOf(other.changes));
  });

  it('finds a graph that was only half dropped empty, and makes it again', async () => {
    const artifacts = temporaryStore();
    const store = open({ artifacts });
    const batches = history(5);
    for (const next of batches.slice(0, 4)) await store.apply('r', next);
    const { default: neo4j } = await import('neo4j-driver');
    const driver = neo4j.driver(server.url, neo4j.auth.basic(server.user, server.password));
    const name = `r@${(await artifacts.read('graph-store-id'))!.toString()}`;
    await driver.executeQuery('MATCH (g:_Graph {_run: $name}) SET g._revision = -1', { name });
    await driver.executeQuery('MATCH (n:_Node {_run: $name}) WITH n LIMIT 2 DETACH DELETE n', { name });
    await driver.close();
    await store.apply('r', batches[4]!);
    await expectStored(store, 'r', fold(batches));
  });
});

it('50 runs at once are each what they are alone, and dropping one leaves 49 as they were', async () => {
  const store = open();
  const runs = Array.from({ length: 50 }, (_, index) => `run-${index}`);
  // Names that all of them have, and values of their own.
  const batchesOf = (run: string): Batch[] =>
    history(6).map(({ revision, changes }) =>
      batch(revision, ...changes, upsertNode('Country', 'Peru', { run, round: revision })),
    );
  await Promise.all(runs.map((run) => Promise.all(batchesOf(run).map((next) => store.apply(run, next)))));
  for (const run of runs) await expectStored(store, run, fold(batchesOf(run)));
  await store.drop('run-17');
  for (const run of runs) await expectStored(store, run, run === 'run-17' ? graphOf() : fold(batchesOf(run)));
}, 180_000);

describe('a Neo4j that cannot be used', () => {
  it('for its password is refused in one sentence that does not show it', async () => {
    const password = randomUUID();
    const error: unknown = await open({ on: { ...server, password } })
      .apply('r', FIRST)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GraphServerRefused);
    expect(String(error)).toContain('refuses the user "neo4j": check NEO4J_USERNAME and NEO4J_PASSWORD.');
    expect(String(error)).not.toContain(password);
  });

  it('for its database is refused by that name', async () => {
    await expect(open({ on: { ...server, database: 'nowhere' } }).describe('r')).rejects.toThrow(
      /has no database "nowhere": check NEO4J_DATABASE/,
    );
  });

  it('for its age is refused with what it is and what is needed', async () => {
    const proxy = await cuttingProxy(Number(new URL(server.url).port));
    onTestFinished(() => proxy.close());
    proxy.replaceInAnswers('Neo4j/5.26', 'Neo4j/5.25');
    const error: unknown = await open({ on: { ...server, url: `bolt://127.0.0.1:${proxy.port}` } })
      .apply('r', FIRST)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GraphServerRefused);
    expect(String(error)).toMatch(/is Neo4j\/5\.25\.\d+: kgot needs 5\.26 or newer/);
  });

  it.each([
    [
      'Neo.ClientError.Security.Forbidden',
      'does not let "neo4j" do it: the user needs to read, write and make constraints',
    ],
    ['Neo.ClientError.Security.CredentialsExpired', 'wants another password for "neo4j" first'],
    ['Neo.ClientError.Security.AuthenticationRateLimit', 'refuses any password for now'],
  ])('for %s is refused with what to do', (code, message) => {
    const error = fromDriver(new Neo4jError('no', code, '50N42', 'no'), server);
    expect(error).toBeInstanceOf(GraphServerRefused);
    expect((error as Error).message).toContain(message);
  });

  it('as it has another leader, or a deadlock, may be asked again at once', async () => {
    expect(fromDriver(new Neo4jError('no', 'Neo.ClientError.Cluster.NotALeader', '50N42', 'no'), server)).toMatchObject(
      {
        name: 'GraphUnavailable',
        retryAfter: 200,
      },
    );
    const driver = neo4j.driver(server.url, neo4j.auth.basic(server.user, server.password));
    onTestFinished(() => driver.close());
    const lock = (name: string): string => `MERGE (n:Lock {name: '${name}'}) SET n.by = randomUUID()`;
    for (const name of ['a', 'b']) await driver.executeQuery(lock(name));
    const inOrder = async (first: string, second: string, both: Promise<unknown>[]): Promise<void> => {
      const session = driver.session();
      const transaction = session.beginTransaction();
      const locked = transaction.run(lock(first));
      both.push(locked);
      await locked;
      await Promise.all(both);
      await transaction.run(lock(second));
      await transaction.commit();
      await session.close();
    };
    const both: Promise<unknown>[] = [];
    const outcomes = await Promise.allSettled([inOrder('a', 'b', both), inOrder('b', 'a', both)]);
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(failed.map((error) => fromDriver(error, server))).toMatchObject([
      { name: 'GraphUnavailable', retryAfter: 20 },
    ]);
  });

  it('as it is away may be asked again later', async () => {
    const port = await freePort();
    await expect(open({ on: { ...server, url: `bolt://127.0.0.1:${port}` } }).describe('r')).rejects.toThrow(
      GraphUnavailable,
    );
  });

  it.each(['close', 'reset'] as const)(
    'as it goes away (%s) while somebody enters may be asked again at once',
    async (how) => {
      const proxy = await cuttingProxy(Number(new URL(server.url).port), how);
      onTestFinished(() => proxy.close());
      const store = open({ on: { ...server, url: `bolt://127.0.0.1:${proxy.port}` } });
      proxy.cutAnswerTo('principal');
      await expect(store.describe('r')).rejects.toThrow(GraphUnavailable);
      expect(proxy.cuts).toBe(1);
      expect(await store.describe('r')).toMatchObject({ revision: 0 });
    },
  );

  it('and comes back at another address is found there by whoever asks for the store again', async () => {
    const here: { neo4j?: Neo4jServer } = { neo4j: { ...server, url: `bolt://127.0.0.1:${await freePort()}` } };
    const stores = new GraphStores({ artifacts: temporaryStore(), servers: () => here });
    onTestFinished(() => stores.close());
    await expect(stores.of('neo4j').apply('r', FIRST)).rejects.toThrow(GraphUnavailable);
    delete here.neo4j;
    await expect(stores.of('neo4j').apply('r', FIRST)).rejects.toThrow(GraphUnavailable);
    here.neo4j = server;
    const moved = stores.of('neo4j');
    expect(await moved.apply('r', FIRST)).toEqual(fold([FIRST]));
    expect(stores.of('neo4j')).toBe(moved);
  });

  it('as there is none says how to have one', () => {
    expect(() => openStore('neo4j', temporaryStore())).toThrow(/kgot services up neo4j.*NEO4J_URI/);
  });
});
