import { describe, expect, it } from 'vitest';
import { analyse, costInsightsOf, trendsOf, utilisationOf } from '../../src/optimizer/analytics.ts';
import { FairShare } from '../../src/optimizer/fair-share.ts';
import { PerformanceHistory } from '../../src/optimizer/history.ts';
import { keyOf } from '../../src/optimizer/input-key.ts';
import { Lanes } from '../../src/optimizer/lanes.ts';
import { ObservedKinds } from '../../src/optimizer/observed-kinds.ts';
import { knownOperation } from '../../src/optimizer/operation.ts';
import { Records } from '../../src/optimizer/records.ts';
import type { OperationRecord } from '../../src/optimizer/records.ts';
import { temporaryStore } from '../support/folders.ts';

const START = Date.parse('2026-11-28');

/** A record that ended so many seconds after the first. */
function record(second: number, more: Partial<OperationRecord> = {}): OperationRecord {
  return {
    ...{ id: `r${second}`, taskType: 'lookup', strategy: 'balanced', ok: true, milliseconds: 1_000, dollars: 0.1 },
    at: new Date(START + 1_000 * second).toISOString(),
    ...more,
  };
}

describe('analyse', () => {
  it('of nothing has no figure that nothing was measured for', () => {
    expect(analyse([])).toEqual({
      executions: 0,
      trends: {},
      strategies: {},
      utilisation: {},
      cost: { executions: 0, dollars: 0, unknown: 0, parts: {}, taskTypes: [], strategies: {}, savedByCache: 0 },
      tags: {},
    });
  });

  it('averages efficiency, and says how strategies did, by task type', () => {
    const analytics = analyse([
      record(1, { efficiency: 0.5 }),
      record(2, { efficiency: 1, ok: false }),
      record(3, { strategy: 'cost', milliseconds: 3_000, dollars: null }),
      record(4, { taskType: 'read', efficiency: 0.3 }),
    ]);
    expect(analytics.averageEfficiency).toBeCloseTo(0.6);
    expect(analytics.strategies['lookup']!.balanced).toMatchObject({
      executions: 2,
      successRate: 0.5,
      averageEfficiency: 0.75,
    });
    expect(analytics.strategies['lookup']!.cost).toMatchObject({ milliseconds: 3_000, dollars: null });
    expect(analytics.strategies['lookup']!.cost).not.toHaveProperty('averageEfficiency');
    expect(Object.keys(analytics.strategies)).toEqual(['lookup', 'read']);
  });

  it('adds up what has a tag', () => {
    const { tags } = analyse([
      record(1, { tags: { team: 'a', step: 'x' } }),
      record(2, { tags: { team: 'a' }, ok: false, dollars: null }),
    ]);
    expect(tags['team=a']).toEqual({ executions: 2, dollars: 0.1, unknown: 1, successRate: 0.5, milliseconds: 1_000 });
    expect(tags['step=x']!.executions).toBe(1);
  });
});

describe('trends', () => {
  it('are the newest against those before, in the order of time', () => {
    const before = Array.from({ length: 10 }, (_, second) => record(second, { ok: second % 2 === 0 }));
    const recent = Array.from({ length: 5 }, (_, second) => record(100 + second, { milliseconds: 500, dollars: 0.2 }));
    const trends = trendsOf([...recent, ...before], 5);
    expect(trends.time).toEqual({ recent: 500, before: 1_000, change: -0.5 });
    expect(trends.cost!.change).toBeCloseTo(1);
    expect(trends.success).toEqual({ recent: 1, before: 0.5, change: 1 });
  });

  it('leave out costs that are unknown, and need something before', () => {
    expect(trendsOf([record(1), record(2)], 5)).toEqual({});
    const trends = trendsOf([record(1, { dollars: null }), record(2), record(3)], 1);
    expect(trends.cost).toMatchObject({ recent: 0.1, before: 0.1 });
    expect(trendsOf([record(1, { dollars: 0 }), record(2)], 1).cost).toEqual({ recent: 0.1, before: 0 });
  });
});

it('utilisation is work ÷ (time × slots) of each component that did any', () => {
  const own = { component: 'threads', processing: 1_000 } as const;
  // From the second 0 to the second 4, on two threads.
  const records = [record(1, own), record(2, own), record(4, own)];
  expect(utilisationOf(records, { threads: 2, graph: 10 })).toEqual({
    threads: { executions: 3, work: 3_000, share: 3 / 8 },
  });
});

it('cost insights say where the money went, and what the cache saved', () => {
  const insights = costInsightsOf([
    record(1, { dollars: 0.3, cost: { token: 0.2, compute: 0.1, total: 0.3 } }),
    record(2, { dollars: 0.1, cost: { token: 0.1, total: 0.1 }, strategy: 'cost' }),
    record(3, { dollars: 0, cached: true }),
    record(4, { dollars: null, cost: { token: null, total: null } }),
    record(5, { dollars: 2, taskType: 'dear', cost: { service: 2, total: 2 } }),
  ]);
  expect(insights.dollars).toBeCloseTo(2.4);
  expect(insights).toMatchObject({ executions: 5, unknown: 1 });
  expect(insights.parts.token).toBeCloseTo(0.3);
  expect(insights.parts).toMatchObject({ compute: 0.1, service: 2 });
  expect(insights.parts).not.toHaveProperty('storage');
  expect(insights.taskTypes.map(({ taskType }) => taskType)).toEqual(['dear', 'lookup']);
  expect(insights.strategies.cost).toEqual({ executions: 1, dollars: 0.1, unknown: 0 });
  expect(insights.savedByCache).toBeCloseTo(0.2);
});

describe('records', () => {
  it('keep the newest 500 of a task type, and write all that the history keeps', async () => {
    const records = new Records(undefined);
    for (let second = 0; second < 2_500; second += 1) records.add(record(second));
    expect(records.all.length).toBeLessThan(1_000);
    expect(records.all.at(-1)!.id).toBe('r2499');
    const history = new PerformanceHistory(temporaryStore());
    const written = new Records(history);
    for (let second = 0; second < 20; second += 1) written.add(record(second, { efficiency: 0.5 }));
    await written.flush();
    expect(written.status).toEqual({ unwritten: 0 });
    expect(await history.records('lookup')).toHaveLength(20);
    const again = new Records(history);
    expect((await again.observe('lookup')).strategies.balanced!.executions).toBe(20);
    expect(analyse(again.all).averageEfficiency).toBe(0.5);
  });

  it('see what others add, and nothing twice', async () => {
    const artifacts = temporaryStore();
    const own = new Records(new PerformanceHistory(artifacts));
    own.add(record(1));
    await own.flush();
    await new PerformanceHistory(artifacts).add(record(2));
    expect((await own.observe('lookup')).strategies.balanced!.executions).toBe(2);
  });
});

describe('lanes', () => {
  it('let in as many as each says, the most urgent first, and forget what is empty', async () => {
    const lanes = new Lanes();
    const order: string[] = [];
    const enter = async (name: string, most: number, priority: number): Promise<void> => {
      await lanes.enter('a', most, priority);
      order.push(name);
    };
    expect(lanes.enter('a', 2, 5)).toBeUndefined();
    expect(lanes.enter('a', 2, 5)).toBeUndefined();
    const all = [enter('later', 2, 1), enter('alone', 1, 9), enter('usual', 2, 5)];
    expect(lanes.status).toEqual({ a: { running: 2, waiting: 3 } });
    for (let leaving = 0; leaving < 5; leaving += 1) {
      lanes.leave('a');
      await Promise.resolve();
      await Promise.resolve();
    }
    await Promise.all(all);
    expect(order).toEqual(['alone', 'usual', 'later']);
    expect(lanes.status).toEqual({});
    expect(lanes.waiting).toBe(0);
  });
});

describe('keys', () => {
  const work = knownOperation(() => 1);
  const key = (...input: unknown[]) => keyOf(work, input);

  it('are equal for equal plain data alone', () => {
    expect(key({ a: [1, new Date(0)], b: new Map([['x', new Set([1])]]) })).toBe(
      key({ a: [1, new Date(0)], b: new Map([['x', new Set([1])]]) }),
    );
    const different = [
      key(1),
      key('1'),
      key(undefined),
      key(null),
      key([]),
      key({}),
      key(new Map()),
      key(new Date(1)),
      key(-1),
      key(),
    ];
    expect(new Set(different).size).toBe(different.length);
    expect(
      keyOf(
        knownOperation(() => 1),
        [1],
      ),
    ).not.toBe(key(1));
  });

  it('are none for what may differ where nobody sees it', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    for (const input of [() => 1, new URL('http://x'), { a: Symbol('x') }, circle, Promise.resolve()])
      expect(key(input)).toBeUndefined();
  });
});

describe('observed kinds', () => {
  it('are of the processor where the thread did not wait, unless it is too short, or others may have been', () => {
    const kinds = new ObservedKinds();
    expect(kinds.learn('a', { busy: 90, time: 100, alone: true })).toBe('cpu');
    expect(kinds.learn('b', { busy: 2, time: 2, alone: true })).toBe('io');
    expect(kinds.learn('c', { busy: 90, time: 100, alone: false })).toBeUndefined();
    expect(kinds.learn('c', { busy: 10, time: 100, alone: false })).toBe('io');
    for (let run = 0; run < 5; run += 1) kinds.learn('a', { busy: 1, time: 100, alone: true });
    expect(kinds.of('a')!.kind).toBe('io');
  });
});

it('a fair share of what is held is as much for each, and all together what there is', async () => {
  const share = new FairShare();
  const [a, b] = [share.begin(), share.begin()];
  await new Promise((resolve) => setTimeout(resolve, 50));
  const [endA, endB] = [share.end(a), share.end(b)];
  expect(endA.alone || endB.alone).toBe(false);
  const gib = share.resident() / 2 ** 30;
  expect((endA.memoryGibSeconds + endB.memoryGibSeconds) / gib).toBeGreaterThan(0.03);
  expect(endA.memoryGibSeconds / endB.memoryGibSeconds).toBeCloseTo(1, 0);
  expect(share.end(share.begin()).alone).toBe(true);
});
