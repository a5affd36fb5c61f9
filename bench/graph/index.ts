import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { GRAPH_BACK_ENDS } from '../../src/domain/run.ts';
import { GraphStores } from '../../src/graph/stores.ts';
import { untilInterrupted } from '../interrupt.ts';
import type { BenchOptions, Row } from '../rows.ts';
import { embeddedWrite } from './embedded.ts';
import { growth } from './growth.ts';
import { measureLimits } from './limits.ts';
import { neo4jRows } from './neo4j.ts';
import { rdf4jWrite } from './rdf4j.ts';
import { startServers } from './servers.ts';

/** What each back end allows: no figure with a goal, but what the table of back ends rests on. */
export async function graphLimits({ log }: BenchOptions): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kgot-bench-'));
  const { servers, close } = await startServers(folder, log);
  try {
    const artifacts = openDirectoryStore(join(folder, 'artifacts'));
    await untilInterrupted(() => measureLimits({ artifacts, servers, log }));
    return [];
  } finally {
    await close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the graph store's back ends take, against raw clients that do the same, and against themselves when graphs grow. */
export async function graph(options: BenchOptions): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kgot-bench-'));
  const { servers, close } = await startServers(folder, options.log);
  const artifacts = openDirectoryStore(join(folder, 'artifacts'));
  // Nothing is answered from memory: what is measured is work.
  const stores = new GraphStores({ artifacts, servers: () => servers, parallel: { cacheSeconds: 0 } });
  const measure = async (): Promise<Row[]> => {
    const parts = { ...options, stores, artifacts, folder };
    const rows = [
      ...(await neo4jRows({ ...parts, server: servers.neo4j })),
      await rdf4jWrite({ ...parts, server: servers.rdf4j }),
      await embeddedWrite(parts),
    ];
    for (const backEnd of GRAPH_BACK_ENDS) rows.push(await growth(backEnd, parts));
    for (const backEnd of GRAPH_BACK_ENDS) options.log(JSON.stringify(stores.of(backEnd).metrics));
    return rows;
  };
  try {
    return await untilInterrupted(measure);
  } finally {
    await stores.close();
    await close();
    await rm(folder, { recursive: true, force: true });
  }
}
