import type { GraphServer } from '../../src/config/services-state.ts';
import type { GraphStores } from '../../src/graph/stores.ts';
import { rowOf } from '../rows.ts';
import type { BenchOptions, Pair, Row } from '../rows.ts';
import { batchOf, eachAtOnce, people, timed } from './material.ts';

const RUNS = 10;
const NODES = 200;
const EDGES = 200;

interface RawSetting {
  /** Nodes and edges that one update inserts. */
  size: number;
  atOnce: number;
}

/** Nodes and edges of ten runs at once, against plain updates that insert the same facts. */
export async function rdf4jWrite({
  stores,
  server,
  pairs,
  log,
}: BenchOptions & { stores: GraphStores; server: GraphServer }): Promise<Row> {
  log('rdf4j-write-vs-raw: warm-up, and the plain client’s best setting …');
  const store = stores.of('rdf4j');
  let turn = 0;
  const ours = async (): Promise<number> => {
    turn += 1;
    const names = Array.from({ length: RUNS }, (_, index) => `write-${turn}-${index}`);
    const seconds = await timed(() =>
      Promise.all(names.map((name) => store.apply(name, batchOf(1, people(NODES, EDGES))))),
    );
    await Promise.all(names.map((name) => store.drop(name)));
    return seconds;
  };
  const raw = async (setting: RawSetting): Promise<number> => {
    const name = `bench-${(turn += 1)}`;
    await makeRepository(server.url, name);
    const seconds = await timed(() => rawWrite(`${server.url}/repositories/${name}`, setting));
    await send(`${server.url}/repositories/${name}`, { method: 'DELETE' });
    return seconds;
  };
  for (let time = 0; time < 5; time += 1) await ours();
  let best: RawSetting & { seconds: number } = { size: 200, atOnce: 4, seconds: Infinity };
  for (const size of [50, 200, 400]) {
    for (const atOnce of [1, 2, 4, 10]) {
      await raw({ size, atOnce });
      const seconds = Math.min(await raw({ size, atOnce }), await raw({ size, atOnce }));
      if (seconds < best.seconds) best = { size, atOnce, seconds };
    }
  }
  const total = RUNS * (NODES + EDGES);
  const measured: Pair[] = [];
  for (let pair = 1; pair <= pairs; pair += 1) {
    const seconds = { ours: await ours(), rival: await raw(best) };
    log(`  pair ${pair}: ours ${(total / seconds.ours).toFixed(0)}/s, raw ${(total / seconds.rival).toFixed(0)}/s`);
    measured.push({ ours: total / seconds.ours, rival: total / seconds.rival });
  }
  return rowOf(
    {
      id: 'rdf4j-write-vs-raw',
      unit: 'items/s',
      rival: `INSERT DATA over HTTP into one memory store, ${best.size} items an update, ${best.atOnce} at once (best of 12 settings)`,
      goal: 'ratio ≥ 0.9',
    },
    measured,
    (ratio) => ratio >= 0.9,
  );
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
