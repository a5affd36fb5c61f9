import { configuredServers, readServices, recordService } from '../../src/config/services-state.ts';
import type { ServiceName, ServiceRecord } from '../../src/config/services-state.ts';
import { UserError } from '../errors.ts';
import { endProcess } from '../runtime/processes.ts';
import { composeDown, composeUp, hasDocker } from './docker.ts';
import { endProcesses, homeOf, keptOf, lockServices, processesOf, PROGRAMS } from './home.ts';
import type { Kept } from './home.ts';
import { install } from './install.ts';
import { findJava } from './java.ts';
import type { Access } from './server-program.ts';

export interface ServicesOptions {
  /** The data directory. */
  data: string;
  names: readonly ServiceName[];
  log: (line: string) => void;
  signal: AbortSignal;
  env?: NodeJS.ProcessEnv;
}

/** A server that can be used. */
export interface UsableServer extends Access {
  how: 'environment' | ServiceRecord['how'];
  /** It ran before. */
  already: boolean;
}

export type UsableServers = Partial<Record<ServiceName, UsableServer>>;

/**
 * Makes graph servers usable: those that the settings name are asked whether they answer; others are started with Docker,
 * else with Maven and Java, and outlive this process. When one cannot be had, none that this call has started is left.
 *
 * @throws {UserError} that says what is missing, or why a server did not start
 */
export async function servicesUp(options: ServicesOptions): Promise<UsableServers> {
  const { data, names, log, signal, env = process.env } = options;
  const usable: UsableServers = {};
  const configured = configuredServers(env);
  for (const name of names) {
    const server = configured[name];
    if (server === undefined) continue;
    await checkConfigured(name, server, server.origin);
    usable[name] = { ...server, how: 'environment', already: true };
  }
  const ours = names.filter((name) => usable[name] === undefined);
  if (ours.length === 0) return usable;

  const lock = await lockServices(data, { log, signal });
  try {
    const missing: ServiceName[] = [];
    for (const name of ours) {
      const record = readServices(data)[name];
      if (record !== undefined && (await isUsable(data, name, record))) {
        usable[name] = { ...accessOf(record), how: record.how, already: true };
      } else missing.push(name);
    }
    if (missing.length > 0) {
      const start = (await hasDocker(env)) ? startContainers : startProcesses;
      Object.assign(usable, await start(missing, { data, log, signal, env }));
    }
    return usable;
  } finally {
    lock.release();
  }
}

async function checkConfigured(name: ServiceName, server: Access, origin: string): Promise<void> {
  const { title, answer } = PROGRAMS[name];
  const said = await answer(server);
  if (said === 'answers') return;
  const [user, password] =
    name === 'neo4j' ? ['NEO4J_USERNAME', 'NEO4J_PASSWORD'] : ['RDF4J_USERNAME', 'RDF4J_PASSWORD'];
  throw new UserError(
    said === 'refuses'
      ? `${title} at ${server.url} (${origin}) refuses to let us in: set ${user} and ${password} to what it takes.`
      : `${title} does not answer at ${server.url} (${origin}): start it, correct the address, or unset ${origin} to have one started here.`,
  );
}

/** Whether a server that is written down can be used as it is. */
export async function isUsable(data: string, name: ServiceName, record: ServiceRecord): Promise<boolean> {
  if (record.status !== 'ready') return false;
  if (record.pid !== undefined && processesOf(data, name, [record.pid]).length === 0) return false;
  return (await PROGRAMS[name].answer(record)) === 'answers';
}

function accessOf({ url, user, password }: ServiceRecord): Access {
  return { url, ...(user !== undefined && { user }), ...(password !== undefined && { password }) };
}

type StartOptions = Required<Omit<ServicesOptions, 'names'>>;

function recordOf(name: ServiceName, how: ServiceRecord['how'], { port, password }: Kept): ServiceRecord {
  const { user, urlAt } = PROGRAMS[name];
  return {
    how,
    status: 'starting',
    url: urlAt(port),
    ...(user !== undefined && { user, password }),
    startedAt: new Date().toISOString(),
  };
}

async function startProcesses(
  names: readonly ServiceName[],
  { data, log, signal, env }: StartOptions,
): Promise<UsableServers> {
  const java = await findJava(env);
  const folders = new Map<ServiceName, string>();
  for (const name of names) folders.set(name, await install(PROGRAMS[name].package, { log, signal, env }));
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const start = async (name: ServiceName): Promise<UsableServer> => {
    const { title, start } = PROGRAMS[name];
    // Left over from a command that was killed.
    for (const pid of processesOf(data, name)) await endProcess(pid, 0);
    if (readServices(data)[name]?.status === 'ready')
      log(`${title} has ended without being told to: starting it again.`);
    const kept = await keptOf(data, name, log);
    const home = homeOf(data, name);
    const record = recordOf(name, 'maven', kept);
    log(`Starting ${title} at ${record.url}, data and log in ${home} …`);
    try {
      const onSpawn = (pid: number): void => recordService(data, name, Object.assign(record, { pid }));
      await start({ folder: folders.get(name)!, home, java, ...kept, signal: either, onSpawn });
    } catch (error) {
      recordService(data, name, undefined);
      failed.abort(error);
      throw error;
    }
    recordService(data, name, Object.assign(record, { status: 'ready' }));
    return { ...accessOf(record), how: 'maven', already: false };
  };
  const started = await Promise.allSettled(names.map(start));
  const servers: UsableServers = {};
  for (const [index, name] of names.entries()) {
    const outcome = started[index]!;
    if (outcome.status === 'fulfilled') servers[name] = outcome.value;
  }
  if (!either.aborted) return servers;
  for (const name of Object.keys(servers) as ServiceName[]) await endProcesses(data, name);
  throw either.reason;
}

async function startContainers(
  names: readonly ServiceName[],
  { data, log, signal, env }: StartOptions,
): Promise<UsableServers> {
  const records = readServices(data);
  const kept = { neo4j: await keptOf(data, 'neo4j', log), rdf4j: await keptOf(data, 'rdf4j', log) };
  for (const name of names) recordService(data, name, recordOf(name, 'docker', kept[name]));
  const ports = { neo4j: kept.neo4j.port, rdf4j: kept.rdf4j.port };
  log(`Starting ${names.map((name) => PROGRAMS[name].title).join(' and ')} with Docker Compose …`);
  try {
    await composeUp(names, { data, env, ports, password: kept.neo4j.password, signal });
  } catch (error) {
    const others = Object.entries(records).filter(([name]) => !names.includes(name as ServiceName));
    const last = !others.some(([, record]) => record.how === 'docker');
    await composeDown(names, { data, env, last }).catch(() => undefined);
    for (const name of names) recordService(data, name, undefined);
    throw error;
  }
  const servers: UsableServers = {};
  for (const name of names) {
    const record: ServiceRecord = { ...recordOf(name, 'docker', kept[name]), status: 'ready' };
    recordService(data, name, record);
    servers[name] = { ...accessOf(record), how: 'docker', already: false };
  }
  return servers;
}
