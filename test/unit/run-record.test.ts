import { describe, expect, it } from 'vitest';
import type { CostEntry } from '../../src/cost/cost-report.ts';
import type { RunOutcome } from '../../src/domain/activities.ts';
import { sumEntries } from '../../src/domain/ledger.ts';
import { performanceWords } from '../../src/domain/performance-words.ts';
import { runPerformance, runRecord } from '../../src/optimizer/run-record.ts';

const OUTCOME: RunOutcome = {
  ...{ taskType: 'question', strategy: 'cost', ok: true, milliseconds: 4_000, models: 'openai:large' },
  savings: { samplesNotSent: 5, callsShared: 2 },
  compute: { cpuSeconds: 3_600, memoryGibSeconds: 0 },
  cheap: { model: 'openai:small', instead: { input: 1e-6, output: 1e-5 } },
};

const entry = (model: string, dollars: number | null, more: Partial<CostEntry> = {}): CostEntry => ({
  ...{ id: `${model} ${JSON.stringify(more)}`, run: 'a', kind: 'model', name: 'step', model, known: true },
  ...{ inputTokens: 1_000, cachedInputTokens: 0, outputTokens: 100, dollars },
  ...{ startedAt: '2026-11-28T10:00:00.000Z', endedAt: '2026-11-28T10:00:02.000Z' },
  ...more,
});

const performanceOf = (entries: CostEntry[], more: Partial<RunOutcome> = {}) =>
  runPerformance({ ...OUTCOME, ...more }, sumEntries(entries), entries, { bytes: 2 ** 20 });

describe('runPerformance', () => {
  it('says what was saved by the cheap model, at the planner’s price, and by other runs', () => {
    const entries = [
      entry('openai:small', 0.0002),
      entry('openai:large', 0.002),
      entry('openai:small', 0, { reused: true, savedDollars: 0.0003 }),
      entry('openai:small', 0, { failed: true }),
    ];
    const performance = performanceOf(entries);
    // 1,000 tokens in and 100 out at the planner's price are $0.002.
    expect(performance.savings).toMatchObject({ cheapAnswers: 1, answersReused: 1, reusedDollars: 0.0003 });
    expect(performance.savings.cheapDollars).toBeCloseTo(0.0018);
    expect(performance).toMatchObject({ busy: 0.5, efficiency: 0.5, calls: { count: 2, median: 2_000 } });
    expect(performanceWords(performance)).toEqual([
      'efficiency 0.50; a call took 2000 ms in the middle, 95 of 100 at most 2000 ms; workers took about 3600.00 s of a processor ($0.040480); 1024 KiB are kept ($0.000022 a month); a call was under way for 50 % of the time',
      'saved: 5 of the votes and parses were not needed; 2 tool calls answered by an identical one; ' +
        '1 answer of other runs ($0.0003); 1 answer of the cheap model ($0.0018)',
    ]);
  });

  it('does not say what an unknown price saves', () => {
    expect(performanceOf([entry('openai:small', null)]).savings.cheapDollars).toBeUndefined();
    const cheap = { model: 'openai:small', instead: null };
    expect(performanceOf([entry('openai:small', 0.1)], { cheap }).savings.cheapDollars).toBeUndefined();
    expect(performanceOf([]).savings).toMatchObject({ cheapAnswers: 0, cheapDollars: 0 });
  });

  it('is less efficient where it missed its target, and not at all where it was not solved', () => {
    const entries = [entry('openai:small', 0.002)];
    expect(performanceOf(entries, { target: { milliseconds: 2_000 } }).efficiency).toBeCloseTo(0.25);
    expect(performanceOf(entries, { target: { dollars: 0.001 } }).efficiency).toBeCloseTo(0.25);
    expect(performanceOf(entries, { ok: false }).efficiency).toBe(0);
  });
});

describe('runRecord', () => {
  it('keeps what auto learns from', () => {
    const entries = [entry('openai:small', 0.0002)];
    const record = runRecord('run', OUTCOME, sumEntries(entries), performanceOf(entries));
    expect(record).toMatchObject({
      ...{ id: 'run', taskType: 'question', strategy: 'cost', ok: true, milliseconds: 4_000, dollars: 0.0002 },
      ...{ processing: 2_000, efficiency: 0.5, calls: { count: 1 } },
    });
    const unpriced = [entry('openai:small', null)];
    expect(runRecord('run', OUTCOME, sumEntries(unpriced), performanceOf(unpriced)).dollars).toBeNull();
  });
});
