import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processesNaming } from '../../src/config/process-lines.ts';
import { recordService, writePrivately } from '../../src/config/services-state.ts';
import type { ServiceName } from '../../src/config/services-state.ts';
import { tryLock } from '../runtime/data-lock.ts';
import type { DataLock } from '../runtime/data-lock.ts';
import { freePort, isFree } from '../runtime/ports.ts';
import { endProcess } from '../runtime/processes.ts';
import { CLOSE_MILLISECONDS } from './java-server.ts';
import { NEO4J } from './neo4j.ts';
import { RDF4J } from './rdf4j.ts';
import type { ServerProgram } from './server-program.ts';

export const PROGRAMS: Record<ServiceName, ServerProgram> = { neo4j: NEO4J, rdf4j: RDF4J };

/** The folder of a server's data, settings and logs in a data directory. */
export function homeOf(data: string, name: ServiceName): string {
  return join(data, 'services', name);
}

/** The processes that are this server of this data directory. */
export function processesOf(data: string, name: ServiceName, among?: readonly number[]): number[] {
  return processesNaming(PROGRAMS[name].mark(homeOf(data, name)), among);
}

/** Ends a server's processes, and forgets them. */
export async function endProcesses(data: string, name: ServiceName): Promise<void> {
  for (const pid of processesOf(data, name)) await endProcess(pid, CLOSE_MILLISECONDS);
  recordService(data, name, undefined);
}

/** What a server keeps when it is down: its data would be of no use without. */
export interface Kept {
  port: number;
  password: string;
}

/**
 * The port and the password that a server had before, else new ones.
 *
 * @param log told when the port is another process's by now
 */
export async function keptOf(data: string, name: ServiceName, log: (line: string) => void): Promise<Kept> {
  const file = join(homeOf(data, name), 'kept.json');
  const before = readKept(file);
  if (before !== undefined && (await isFree(before.port))) return before;
  const kept = { port: await freePort(), password: before?.password ?? randomBytes(18).toString('base64url') };
  if (before !== undefined) {
    log(`${PROGRAMS[name].title} had port ${before.port}, which is in use by another process: it gets ${kept.port}.`);
  }
  writePrivately(file, kept);
  return kept;
}

function readKept(file: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept;
  } catch {
    return undefined;
  }
}

/** Waits until no other command starts or ends servers of this data directory. */
export async function lockServices(
  data: string,
  { log, signal }: { log: (line: string) => void; signal: AbortSignal },
): Promise<DataLock> {
  for (let said = false; ; said = true) {
    signal.throwIfAborted();
    const lock = tryLock(join(data, 'services'));
    if (lock !== undefined) return lock;
    if (!said) log('Another command starts or ends servers of this data directory: waiting for it …');
    await delay(100);
  }
}
