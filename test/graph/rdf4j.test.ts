import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import type { Graph } from '../../src/domain/graph.ts';
import { toDocument } from '../../src/graph/export.ts';
import { GraphServerRefused, GraphUnavailable, QueryError } from '../../src/graph/graph-store.ts';
import type { GraphStore } from '../../src/graph/graph-store.ts';
import { BatchLog } from '../../src/graph/batches.ts';
import { askRepository } from '../../src/graph/rdf4j/query.ts';
import { repositoryName } from '../../src/graph/rdf4j/repository.ts';
import { Rdf4jConnection } from '../../src/graph/rdf4j/server.ts';
import type { Rdf4jServer } from '../../src/graph/rdf4j/store.ts';
import { GraphStores } from '../../src/graph/stores.ts';
import { cuttingProxy } from '../support/cutting-proxy.ts';
import { temporaryStore } from '../support/folders.ts';
import { rdf4jServer, startRdf4j } from '../support/graph-servers.ts';
import type { PrivateServer } from '../support/graph-servers.ts';
import { openStore } from '../support/graph-stores.ts';
import { FIRST, fold, graphStoreConformance, history } from './conformance.ts';
import { LIMITS } from './conformance-queries.ts';

const on = (server: Rdf4jServer | undefined, artifacts: ArtifactStore): GraphStore =>
  openStore('rdf4j', artifacts, {
    servers: () => (server === undefined ? {} : { rdf4j: { ...server, origin: 'a test' } }),
  });

// A server of its own, which is ended and started again once a query was given up: RDF4J goes on with some of them for hours.
let hardPressed: Promise<PrivateServer> | undefined;
let gaveUp = false;
afterAll(async () => (await hardPressed)?.close());

graphStoreConformance('rdf4j', openHardPressed, 'sparql');

async function openHardPressed(artifacts: ArtifactStore): Promise<GraphStore> {
  const server = await (hardPressed ??= startRdf4j());
  if (gaveUp) {
    await server.kill();
    await server.restart();
    gaveUp = false;
  }
  const store = on(server, artifacts);
  const query = store.query.bind(store);
  store.query = (...question) =>
    query(...question).catch((error: unknown) => {
      gaveUp ||= error instanceof QueryError && error.message.includes('longer than');
      throw error;
    });
  return store;
}

function open(server: Rdf4jServer, artifacts: ArtifactStore = temporaryStore()): GraphStore {
  const store = on(server, artifacts);
  onTestFinished(() => store.close());
  return store;
}

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof GraphUnavailable) || attempt === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, error.retryAfter));
    }
  }
}

async function expectStored(store: GraphStore, graph: Graph): Promise<void> {
  expect(toDocument(await store.stored('r'))).toEqual(toDocument(graph));
  await expectAnswered(store, 'r', graph);
}

/** A query at the graph's revision sees its edges. */
async function expectAnswered(store: GraphStore, run: string, graph: Graph): Promise<void> {
  const { rows } = await store.query(run, graph.revision, 'SELECT (COUNT(*) AS ?n) { ?a rel:IN ?b }', LIMITS);
  expect(rows).toEqual([[[...graph.edges.values()].filter(({ type }) => type === 'IN').length]]);
}

describe('a batch on an RDF4J server', () => {
  it('is there once when its acknowledgement is lost and it is applied again', async () => {
    const server = await rdf4jServer();
    const url = new URL(server.url);
    const proxy = await cuttingProxy(Number(url.port));
    onTestFinished(() => proxy.close());
    url.port = String(proxy.port);
    const store = open({ ...server, url: url.href });
    const batches = history(6);
    for (const [index, one] of batches.entries()) {
      if (index > 0) {
        proxy.cutAnswerTo('sparql-update');
        await expect(store.apply('r', one)).rejects.toThrow(GraphUnavailable);
      }
      expect(await store.apply('r', one)).toEqual(fold(batches.slice(0, index + 1)));
      await expectStored(store, fold(batches.slice(0, index + 1)));
    }
    expect(proxy.cuts).toBe(batches.length - 1);
    await store.drop('r');
  });

  it('is there once when two workers apply it at once, and one of them knows less', async () => {
    const server = await rdf4jServer();
    const artifacts = temporaryStore();
    const [one, other] = [open(server, artifacts), open(server, artifacts)];
    const batches = history(10);
    for (const [index, next] of batches.entries()) {
      if (index % 3 === 0) await one.apply('r', next);
      else await Promise.all([one.apply('r', next), other.apply('r', next)]);
    }
    for (const store of [one, other]) await expectStored(store, fold(batches));
    await other.apply('r', batches[4]!);
    await expectStored(one, fold(batches));
    await one.drop('r');
  });

  it('is made again when somebody else dropped the repository', async () => {
    const server = await rdf4jServer();
    const artifacts = temporaryStore();
    const store = open(server, artifacts);
    const batches = history(4);
    for (const next of batches.slice(0, 3)) await store.apply('r', next);
    const name = repositoryName(await new BatchLog(artifacts).globalName('r'));
    expect((await fetch(`${server.url}/repositories/${name}`, { method: 'DELETE' })).status).toBe(204);
    await store.apply('r', batches[3]!);
    await expectStored(store, fold(batches));
    await store.drop('r');
  });

  it('is there once when the server has two revisions of it, and several workers find out at once', async () => {
    const server = await rdf4jServer();
    const artifacts = temporaryStore();
    const batches = history(6);
    const store = open(server, artifacts);
    for (const next of batches) await store.apply('r', next);
    const name = repositoryName(await new BatchLog(artifacts).globalName('r'));
    for (let time = 0; time < 5; time += 1) {
      const response = await fetch(`${server.url}/repositories/${name}/statements`, {
        method: 'POST',
        body: 'INSERT DATA { GRAPH <urn:kgot:meta> { <urn:kgot:graph> <urn:kgot:meta:revision> 1 } }',
        headers: { 'content-type': 'application/sparql-update' },
      });
      expect(response.status).toBe(204);
      const stores = Array.from({ length: 4 }, () => open(server, artifacts));
      await Promise.all(stores.map((one) => expectStored(one, fold(batches))));
    }
    await store.drop('r');
  });

  it('can be read as it was while other runs begin, without a repository for it', async () => {
    const server = await rdf4jServer();
    const stores = Array.from({ length: 4 }, () => open(server));
    const batches = history(6);
    await Promise.all(
      stores.map(async (store, index) => {
        const run = `r${index}`;
        for (const next of batches) await store.apply(run, next);
        for (let revision = 1; revision < batches.length; revision += 1) {
          await expectAnswered(store, run, fold(batches.slice(0, revision)));
        }
      }),
    );
    const answer = await fetch(`${server.url}/repositories`, { headers: { accept: 'text/csv' } });
    const repositories = (await answer.text()).split('\n');
    for (const [index, store] of stores.entries()) {
      expect(repositories.filter((line) => line.includes(`kgot-r${index}-`))).toHaveLength(1);
      await store.drop(`r${index}`);
    }
  });

  it('is worth a retry where the server was started again while it was read as it was', async () => {
    const server = await rdf4jServer();
    const store = open(server);
    for (const next of history(2)) await store.apply('r', next);
    await store.query('r', 1, 'ASK {}', LIMITS);
    const connection = new Rdf4jConnection(server);
    onTestFinished(() => connection.close());
    const lost = '/repositories/kgot-scratch/transactions/2c9d0a5e-0000-4000-8000-000000000000?action=QUERY';
    await expect(askRepository(connection, lost, 'ASK {}', LIMITS)).rejects.toThrow(GraphUnavailable);
    await store.drop('r');
  });

  it('can be dropped by several at once', async () => {
    const server = await rdf4jServer();
    const artifacts = temporaryStore();
    for (let time = 0; time < 10; time += 1) {
      const stores = Array.from({ length: 4 }, () => open(server, artifacts));
      await stores[0]!.apply('r', FIRST);
      await Promise.all(stores.map((store) => store.drop('r')));
      expect((await stores[0]!.describe('r')).revision).toBe(0);
    }
  });

  it(
    'that was acknowledged is there, once, after the server was killed under writes',
    { timeout: 180_000 },
    async () => {
      const server = await startRdf4j();
      onTestFinished(() => server.close());
      const store = open({ url: server.url });
      const batches = history(40);
      const write = async () => {
        for (const next of batches) await retried(() => store.apply('r', next));
      };
      const kill = async () => {
        for (let time = 0; time < 2; time += 1) {
          await retried(async () => {
            if ((await store.describe('r')).revision < 5 * (time + 1))
              throw new GraphUnavailable('', { retryAfter: 5 });
          });
          await server.kill();
          await server.restart();
        }
      };
      await Promise.all([write(), kill()]);
      await expectStored(store, fold(batches));
      await server.kill();
      await expect(store.describe('r')).rejects.toThrow(GraphUnavailable);
      await server.restart();
      await retried(() => store.describe('r'));
      await expectStored(store, fold(batches));
    },
  );
});

describe('a server that is none to work with', () => {
  /** A server that answers everything with one status and text. */
  async function answering(status: number, text: string): Promise<string> {
    const server = createServer((_, response) => response.writeHead(status).end(text));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/rdf4j-server`;
  }

  it.each([
    ['refuses a password', 401, '', /refuses the user "ada".*RDF4J_PASSWORD/],
    ['refuses a user', 403, '', /refuses the user "ada"/],
    ['is another', 404, 'Not found', /no RDF4J server at.*rdf4j-server/],
    ['answers other things', 200, '<html>', /no RDF4J server at/],
    ['is too old', 200, '8', /too old: use RDF4J 4 or newer/],
  ])('and %s is named in one sentence, without the password', async (_, status, text, message) => {
    const url = await answering(status, text);
    const store = open({ url, user: 'ada', password: 'a-secret' });
    const error: unknown = await store.apply('r', FIRST).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GraphServerRefused);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toContain(url);
    expect((error as Error).message).not.toContain('a-secret');
  });

  it('and is overloaded, or away, is worth a retry', async () => {
    await expect(open({ url: await answering(503, '') }).apply('r', FIRST)).rejects.toThrow(GraphUnavailable);
    const away = open({ url: 'http://127.0.0.1:9/rdf4j-server' });
    await expect(away.apply('r', FIRST)).rejects.toThrow(/127\.0\.0\.1:9.*is away/);
    await expect(away.describe('r')).rejects.toThrow(GraphUnavailable);
  });

  it('and comes back at another address is found there by whoever asks for the store again', async () => {
    const here = { rdf4j: { url: 'http://127.0.0.1:9/rdf4j-server', origin: 'a test' } };
    const stores = new GraphStores({ artifacts: temporaryStore(), servers: () => here });
    onTestFinished(() => stores.close());
    await expect(stores.of('rdf4j').apply('r', FIRST)).rejects.toThrow(GraphUnavailable);
    here.rdf4j = { ...(await rdf4jServer()), origin: 'a test' };
    expect(await stores.of('rdf4j').apply('r', FIRST)).toEqual(fold([FIRST]));
  });

  it('and is not configured is said with how to have one', () => {
    expect(() => on(undefined, temporaryStore())).toThrow(GraphServerRefused);
    expect(() => on(undefined, temporaryStore())).toThrow(/kgot services up rdf4j.*RDF4J_URL/);
  });
});
