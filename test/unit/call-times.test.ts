import { describe, expect, it } from 'vitest';
import { busyTime, callTimes } from '../../src/cost/call-times.ts';
import type { CostEntry } from '../../src/cost/cost-report.ts';

const START = Date.parse('2026-11-28T10:00:00.000Z');

/** A model's answer that was under way from one millisecond to another. */
function call(from: number, to: number, more: Partial<CostEntry> = {}): CostEntry {
  return {
    ...{ id: `${from}-${to}`, run: 'a', kind: 'model', name: 'decideNextStep', model: 'openai:x', known: true },
    ...{ inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, dollars: 0 },
    ...{ startedAt: new Date(START + from).toISOString(), endedAt: new Date(START + to).toISOString() },
    ...more,
  };
}

describe('callTimes', () => {
  it('says what the call in the middle took, and what 95 of 100 took at most', () => {
    const entries = Array.from({ length: 100 }, (_, index) => call(0, index + 1));
    expect(callTimes(entries)).toEqual({ count: 100, median: 50, p95: 95 });
    expect(callTimes([call(5, 12)])).toEqual({ count: 1, median: 7, p95: 7 });
  });

  it('counts answers alone: no errors, no tools, nothing that was paid for before or never came back', () => {
    const { endedAt: _never, ...open } = call(0, 9_000);
    const others = [
      call(0, 9_000, { failed: true }),
      call(0, 9_000, { kind: 'tool' }),
      call(0, 9_000, { reused: true }),
      { ...open, known: false },
    ];
    expect(callTimes([...others, call(0, 10)])).toEqual({ count: 1, median: 10, p95: 10 });
    expect(callTimes(others)).toBeUndefined();
  });
});

describe('busyTime', () => {
  it('counts the time in which any call was under way once', () => {
    expect(busyTime([call(0, 100), call(50, 150), call(20, 30), call(1_000, 1_010, { kind: 'tool' })])).toBe(160);
    expect(busyTime([])).toBeUndefined();
  });
});
