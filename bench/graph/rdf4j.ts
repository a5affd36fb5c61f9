import type { GraphServer } from '../../src/config/services-state.ts';
import type { GraphStores } from '../../src/graph/stores.ts';
import type { BenchOptions, Row } from '../rows.ts';
import { eachAtOnce, people, timed } from './material.ts';
import { EDGES, measureWrites, NODES, RUNS } from './writes.ts';
import type { RawWriter } from './writes.ts';

interface RawSetting {
  /** Nodes and edges that one update inserts. */
  size: number;
  atOnce: number;
}

/** Against plain updates that insert the same facts. */
export function rdf4jWrite({
  stores,
  server,
  ...options
}: BenchOptions & { stores: GraphStores; server: GraphServer }): Promise<Row> {
  const raw: RawWriter<RawSetting> = {
    settings: [50, 200, 400].flatMap((size) => [1, 2, 4, 10].map((atOnce): RawSetting => ({ size, atOnce }))),
    name: ({ size, atOnce }) =>
      `INSERT DATA over HTTP into one memory store, ${size} items an update, ${atOnce} at once`,
    write: async (setting, turn) => {
      const name = `bench-${turn}`;
      await makeRepository(server.url, name);
      const seconds = await timed(() => rawWrite(`${server.url}/repositories/${name}`, setting));
      await send(`${server.url}/repositories/${name}`, { method: 'DELETE' });
      return seconds;
    },
  };
  return measureWrites('rdf4j-write-vs-raw', stores.of('rdf4j'), raw, options);
}

/** The same facts: what the nodes and the edges are and have, without where they come from. */
async function rawWrite(repository: string, { size, atOnce }: RawSetting): Promise<void> {
  const runs = Array.from({ length: RUNS }, (_, index) => index);
  await eachAtOnce(runs, atOnce, async (run) => {
    const statements = people(NODES, EDGES).map((change) => statementsOf(run, change));
    for (let from = 0; from < statements.length; from += size) {
      await send(`${repository}/statements`, {
        method: 'POST',
        headers: { 'content-type': 'application/sparql-update; charset=utf-8' },
        body: `INSERT DATA {\n${statements.slice(from, from + size).join('\n')}\n}`,
      });
    }
  });
}

function statementsOf(run: number, change: ReturnType<typeof people>[number]): string {
  const node = (key: string): string => `<urn:bench:${run}:${encodeURIComponent(key)}>`;
  const properties = (subject: string, values: object): string =>
    Object.entries(values)
      .map(([name, value]) => `${subject} <urn:bench:property:${name}> ${JSON.stringify(value)} .`)
      .join('\n');
  if (change.op === 'upsert-node') {
    const subject = node(change.node.key);
    return `${subject} a <urn:bench:label:Person> .\n${properties(subject, change.node.properties)}`;
  }
  if (change.op !== 'upsert-edge') return '';
  const { from, to, type, properties: values } = change.edge;
  const edge = `<urn:bench:edge:${run}:${encodeURIComponent(`${from} ${type} ${to}`)}>`;
  return [
    `${node(from)} <urn:bench:relation:${type}> ${node(to)} .`,
    `${edge} <urn:bench:from> ${node(from)} ; <urn:bench:to> ${node(to)} ; <urn:bench:type> <urn:bench:relation:${type}> .`,
    properties(edge, values),
  ].join('\n');
}

async function makeRepository(server: string, name: string): Promise<void> {
  await send(`${server}/repositories/${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'text/turtle' },
    body: `
      @prefix rep: <http://www.openrdf.org/config/repository#> .
      @prefix sr: <http://www.openrdf.org/config/repository/sail#> .
      @prefix sail: <http://www.openrdf.org/config/sail#> .
      @prefix ms: <http://www.openrdf.org/config/sail/memory#> .
      [] a rep:Repository ; rep:repositoryID "${name}" ; rep:repositoryImpl [
        rep:repositoryType "openrdf:SailRepository" ; sr:sailImpl [
          sail:sailType "openrdf:MemoryStore" ; ms:persist true ; ms:syncDelay 1000 ] ] .`,
  });
}

async function send(url: string, init: RequestInit): Promise<void> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${init.method} ${url} answered ${response.status}: ${text.slice(0, 300)}`);
}
