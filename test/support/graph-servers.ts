import { mkdirSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inject } from 'vitest';
import { install } from '../../cli/services/install.ts';
import { findJava } from '../../cli/services/java.ts';
import { PROGRAMS } from '../../cli/services/home.ts';
import { servicesUp } from '../../cli/services/up.ts';
import { endProcess, isAlive, signalProcess } from '../../cli/runtime/processes.ts';
import { freePort } from '../../cli/runtime/ports.ts';
import type { ServiceName } from '../../src/config/services-state.ts';
import { haveDockerOrJava, haveJava } from './java.ts';
import './graph-servers-setup.ts';

const { signal } = new AbortController();
const log = (): void => undefined;

/**
 * The Neo4j that all tests of a run share, started when one first asks: the one that NEO4J_URI names, else in a container,
 * else as a process. It is not empty: keep to nodes of your own.
 */
export async function neo4jServer(): Promise<{ url: string; user: string; password: string }> {
  const { url, user = 'neo4j', password = '' } = await shared('neo4j');
  return { url, user, password };
}

/** The same for RDF4J: keep to repositories of your own. */
export async function rdf4jServer(): Promise<{ url: string; user?: string; password?: string }> {
  const { url, user, password } = await shared('rdf4j');
  return { url, ...(user !== undefined && { user }), ...(password !== undefined && { password }) };
}

const asked = new Map<ServiceName, ReturnType<typeof start>>();

function shared(name: ServiceName): ReturnType<typeof start> {
  const server = asked.get(name) ?? start(name);
  asked.set(name, server);
  return server;
}

async function start(name: ServiceName) {
  const data = inject('graphServers');
  const given = process.env[name === 'neo4j' ? 'NEO4J_URI' : 'RDF4J_URL'];
  if (!given) await haveDockerOrJava();
  return (await servicesUp({ data, names: [name], log, signal }))[name]!;
}

/** A server of the test's own, which it may kill. */
export interface PrivateServer {
  url: string;
  port: number;
  /** Changes with each restart. */
  pid: number;
  /** Ends it without a word (SIGKILL), and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again at the same port, on what it has kept, and waits until it can be used; ends it before if it runs. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface PrivateServerOptions {
  /** Of the test's own, which removes it: the server's data. @default one that goes with the run */
  folder?: string;
  /** @default a free one */
  port?: number;
}

let count = 0;

/** A Neo4j of the test's own, as a process: 6 s and 400 MB. */
export async function startNeo4j(
  options: PrivateServerOptions = {},
): Promise<PrivateServer & { user: string; password: string }> {
  const password = randomBytes(18).toString('base64url');
  return Object.assign(await startPrivate('neo4j', options, password), { user: 'neo4j', password });
}

/** An RDF4J of the test's own, as a process: 2 s and 200 MB. */
export function startRdf4j(options: PrivateServerOptions = {}): Promise<PrivateServer> {
  return startPrivate('rdf4j', options);
}

async function startPrivate(
  name: ServiceName,
  options: PrivateServerOptions,
  password?: string,
): Promise<PrivateServer> {
  await haveJava();
  count += 1;
  const home = options.folder ?? join(inject('graphServers'), 'private', `${name}-${process.pid}-${count}`);
  mkdirSync(home, { recursive: true });
  const port = options.port ?? (await freePort());
  const program = PROGRAMS[name];
  const folder = await install(program.package, { log, signal, env: process.env });
  const java = await findJava();
  const startOptions = { folder, home, java, port, signal, ...(password !== undefined && { password }) };
  const begin = (): Promise<number> => program.start({ ...startOptions, onSpawn: () => undefined });
  const gone = async (): Promise<void> => {
    while (isAlive(server.pid)) await delay(10);
  };
  const server: PrivateServer = {
    url: program.urlAt(port),
    port,
    pid: await begin(),
    kill: async () => {
      signalProcess(server.pid, 'SIGKILL');
      await gone();
    },
    restart: async () => {
      await server.close();
      server.pid = await begin();
    },
    close: () => endProcess(server.pid, 10_000),
  };
  return server;
}
