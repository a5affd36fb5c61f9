import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory } from './make-directory.ts';
import { readSetting } from './read-setting.ts';
import { replaceJson } from './replace-file.ts';

/** The graph servers that `kgot services` can start. */
export const SERVICE_NAMES = ['neo4j', 'rdf4j'] as const;

export type ServiceName = (typeof SERVICE_NAMES)[number];

/** What `services.json` in a data directory says of a server that `kgot services` has started. */
export interface ServiceRecord {
  /** A process of this machine, of files from Maven Central; or a container. */
  how: 'maven' | 'docker';
  status: 'starting' | 'ready';
  /** Of the process. */
  pid?: number;
  url: string;
  user?: string;
  password?: string;
  /** ISO 8601. */
  startedAt: string;
}

export type ServicesState = Partial<Record<ServiceName, ServiceRecord>>;

export function servicesFile(data: string): string {
  return join(data, 'services.json');
}

export function readServices(data: string): ServicesState {
  try {
    return JSON.parse(readFileSync(servicesFile(data), 'utf8')) as ServicesState;
  } catch {
    return {};
  }
}

/** Writes down what is known of one server, or that it is gone. Only for whoever holds the lock of the services. */
export function recordService(data: string, name: ServiceName, record: ServiceRecord | undefined): void {
  const { [name]: _before, ...others } = readServices(data);
  const state: ServicesState = record === undefined ? others : { ...others, [name]: record };
  if (Object.keys(state).length === 0) rmSync(servicesFile(data), { force: true });
  else writePrivately(servicesFile(data), state);
}

/** Writes JSON that holds a password: whole or not at all, and readable for its owner alone. */
export function writePrivately(file: string, value: unknown): void {
  makeDirectory(dirname(file));
  replaceJson(file, value, { mode: 0o600 });
}

/** Where a graph server is, and who may enter. */
export interface GraphServer {
  url: string;
  user?: string;
  password?: string;
  /** Who says so: a variable, or the file `services.json`. */
  origin: string;
}

export interface Neo4jServer extends GraphServer {
  user: string;
  password: string;
  /** @default the server's own */
  database?: string;
}

export interface GraphServers {
  neo4j?: Neo4jServer;
  rdf4j?: GraphServer;
}

/**
 * The graph servers that a data directory's runs use: those that the settings name, else those that `kgot services` has
 * started. Whether they answer is for the caller to find out.
 */
export function graphServers(data: string, env: NodeJS.ProcessEnv = process.env): GraphServers {
  const { neo4j = recordedNeo4j(data, env), rdf4j = recordedRdf4j(data) } = configuredServers(env);
  return { ...(neo4j !== undefined && { neo4j }), ...(rdf4j !== undefined && { rdf4j }) };
}

/** Those that the settings name, alone. */
export function configuredServers(env: NodeJS.ProcessEnv = process.env): GraphServers {
  const neo4jUrl = readSetting('neo4jUrl', env);
  const rdf4jUrl = readSetting('rdf4jUrl', env);
  const user = readSetting('rdf4jUser', env);
  const password = readSetting('rdf4jPassword', env);
  return {
    ...(neo4jUrl !== undefined && {
      neo4j: {
        url: neo4jUrl,
        user: readSetting('neo4jUser', env),
        password: readSetting('neo4jPassword', env) ?? '',
        ...databaseOf(env),
        origin: 'NEO4J_URI',
      },
    }),
    ...(rdf4jUrl !== undefined && {
      rdf4j: {
        url: rdf4jUrl,
        ...(user !== undefined && { user }),
        ...(password !== undefined && { password }),
        origin: 'RDF4J_URL',
      },
    }),
  };
}

function recordedNeo4j(data: string, env: NodeJS.ProcessEnv): Neo4jServer | undefined {
  const record = readServices(data).neo4j;
  if (record?.status !== 'ready') return undefined;
  const { url, user = 'neo4j', password = '' } = record;
  return { url, user, password, ...databaseOf(env), origin: servicesFile(data) };
}

function recordedRdf4j(data: string): GraphServer | undefined {
  const record = readServices(data).rdf4j;
  return record?.status === 'ready' ? { url: record.url, origin: servicesFile(data) } : undefined;
}

function databaseOf(env: NodeJS.ProcessEnv): { database?: string } {
  const database = readSetting('neo4jDatabase', env);
  return database === undefined ? {} : { database };
}
