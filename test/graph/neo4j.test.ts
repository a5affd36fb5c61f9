import { beforeAll } from 'vitest';
import type { Neo4jServer } from '../../src/config/services-state.ts';
import { neo4jServer } from '../support/graph-servers.ts';
import { openStore } from '../support/graph-stores.ts';
import { graphStoreConformance } from './conformance.ts';

let server: Neo4jServer;
beforeAll(async () => {
  server = { ...(await neo4jServer()), origin: 'a test' };
});

graphStoreConformance('neo4j', (artifacts) => openStore('neo4j', artifacts, { servers: () => ({ neo4j: server }) }));
