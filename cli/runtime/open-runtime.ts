import { readFileSync, statfsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { artifactsDirectory, VERSION } from '../../src/config/paths.ts';
import { readSetting } from '../../src/config/read-setting.ts';
import { isServerOf, readServerState, serversOf, writeServerState } from '../../src/config/server-state.ts';
import type { ServerState } from '../../src/config/server-state.ts';
import { temporalServer, unusedTemporalSettings } from '../../src/config/temporal.ts';
import type { TemporalServer } from '../../src/config/temporal.ts';
import { EncryptionCodec } from '../../src/encryption/codec.ts';
import { encryptingDataConverter } from '../../src/encryption/data-converter.ts';
import { webSettings } from '../../src/config/web.ts';
import { QUEUES } from '../../src/domain/queues.ts';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search-attributes.ts';
import { startTelemetry } from '../../src/telemetry/telemetry.ts';
import { messageOf, UserError } from '../errors.ts';
import { startCodecServer } from './codec-server.ts';
import { connectTo } from './connection.ts';
import { tryLock } from './data-lock.ts';
import type { DataLock } from './data-lock.ts';
import { adoptServer, answers, startServer } from './embedded-server.ts';
import type { EmbeddedServer, ServerPorts, StartServerOptions } from './embedded-server.ts';
import { endProcess, isAlive, signalProcess } from './processes.ts';
import { refuseOldServer } from './server-version.ts';
import { StateKeeper } from './state-keeper.ts';
import { findTemporal } from './temporal-binary.ts';
import { startWorkerProcess } from './worker-process.ts';
import type { ServedServer, WorkerProcess } from './worker-process.ts';

/** A Temporal server with a worker, and a client of it. */
export interface Runtime {
  /** `owner` holds the data directory, and with it server and worker; `guest` has joined another process's. */
  role: 'owner' | 'guest';
  /** True when the server is somebody else's: TEMPORAL_ADDRESS or a profile names it. */
  external: boolean;
  address: string;
  namespace: string;
  uiUrl?: string;
  dataDirectory: string;
  artifactsDirectory: string;
  client: Client;
  connection: Connection;
  /** Starts one more worker process beside, for a queue of its own; it ends with the runtime. */
  startWorker(queue: string, toolFiles: string[]): Promise<void>;
  /** Guests: resolves once the owner is gone, and the directory can be opened again. */
  ownerGone(signal: AbortSignal): Promise<void>;
  /** Ends what was started here. */
  close(): Promise<void>;
}

export interface OpenRuntimeOptions {
  data: string;
  /** Told what is going on, a line each. */
  log: (line: string) => void;
  signal?: AbortSignal;
  /** False for commands that only read. @default true */
  worker?: boolean;
}

const WAIT_FOR_OWNER_SECONDS = 90;

/**
 * Opens the data directory: as its owner, with server and worker started, or as a guest of the process that owns it.
 *
 * @throws {UserError} when it cannot be had, saying what to do
 */
export async function openRuntime(options: OpenRuntimeOptions): Promise<Runtime> {
  const { data, signal = new AbortController().signal } = options;
  const deadline = performance.now() + WAIT_FOR_OWNER_SECONDS * 1000;
  for (;;) {
    signal.throwIfAborted();
    const lock = tryLock(data);
    if (lock !== undefined) return own(lock, { ...options, signal });
    const state = readServerState(data);
    if (state !== undefined && state.version !== VERSION) {
      throw new UserError(
        `The data directory ${data} is in use by kgot ${state.version}, and this is ${VERSION}: end the other (process ${state.ownerPid}), or give another directory with --data.`,
      );
    }
    if (state?.status === 'ready') {
      try {
        return await join(state, { ...options, signal });
      } catch (error) {
        // Its owner may have been on the way out.
        if (readServerState(data)?.status === 'ready' && isAlive(state.ownerPid)) throw error;
      }
    }
    if (performance.now() > deadline) {
      const doing = state?.status === 'closing' ? 'ending' : 'starting';
      throw new UserError(
        `Another kgot is ${doing} in ${data}, and was not done within ${WAIT_FOR_OWNER_SECONDS} seconds (process ${state?.ownerPid}).`,
      );
    }
    await delay(100);
  }
}

type Opening = OpenRuntimeOptions & { signal: AbortSignal };

/** What ends with the runtime, the last opened first. */
class Closers {
  readonly #closers: (() => Promise<void> | void)[] = [];
  #closing: Promise<void> | undefined;

  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      for (const close of this.#closers.reverse()) await close();
    })();
    return this.#closing;
  }
}

async function own(lock: DataLock, options: Opening): Promise<Runtime> {
  const { data, worker = true } = options;
  const closers = new Closers();
  closers.add(() => lock.release());
  const served = Promise.withResolvers<ServedServer>();
  served.promise.catch(() => undefined);
  let starting: Promise<WorkerProcess> | undefined;
  try {
    // What cannot be right is said here, and not only in the worker's log.
    if (worker) webSettings();
    const before = readServerState(data);
    if (before === undefined) options.log(`A new data directory: ${data}`);
    const external = temporalServer();
    const state: ServerState = {
      version: VERSION,
      status: 'starting',
      ownerPid: process.pid,
      namespace: external?.namespace ?? 'default',
      // Still there for the next owner, should this one be killed before the server is adopted.
      ...(isServerOf(data, before?.serverPid) ? lastServer(before) : {}),
    };
    writeFirstState(data, state);
    const keeper = new StateKeeper(data, state);
    closers.add(() => keeper.close());
    await endOrphanedWorker(before);
    // It loads what it needs while the server starts.
    if (worker) {
      starting = startWorkerProcess({
        ...options,
        server: served.promise,
        flags: [
          ...['--data', data, '--queues', Object.values(QUEUES).join(',')],
          ...(external === undefined ? ['--end-server'] : []),
        ],
        onStart: (workerPid) => keeper.update({ workerPid }),
      });
      // What is wrong with it is said once the server is there.
      starting.catch(() => undefined);
    }
    if (external !== undefined) {
      state.address = external.connection.address;
    } else {
      const unused = unusedTemporalSettings();
      if (unused.length > 0) {
        options.log(`${unused.join(', ')} without TEMPORAL_ADDRESS: the embedded server has no use for it.`);
      }
      const server = await ownServer(before, state, keeper, options, closers);
      state.address = server.address;
      state.uiUrl = server.uiUrl;
    }
    const { client, connection } = await connect(external ?? embedded(state), closers);
    if (external !== undefined) {
      await refuseOldServer(connection, state.address);
      await addSearchAttributes(connection, state.namespace);
    }
    served.resolve(servedBy(client, external !== undefined, state));
    if (starting !== undefined) closers.add(workerCloser(await starting));
    keeper.update({ status: 'ready' });
    closers.add(() => keeper.update({ status: 'closing' }));
    return runtimeOf('owner', state, external !== undefined, { client, connection, closers, options });
  } catch (error) {
    served.reject(error);
    await starting?.then(
      (started) => started.close(),
      () => undefined,
    );
    await closers.close();
    throw error;
  }
}

/** What worker processes are told. */
function servedBy(client: Client, external: boolean, { address, namespace }: ServerState): ServedServer {
  return external ? { client } : { client, at: { address: address!, namespace } };
}

function lastServer({ serverPid, address, uiUrl, codecUrl }: ServerState): Partial<ServerState> {
  return { serverPid, address, uiUrl, codecUrl };
}

/** @throws {UserError} when nothing could be kept in the directory */
function writeFirstState(data: string, state: ServerState): void {
  const { blocks, bavail, bsize } = statfsSync(data);
  // Some file systems do not say.
  if (blocks > 0 && bavail * bsize < LEAST_BYTES) {
    const free = Math.floor((bavail * bsize) / 1e6);
    throw new UserError(
      `The disk of the data directory ${data} is full (${free} MB are free): free at least ${LEAST_BYTES / 1e6} MB, or give another with --data or KGOT_DATA.`,
    );
  }
  try {
    writeServerState(data, state);
  } catch (error) {
    throw new UserError(
      `The data directory ${data} cannot be written (${messageOf(error)}): give another with --data or KGOT_DATA.`,
    );
  }
}

/** What server and run need to begin. */
const LEAST_BYTES = 20e6;

async function join(state: ServerState, options: Opening): Promise<Runtime> {
  const closers = new Closers();
  const external = temporalServer();
  try {
    refuseOtherServer(state, external, options.data);
    const { client, connection } = await connect(external ?? embedded(state), closers);
    return runtimeOf('guest', state, external !== undefined, { client, connection, closers, options });
  } catch (error) {
    await closers.close();
    throw error;
  }
}

interface RuntimeParts {
  client: Client;
  connection: Connection;
  closers: Closers;
  options: Opening;
}

function runtimeOf(role: Runtime['role'], state: ServerState, external: boolean, parts: RuntimeParts): Runtime {
  const { client, connection, closers, options } = parts;
  const { data } = options;
  return {
    role,
    external,
    address: state.address!,
    namespace: state.namespace,
    ...(state.uiUrl === undefined ? {} : { uiUrl: state.uiUrl }),
    dataDirectory: data,
    artifactsDirectory: artifactsDirectory(data),
    client,
    connection,
    startWorker: async (queue, toolFiles) => {
      const tools = toolFiles.flatMap((file) => ['--tools', file]);
      const worker = await startWorkerProcess({
        ...options,
        server: Promise.resolve(servedBy(client, external, state)),
        flags: ['--data', data, '--queues', queue, ...tools],
      });
      closers.add(workerCloser(worker));
    },
    ownerGone: async (signal) => {
      for (;;) {
        await delay(250, undefined, { signal });
        const lock = tryLock(data);
        if (lock !== undefined) return lock.release();
      }
    },
    close: () => closers.close(),
  };
}

function workerCloser(worker: WorkerProcess): () => Promise<void> {
  return () => worker.close();
}

/** The embedded server: one that an earlier owner left behind is adopted when it answers, and ended when it does not. */
async function ownServer(
  before: ServerState | undefined,
  state: ServerState,
  keeper: StateKeeper,
  { data, log, signal }: Opening,
  closers: Closers,
): Promise<EmbeddedServer> {
  const codecUrl = await codecServer(before?.codecUrl, state, closers);
  if (codecUrl !== undefined) state.codecUrl = codecUrl;
  let server: EmbeddedServer | undefined;
  const closed = new AbortController();
  const ending = AbortSignal.any([signal, closed.signal]);
  let restarting: Promise<void> | undefined;
  const restart = (): void => {
    server = undefined;
    if (ending.aborted) return;
    log('Temporal’s server died: it is started again, and the runs go on.');
    restarting = startAgain();
  };
  /** Until it can: on a full disk, or while its port is taken, it cannot. */
  const startAgain = async (): Promise<void> => {
    let said = '';
    while (!ending.aborted) {
      try {
        server = await startServer({ ...start, lastPorts: portsOf(state), onlyThere: true });
        return;
      } catch (error) {
        if (ending.aborted) return;
        const problem = messageOf(error);
        if (problem !== said) log(problem);
        said = problem;
      }
      await delay(2_000, undefined, { signal: ending }).catch(() => undefined);
    }
  };
  const onSpawn: StartServerOptions['onSpawn'] = ({ pid, address, uiUrl }) =>
    keeper.update({ serverPid: pid, address, uiUrl });
  const start = { data, signal: ending, onSpawn, onExit: restart, binary: '', codecUrl };
  // One that its owner could not write down any more, or a second one: two must not write into one database.
  for (const pid of serversOf(data)) if (pid !== before?.serverPid) await endProcess(pid, 3_000);
  if (isServerOf(data, before?.serverPid)) {
    const { serverPid, address, uiUrl, version } = before;
    // Its UI asks the codec server that it was started with.
    const fits = version === VERSION && before.codecUrl === codecUrl;
    if (fits && address !== undefined && uiUrl !== undefined && (await answers(address))) {
      log('A server that was left behind is taken over.');
      start.binary = await findTemporal(log, { signal });
      server = adoptServer(serverPid, address, uiUrl, restart);
    } else await endProcess(serverPid, 3_000);
  }
  if (!start.binary) {
    start.binary = await findTemporal(log, { signal });
    server = await startServer({ ...start, lastPorts: portsOf(before) });
  }
  // A second Ctrl-C, or an error that nobody catches, ends this process before anything is closed.
  const endServer = (): void => {
    if (isServerOf(data, state.serverPid)) signalProcess(state.serverPid, 'SIGTERM');
  };
  process.on('exit', endServer);
  closers.add(async () => {
    closed.abort();
    // One that is being started again would be left behind.
    await restarting;
    await server?.close();
    process.off('exit', endServer);
  });
  state.serverPid = server!.pid;
  return server!;
}

/** Decrypts for the UI, where payloads are encrypted: on the port of an earlier owner, so that its server can be taken over. */
async function codecServer(
  last: string | undefined,
  state: ServerState,
  closers: Closers,
): Promise<string | undefined> {
  const keys = readSetting('encryptionKeys');
  if (keys === undefined) return undefined;
  const options = { codec: new EncryptionCodec(keys), origins: () => (state.uiUrl === undefined ? [] : [state.uiUrl]) };
  const lastPort = Number(last?.split(':').at(-1) ?? 0);
  const server =
    (await startCodecServer({ ...options, port: lastPort })) ?? (await startCodecServer({ ...options, port: 0 }));
  closers.add(() => server?.close());
  return server?.url;
}

function portsOf(state: ServerState | undefined): ServerPorts | undefined {
  const port = Number(state?.address?.split(':').at(-1));
  const uiPort = Number(state?.uiUrl?.split(':').at(-1));
  return port > 0 && uiPort > 0 ? { port, uiPort } : undefined;
}

/** A worker whose owner was killed ends by itself; one that hangs is helped. */
async function endOrphanedWorker(before: ServerState | undefined): Promise<void> {
  const pid = before?.workerPid;
  if (pid === undefined || !isWorker(pid)) return;
  const deadline = performance.now() + 3_000;
  while (isAlive(pid) && performance.now() < deadline) await delay(20);
  if (isWorker(pid)) await endProcess(pid, 0);
}

function isWorker(pid: number): boolean {
  try {
    return process.platform === 'linux'
      ? /workers\/main\.[jt]s\0/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
      : isAlive(pid);
  } catch {
    return false;
  }
}

function embedded({ address, namespace }: ServerState): TemporalServer {
  return { connection: { address: address! }, namespace };
}

/** The runs of a data directory are on one server. */
function refuseOtherServer(state: ServerState, external: TemporalServer | undefined, data: string): void {
  if (external === undefined) return;
  const { connection, namespace } = external;
  const plain = (address = ''): string => address.replace(/^localhost:/, '127.0.0.1:');
  if (plain(connection.address) === plain(state.address) && namespace === state.namespace) return;
  throw new UserError(
    `The data directory ${data} is in use with the namespace ${state.namespace} of ${state.address}, and the environment names ${namespace} of ${connection.address}: give another directory with --data, or end the other (process ${state.ownerPid}).`,
  );
}

async function connect(server: TemporalServer, closers: Closers): Promise<{ client: Client; connection: Connection }> {
  const { connection, close } = await connectTo(server);
  const telemetry = await startTelemetry('kgot');
  closers.add(async () => {
    await close();
    await telemetry?.close();
  });
  const plugins = telemetry === undefined ? [] : [telemetry.plugin];
  return {
    client: new Client({ connection, namespace: server.namespace, plugins, dataConverter: encryptingDataConverter() }),
    connection,
  };
}

const { IndexedValueType } = proto.temporal.api.enums.v1;

/** Registers what the listing needs on somebody else's server. */
async function addSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const types = {
    Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    Int: IndexedValueType.INDEXED_VALUE_TYPE_INT,
    Double: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
  };
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = SEARCH_ATTRIBUTES.filter(({ name }) => !(name in (customAttributes ?? {})));
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(missing.map(({ name, type }) => [name, types[type]]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    const commands = SEARCH_ATTRIBUTES.map(({ name, type }) => `--name ${name} --type ${type}`).join(' ');
    throw new UserError(
      `The server lacks search attributes and they cannot be added (${messageOf(error)}): run "temporal operator search-attribute create ${commands}".`,
    );
  }
}
