import { createHash } from 'node:crypto';

/** A number from 0 to 1, always the same for a text. */
export function unitOf(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** Numbers from 0 to 1, always the same for a seed. */
export function randomOf(seed: string): () => number {
  let drawn = 0;
  return () => {
    drawn += 1;
    return unitOf(`${seed} ${drawn}`);
  };
}
