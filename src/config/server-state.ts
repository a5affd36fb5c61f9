import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { processesNaming } from './process-lines.ts';
import { replaceJson } from './replace-file.ts';

/** What the owner of a data directory says of it in `server.json`, for whoever joins. */
export interface ServerState {
  /** The code's version: another one does not join. */
  version: string;
  status: 'starting' | 'ready' | 'closing';
  ownerPid: number;
  namespace: string;
  /** Absent while starting. */
  address?: string;
  uiUrl?: string;
  /** Of the server that decrypts for the UI. */
  codecUrl?: string;
  /** Of the embedded server. */
  serverPid?: number;
  workerPid?: number;
}

export function readServerState(data: string): ServerState | undefined {
  try {
    return JSON.parse(readFileSync(join(data, 'server.json'), 'utf8')) as ServerState;
  } catch {
    return undefined;
  }
}

export function writeServerState(data: string, state: ServerState): void {
  replaceJson(join(data, 'server.json'), state);
}

/** The file that holds a data directory's Temporal database; it also tells whether a process is its server. */
export function databaseFile(data: string): string {
  return join(data, 'temporal.db');
}

/** Whether the process lives and is the embedded server of this data directory: numbers of processes are used again. */
export function isServerOf(data: string, pid: number | undefined): pid is number {
  return pid !== undefined && serversOf(data, [pid]).length > 0;
}

/**
 * The embedded servers of this data directory that live, whatever is written down of them.
 *
 * @param among processes to look at. @default all
 */
export function serversOf(data: string, among?: readonly number[]): number[] {
  return processesNaming(`--db-filename ${databaseFile(data)}`, among);
}
