import { join } from 'node:path';
import { servicesDown } from '../../cli/services/down.ts';
import { servicesUp } from '../../cli/services/up.ts';
import { graphServers } from '../../src/config/services-state.ts';
import type { GraphServers } from '../../src/config/services-state.ts';

/** The graph servers of a benchmark: those that the environment names, else started for it and ended with it. */
export async function startServers(
  folder: string,
  log: (line: string) => void,
): Promise<{ servers: Required<GraphServers>; close(): Promise<void> }> {
  const data = join(folder, 'servers');
  const { signal } = new AbortController();
  await servicesUp({ data, names: ['neo4j', 'rdf4j'], log, signal });
  const { neo4j, rdf4j } = graphServers(data);
  return {
    servers: { neo4j: neo4j!, rdf4j: rdf4j! },
    close: async () => {
      await servicesDown({ data, names: ['neo4j', 'rdf4j'], log: () => undefined, signal });
    },
  };
}
