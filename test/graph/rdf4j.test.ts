import { graphStoreConformance } from './conformance.ts';
import { rdf4jServer } from '../support/graph-servers.ts';
import { openStore } from '../support/graph-stores.ts';

graphStoreConformance(
  'rdf4j',
  async (artifacts) => {
    const server = await rdf4jServer();
    return openStore('rdf4j', artifacts, { servers: () => ({ rdf4j: server }) });
  },
  'sparql',
);
