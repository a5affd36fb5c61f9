import { fork } from 'node:child_process';
import { siblingModule } from '../../src/config/module-path.ts';
import { UserError } from '../errors.ts';
import type { Noise } from './noise.ts';

/** What the oracle has served. */
export interface OracleStats {
  requests: number;
  /** Answers given, spoiled ones included. */
  answered: number;
  /** HTTP errors given. */
  errors: number;
  /** Requests left without an answer. */
  hung: number;
  inputTokens: number;
  outputTokens: number;
}

export interface RunningOracle {
  /** Base URL, as `models` carry it. */
  url: string;
  stats(): Promise<OracleStats>;
  close(): void;
}

export interface StartOracleOptions {
  /** Questions with their gold decompositions; see `readQuestions`. */
  file: string;
  noise?: Noise;
  /** Taken when it is free: runs that an earlier oracle left behind wait for it there. */
  port?: number;
  /** Milliseconds until each answer. @default 0 */
  latency?: number;
}

/** Starts the oracle as a child process on 127.0.0.1. */
export async function startOracle({ file, noise, port = 0, latency = 0 }: StartOracleOptions): Promise<RunningOracle> {
  const { probability = 0, seed = 0 } = noise ?? {};
  const child = fork(
    siblingModule('./oracle-server.ts', import.meta.url),
    [file, ...[port, probability, seed, latency].map(String)],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve(message as string));
    child.once('exit', () => reject(new UserError('The oracle did not start.')));
  });
  child.unref();
  child.channel?.unref();
  return {
    url,
    stats: async () => (await (await fetch(new URL('/stats', url))).json()) as OracleStats,
    close: () => void child.kill('SIGKILL'),
  };
}
