import { describe, expect, it } from 'vitest';
import { drawFault } from '../../cli/eval/noise.ts';
import type { Fault } from '../../cli/eval/noise.ts';

const DRAWS = 10_000;

function draws(probability: number, seed: number): (Fault | undefined)[] {
  return Array.from({ length: DRAWS }, (_, index) => drawFault({ probability, seed }, `request ${index}`, 1));
}

const faults = (drawn: (Fault | undefined)[]): Fault[] => drawn.filter((fault) => fault !== undefined);

describe('drawFault', () => {
  it.each([0.05, 0.3, 0.8])('breaks a share of %f of all requests', (probability) => {
    // Five standard deviations; the draws are seeded, so they never change.
    const tolerance = 5 * Math.sqrt((probability * (1 - probability)) / DRAWS);
    for (const seed of [1, 2, 3]) {
      expect(Math.abs(faults(draws(probability, seed)).length / DRAWS - probability)).toBeLessThan(tolerance);
    }
  });

  it('breaks them in every way about as often', () => {
    const counts = new Map<Fault, number>();
    for (const fault of faults(draws(1, 1))) counts.set(fault, (counts.get(fault) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual(['error', 'hang', 'malformed', 'rate-limit', 'wrong-type']);
    for (const count of counts.values()) expect(Math.abs(count / DRAWS - 0.2)).toBeLessThan(0.02);
  });

  it('breaks none at 0 and all at 1', () => {
    expect(faults(draws(0, 1))).toHaveLength(0);
    expect(faults(draws(1, 1))).toHaveLength(DRAWS);
  });

  it('is the same for the same seed, whatever the order in which requests come', () => {
    const noise = { probability: 0.5, seed: 7 };
    const bodies = Array.from({ length: 200 }, (_, index) => `request ${index}`);
    const forwards = new Map(bodies.map((body) => [body, drawFault(noise, body, 1)]));
    const backwards = new Map([...bodies].reverse().map((body) => [body, drawFault(noise, body, 1)]));
    for (const body of bodies) expect(backwards.get(body)).toBe(forwards.get(body));
  });

  it('differs for another seed, and each time that a body comes again', () => {
    expect(draws(0.5, 1)).not.toEqual(draws(0.5, 2));
    const noise = { probability: 0.5, seed: 7 };
    const again = new Set(Array.from({ length: 50 }, (_, time) => drawFault(noise, 'the same', time) !== undefined));
    expect(again.size).toBe(2);
  });

  it('breaks at a lower share only what it breaks at a higher one', () => {
    const [low, high] = [draws(0.2, 5), draws(0.4, 5)];
    for (const [index, fault] of low.entries()) if (fault !== undefined) expect(high[index]).toBe(fault);
  });
});
