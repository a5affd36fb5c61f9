import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { observe, PerformanceHistory } from '../../src/optimizer/history.ts';
import type { PerformanceRecord } from '../../src/optimizer/history.ts';

async function openStore(): Promise<ArtifactStore> {
  const folder = await mkdtemp(join(tmpdir(), 'kgot-history-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return openDirectoryStore(folder);
}

const record = (more: Partial<PerformanceRecord> = {}): PerformanceRecord => ({
  ...{ id: 'a', taskType: 'question', strategy: 'balanced', at: '2026-11-28T10:00:10.000Z' },
  ...{ ok: true, milliseconds: 4_000, dollars: 0.01 },
  ...more,
});

describe('PerformanceHistory', () => {
  it('is there again after a restart, a task type apart, and counts an execution once', async () => {
    const store = await openStore();
    const history = new PerformanceHistory(store);
    await history.add(record());
    await history.add(record({ at: '2026-11-28T10:00:11.000Z' }));
    await history.add(record({ id: 'b', taskType: '../a type/of ours', dollars: 0.03 }));
    const again = new PerformanceHistory(store);
    expect(await again.records('question')).toEqual([record()]);
    expect(await again.records('../a type/of ours')).toHaveLength(1);
    expect(await again.records()).toHaveLength(2);
    expect((await again.observe('question')).strategies).toEqual({
      balanced: { executions: 1, successRate: 1, milliseconds: 4_000, dollars: 0.01, throughput: 0.25 },
    });
    expect(await again.observe('unheard of')).toEqual({ strategies: {} });
  });

  it('keeps the newest 500 of a task type', async () => {
    const store = await openStore();
    const history = new PerformanceHistory(store);
    for (let index = 0; index < 503; index += 1) {
      await history.add(record({ id: `run ${index}`, at: new Date(1_800_000_000_000 + index).toISOString() }));
    }
    const records = await history.records('question');
    expect(records).toHaveLength(500);
    expect(records[0]!.id).toBe('run 3');
  });
});

describe('observe', () => {
  it('gives means by strategy, and what calls take', () => {
    const later = '2026-11-28T10:00:20.000Z';
    const { strategies, call } = observe([
      // It began before it was known what calls take: of what its strategy is worth it says nothing.
      record({ strategy: 'latency', milliseconds: 9_000, calls: { count: 4, median: 600, p95: 1_000 } }),
      record({ milliseconds: 2_000, dollars: 0.01, at: later, calls: { count: 3, median: 500, p95: 900 } }),
      record({
        milliseconds: 4_000,
        dollars: 0.03,
        at: later,
        ok: false,
        calls: { count: 5, median: 700, p95: 1_100 },
      }),
      record({ strategy: 'cost', dollars: null }),
    ]);
    expect(strategies.balanced).toMatchObject({ executions: 2, successRate: 0.5, milliseconds: 3_000, dollars: 0.02 });
    // A price that is not known makes a mean that is not: never less.
    expect(strategies.cost).toMatchObject({ executions: 1, dollars: null });
    expect(strategies.latency).toBeUndefined();
    expect(call).toEqual({ median: 600, p95: 1_000 });
  });

  it('says what calls take by runs with the same models alone: another model may be slower by far', () => {
    const calls = (median: number) => ({ count: 9, median, p95: 2 * median });
    const records = [
      record({ models: 'openai:fast', calls: calls(100) }),
      record({ models: 'ollama:slow', calls: calls(9_000) }),
    ];
    expect(observe(records, 'ollama:slow').call).toEqual({ median: 9_000, p95: 18_000 });
    expect(observe(records, 'openai:new').call).toBeUndefined();
    const later = { at: '2026-11-28T11:00:00.000Z', calls: calls(100) };
    const known = [...records, record({ ...later, models: 'openai:fast' }), record({ ...later, models: 'openai:new' })];
    expect(observe(known, 'openai:new').strategies.balanced!.executions).toBe(1);
  });

  it('measures how much executions of one strategy differ, over all strategies', () => {
    const records = [
      ...[2_000, 4_000].map((milliseconds) => record({ milliseconds, dollars: 0.02 })),
      ...[10_000, 20_000].map((milliseconds) => record({ strategy: 'cost', milliseconds, dollars: 0.001 })),
      record({ strategy: 'latency', milliseconds: 1, dollars: 9 }),
    ];
    // Each a third off the mean of its strategy: of four values two degrees of freedom are left.
    expect(observe(records).spread!.milliseconds).toBeCloseTo(Math.sqrt(4 / 9 / 2), 12);
    expect(observe(records).spread!.dollars).toBe(0);
    expect(observe([...records, record({ dollars: null })]).spread).not.toHaveProperty('dollars');
    expect(observe(records.slice(4)).spread).toBeUndefined();
  });

  it('measures throughput over the time in which any ran, pauses left out', () => {
    const ended = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1_000).toISOString();
    const { strategies } = observe([
      // Side by side from 0 to 10, then one from 110 to 120.
      record({ at: ended(10), milliseconds: 10_000 }),
      record({ at: ended(10), milliseconds: 8_000 }),
      record({ at: ended(120), milliseconds: 10_000 }),
    ]);
    expect(strategies.balanced!.throughput).toBeCloseTo(3 / 20);
  });
});
