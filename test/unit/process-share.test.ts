import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProcessShare } from '../../src/cost/process-share.ts';
import { SEEDED } from '../support/property.ts';

/** A process whose times are set by hand: microseconds, bytes, milliseconds. */
function processOf() {
  const used = { cpu: 1_000, at: 5_000 };
  const share = new ProcessShare({ cpu: () => used.cpu, memory: () => 2 ** 30, now: () => used.at });
  return { used, share };
}

describe('ProcessShare', () => {
  it('gives an attempt alone all that its process used, and those side by side equal parts', () => {
    const { used, share } = processOf();
    const first = share.begin();
    used.cpu += 1e6;
    used.at += 2_000;
    const second = share.begin();
    used.cpu += 4e6;
    used.at += 1_000;
    expect(second()).toEqual({ cpuSeconds: 2, memoryGibSeconds: 0.5 });
    used.cpu += 1e6;
    expect(first()).toEqual({ cpuSeconds: 4, memoryGibSeconds: 2.5 });
    // Asked again it says the same, and what is used while none is under way is nobody's.
    used.cpu += 9e6;
    expect(first().cpuSeconds).toBe(4);
    expect(share.begin()()).toEqual({ cpuSeconds: 0, memoryGibSeconds: 0 });
  });

  it('deals out no more and no less than was used while any was under way', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ begins: fc.boolean(), cpu: fc.nat(1e6) }), { maxLength: 60 }), (events) => {
        const { used, share } = processOf();
        const open: (() => { cpuSeconds: number })[] = [];
        let expected = 0;
        let dealt = 0;
        for (const { begins, cpu } of events) {
          used.cpu += cpu;
          if (open.length > 0) expected += cpu / 1e6;
          if (begins) open.push(share.begin());
          else dealt += open.shift()?.().cpuSeconds ?? 0;
        }
        for (const end of open) dealt += end().cpuSeconds;
        expect(dealt).toBeCloseTo(expected, 6);
      }),
      SEEDED,
    );
  });

  it('measures this process', () => {
    const end = new ProcessShare().begin();
    let sum = 0;
    for (let index = 0; index < 5e6; index += 1) sum += index % 7;
    expect(sum).toBeGreaterThan(0);
    const { cpuSeconds, memoryGibSeconds } = end();
    expect(cpuSeconds).toBeGreaterThan(0);
    expect(memoryGibSeconds).toBeGreaterThan(0);
  });
});
