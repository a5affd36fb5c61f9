import { fork } from 'node:child_process';
import { siblingModule } from '../../src/config/module-path.ts';
import { UserError } from '../errors.ts';
import type { Delay, Noise, OracleManner } from './noise.ts';

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
  /** Noise of the cheap oracle, which answers beside it. @default that of the other */
  cheapNoise?: Noise;
  /** Taken when it is free: runs that an earlier oracle left behind wait for it there. */
  port?: number;
  /** Milliseconds until each answer, or how they are drawn. @default 0 */
  latency?: number | Delay;
  /** Whether it tells cached tokens as a provider with a prompt cache would; simulated. @default false */
  promptCache?: boolean;
}

/** Starts the oracle as a child process on 127.0.0.1. */
export async function startOracle(options: StartOracleOptions): Promise<RunningOracle> {
  const {
    file,
    noise = { probability: 0, seed: 0 },
    cheapNoise = noise,
    port = 0,
    latency = 0,
    promptCache = false,
  } = options;
  const delay: Delay = typeof latency === 'number' ? { median: latency, sigma: 0, seed: 0 } : latency;
  const child = fork(
    siblingModule('./oracle-server.ts', import.meta.url),
    [file, String(port), JSON.stringify({ noise, cheapNoise, delay, promptCache } satisfies OracleManner)],
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
