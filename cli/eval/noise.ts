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
