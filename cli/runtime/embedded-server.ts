import { spawn } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { databaseFile } from '../../src/config/server-state.ts';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search-attributes.ts';
import { UserError } from '../errors.ts';
import { inTime } from './in-time.ts';
import { freePort, isFree } from './ports.ts';
import { endProcess, isAlive } from './processes.ts';

/** A Temporal dev server whose database lies in the data directory. */
export interface EmbeddedServer {
  readonly pid: number;
  readonly address: string;
  readonly uiUrl: string;
  /** Ends it for good. */
  close(): Promise<void>;
}

export interface ServerPorts {
  port: number;
  uiPort: number;
}

/**
 * Makes dispatch six times faster than the defaults, which poll the history queues at most 20 times a second and shift
 * timers by up to a second.
 */
const TUNING = [
  'history.transferProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxPollRPS=1000',
  'history.visibilityProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxTimeShift="1ms"',
  'frontend.namespaceRPS.visibility=100',
  // Priorities and fairness hold strictly on one partition; without these they are only rough.
  'matching.useNewMatcher=true',
  'matching.enableFairness=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
];

const START_SECONDS = 30;

export interface StartServerOptions {
  binary: string;
  data: string;
  /** Used again when they are free, so that links stay valid. */
  lastPorts?: ServerPorts;
  /** Clients and workers are connected there: no other ports will do. @default false */
  onlyThere?: boolean;
  /** Where the UI has payloads decrypted. */
  codecUrl?: string | undefined;
  signal: AbortSignal;
  /** Told of the process as soon as it is there: whoever comes after a kill must find it. */
  onSpawn: (server: { pid: number; address: string; uiUrl: string }) => void;
  /** Told when the server ended by itself. */
  onExit: () => void;
}

/** Starts the server and waits until its namespace answers. */
export async function startServer(options: StartServerOptions): Promise<EmbeddedServer> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choosePorts(options, attempt);
    const started = await tryStart(options, ports);
    if (started !== undefined) return started;
    options.signal.throwIfAborted();
    if (attempt === 3) {
      const log = readFileSync(join(options.data, 'temporal.log'), 'utf8').trim().split('\n').slice(-5).join('\n');
      throw new UserError(`Temporal's server did not start; the end of ${join(options.data, 'temporal.log')}:\n${log}`);
    }
  }
}

async function tryStart(
  { binary, data, codecUrl, signal, onSpawn, onExit }: StartServerOptions,
  { port, uiPort }: ServerPorts,
): Promise<EmbeddedServer | undefined> {
  const log = openSync(join(data, 'temporal.log'), 'a');
  const child = spawn(
    binary,
    [
      'server',
      'start-dev',
      ...['--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
      ...['--ui-disable-news-fetch', '--log-level', 'warn', '--db-filename', databaseFile(data)],
      ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=FULL'],
      ...(codecUrl === undefined ? [] : ['--ui-codec-endpoint', codecUrl]),
      ...TUNING.flatMap((value) => ['--dynamic-config-value', value]),
      ...SEARCH_ATTRIBUTES.flatMap(({ name, type }) => ['--search-attribute', `${name}=${type}`]),
    ],
    // A group of its own: Ctrl-C on the terminal reaches the owner, which ends it in order.
    { detached: true, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  let exited = false;
  child.once('exit', () => (exited = true));
  child.once('error', () => (exited = true));
  const address = `127.0.0.1:${port}`;
  const uiUrl = `http://127.0.0.1:${uiPort}`;
  if (child.pid !== undefined) onSpawn({ pid: child.pid, address, uiUrl });
  const deadline = performance.now() + START_SECONDS * 1000;
  while (!(await answers(address))) {
    if (exited || signal.aborted || performance.now() > deadline) {
      if (child.pid !== undefined && !exited) await endProcess(child.pid, 0);
      return undefined;
    }
    await delay(50);
  }
  if (exited) return undefined;
  let closing = false;
  child.once('exit', () => {
    if (!closing) onExit();
  });
  return {
    pid: child.pid!,
    address,
    uiUrl,
    close: async () => {
      closing = true;
      await endServer(child.pid!);
    },
  };
}

/** Takes over a server that an owner left behind when it was killed. */
export function adoptServer(pid: number, address: string, uiUrl: string, onExit: () => void): EmbeddedServer {
  const watch = setInterval(() => {
    if (isAlive(pid)) return;
    clearInterval(watch);
    onExit();
  }, 250);
  return {
    pid,
    address,
    uiUrl,
    close: async () => {
      clearInterval(watch);
      await endServer(pid);
    },
  };
}

/** At once: what counts is on the disk (`synchronous=FULL`), and to drain calls that nobody makes any more would take it a second. */
function endServer(pid: number): Promise<void> {
  return endProcess(pid, 0);
}

/** Whether a server answers for the default namespace: its health check answers too early. */
export async function answers(address: string): Promise<boolean> {
  // Whoever asks asks again: a retry that is due when it is closed would throw where nobody catches it.
  const connection = Connection.lazy({ address, interceptors: [] });
  try {
    await inTime(connection, 1_000, () => connection.workflowService.describeNamespace({ namespace: 'default' }));
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

async function choosePorts({ lastPorts: last, onlyThere }: StartServerOptions, attempt: number): Promise<ServerPorts> {
  if (last !== undefined && (attempt === 1 || onlyThere === true)) {
    const taken = !(await isFree(last.port)) ? last.port : !(await isFree(last.uiPort)) ? last.uiPort : undefined;
    if (taken === undefined) return last;
    if (onlyThere === true) {
      throw new UserError(
        `The port ${taken} of Temporal’s server is taken by another process, and is waited for: free it, or end this command and start it again, which takes another port.`,
      );
    }
  }
  return { port: await freePort(), uiPort: await freePort() };
}
