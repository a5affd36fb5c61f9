import { createHash } from 'node:crypto';

export type Fault = 'malformed' | 'wrong-type' | 'error' | 'rate-limit' | 'hang';

const FAULTS: readonly Fault[] = ['malformed', 'wrong-type', 'error', 'rate-limit', 'hang'];

export interface Noise {
  /** Share of requests that are broken, from 0 to 1. */
  probability: number;
  seed: number;
}

/**
 * Whether and how a request is broken. Drawn from the seed, the request's body and how often that body has come, so
 * that the order in which requests arrive changes nothing.
 */
export function drawFault({ probability, seed }: Noise, body: string, occurrence: number): Fault | undefined {
  const digest = createHash('sha256').update(`${seed}\n${occurrence}\n${body}`).digest();
  const unit = (offset: number): number => digest.readUIntBE(offset, 6) / 2 ** 48;
  if (unit(0) >= probability) return undefined;
  return FAULTS[Math.floor(unit(6) * FAULTS.length)];
}

/** How long answers take: log-normal, as services' latencies are. */
export interface Delay {
  /** Milliseconds. */
  median: number;
  /** Standard deviation of the logarithm. */
  sigma: number;
  seed: number;
}

/** Milliseconds until a request is answered, drawn like its fault. */
export function drawDelay({ median, sigma, seed }: Delay, body: string, occurrence: number): number {
  const digest = createHash('sha256').update(`delay ${seed}\n${occurrence}\n${body}`).digest();
  const unit = (offset: number): number => (digest.readUIntBE(offset, 6) + 1) / (2 ** 48 + 1);
  // Box and Muller's way to a normal number.
  const normal = Math.sqrt(-2 * Math.log(unit(0))) * Math.cos(2 * Math.PI * unit(6));
  return median * Math.exp(sigma * normal);
}

/** How an oracle answers. */
export interface OracleManner {
  noise: Noise;
  cheapNoise: Noise;
  delay: Delay;
  /** Whether cached tokens are told; see `PromptCache`. */
  promptCache: boolean;
}

/** The name of the model that answers with the noise of the cheap oracle. */
export const CHEAP_ORACLE = 'oracle-cheap';
