/** Every field of an `OptimizationContext` does what it says: each test here fails without it. */
import { describe, expect, it, vi, afterEach } from 'vitest';
import { z } from 'zod';
import { CostRefused } from '../../src/cost/cost-optimizer.ts';
import { STRATEGIES } from '../../src/domain/plan.ts';
import type { OptimizationContext, OptimizationStrategy } from '../../src/domain/plan.ts';
import { OperationOutOfMemory, OperationTimeout } from '../../src/optimizer/async/errors.ts';
import { PerformanceHistory } from '../../src/optimizer/history.ts';
import type { FunctionContext } from '../../src/optimizer/operation.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { temporaryStore } from '../support/folders.ts';
import { openOptimizer, WORK } from '../support/optimizer.ts';

afterEach(() => void vi.useRealTimers());

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** An operation that counts how many of it run at once. */
function counting(milliseconds = 20) {
  const seen = { most: 0, runs: 0 };
  let running = 0;
  const operation = async (): Promise<number> => {
    seen.runs += 1;
    running += 1;
    seen.most = Math.max(seen.most, running);
    await pause(milliseconds);
    running -= 1;
    return seen.runs;
  };
  return { seen, operation };
}

/** A history in which each strategy has its own time and cost. */
async function historyOf(means: Partial<Record<OptimizationStrategy, { milliseconds: number; dollars: number }>>) {
  const history = new PerformanceHistory(temporaryStore());
  for (const strategy of STRATEGIES) {
    for (let run = 0; run < 4; run += 1) {
      const at = new Date(Date.parse('2026-11-28') + run * 10_000).toISOString();
      const own = means[strategy] ?? { milliseconds: 1_000, dollars: 1 };
      await history.add({ id: `${strategy}${run}`, taskType: 'lookup', strategy, at, ok: true, ...own });
    }
  }
  return history;
}

const HISTORY = {
  latency: { milliseconds: 100, dollars: 0.5 },
  cost: { milliseconds: 900, dollars: 0.01 },
  balanced: { milliseconds: 300, dollars: 0.1 },
};

describe('strategy', () => {
  it('decides how the operation is run, and the plan says why', async () => {
    const optimizer = openOptimizer();
    const { plan } = await optimizer.optimizeOperation(() => 1, { strategy: 'cost' });
    expect(plan).toMatchObject({ asked: 'cost', strategy: 'cost', concurrency: 8, sharedCache: true });
    expect(plan.reasons['sharedCache']).toBe('what was paid for is used again');
    const usual = await optimizer.optimizeOperation(() => 1, {});
    expect(usual.plan).toMatchObject({ strategy: 'balanced', sharedCache: false });
  });

  it('auto tries each strategy, also where many begin at once', async () => {
    const optimizer = openOptimizer();
    const { operation } = counting();
    const all = Array.from({ length: 15 }, () => optimizer.optimizeOperation(operation, { strategy: 'auto' }));
    const used = (await Promise.all(all)).map(({ metrics }) => metrics.strategy);
    for (const strategy of STRATEGIES) expect(used.filter((one) => one === strategy)).toHaveLength(3);
    expect(Object.keys(optimizer.getPerformanceAnalytics().strategies['general']!)).toHaveLength(5);
  });

  it('auto goes by what happened before a restart', async () => {
    const artifacts = temporaryStore();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const first = openOptimizer({ history: new PerformanceHistory(artifacts) });
    for (const strategy of STRATEGIES) {
      const time = strategy === 'throughput' ? 1 : 30;
      for (let run = 0; run < 3; run += 1)
        await first.optimizeOperation(pause, { strategy, taskType: 'wait', cache: false }, time);
    }
    await first.shutdown();
    const second = openOptimizer({ history: new PerformanceHistory(artifacts) });
    const { plan } = await second.optimizeOperation(
      pause,
      { strategy: 'auto', taskType: 'wait', latencyTarget: 0.01 },
      1,
    );
    expect(plan.strategy).toBe('throughput');
    expect(plan.reasons['strategy']).toMatch(/^auto: the fastest/);
    expect(second.getPerformanceAnalytics().executions).toBe(16);
    vi.restoreAllMocks();
  });
});

describe('targets that auto goes by', () => {
  it.each<[OptimizationContext, OptimizationStrategy]>([
    [{ latencyTarget: 50 }, 'latency'],
    [{ latencyTarget: 1_000 }, 'cost'],
    [{ costTarget: 0.2 }, 'balanced'],
    [{ costTarget: 0.001 }, 'cost'],
  ])('%j', async (context, strategy) => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const optimizer = openOptimizer({ history: await historyOf(HISTORY) });
    const { plan } = await optimizer.optimizeOperation(() => 1, { strategy: 'auto', taskType: 'lookup', ...context });
    expect(plan.strategy).toBe(strategy);
    vi.restoreAllMocks();
  });

  it('throughputTarget', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const history = new PerformanceHistory(temporaryStore());
    for (const strategy of STRATEGIES) {
      for (let run = 0; run < 3; run += 1) {
        // Side by side under one strategy, one after the other under the others; that one is also the dearest.
        const apart = strategy === 'scalability' ? 1 : 2_000;
        const at = new Date(Date.parse('2026-11-28') + run * apart).toISOString();
        const dollars = strategy === 'scalability' ? 5 : 0.1;
        await history.add({
          id: `${strategy}${run}`,
          taskType: 'lookup',
          strategy,
          at,
          ok: true,
          milliseconds: 1_000,
          dollars,
        });
      }
    }
    const optimizer = openOptimizer({ history });
    const context = { strategy: 'auto', taskType: 'lookup' } as const;
    const { plan } = await optimizer.optimizeOperation(() => 1, { ...context, throughputTarget: 2 });
    expect(plan.strategy).toBe('scalability');
    const without = await optimizer.optimizeOperation(() => 1, context);
    expect(without.plan.strategy).not.toBe('scalability');
    vi.restoreAllMocks();
  });

  it('are what efficiency is measured against', async () => {
    const optimizer = openOptimizer();
    const wait = (context: OptimizationContext) => optimizer.optimizeOperation(pause, context, 100);
    const [usual, late] = [await wait({}), await wait({ latencyTarget: 10 })];
    expect(usual.metrics.efficiency).toBeGreaterThan(0.7);
    expect(late.metrics.efficiency).toBeLessThan(0.2);
    const spending = (context: FunctionContext): void => context.spend({ dollars: 1 });
    const dear = await optimizer.optimizeOperation(spending, { costTarget: 0.1 });
    expect(dear.metrics.efficiency).toBeLessThan(0.11);
  });
});

it('taskType: what is alike is learned, and limited, together', async () => {
  const optimizer = openOptimizer();
  const [a, b] = [counting(), counting()];
  const run = ({ operation }: typeof a, taskType: string) =>
    optimizer.optimizeOperation(operation, { taskType, maxWorkers: 1 });
  const started = performance.now();
  await Promise.all([run(a, 'a'), run(a, 'a'), run(b, 'b')]);
  expect(performance.now() - started).toBeGreaterThan(35);
  expect(a.seen.most).toBe(1);
  expect(Object.keys(optimizer.getPerformanceAnalytics().strategies)).toEqual(['a', 'b']);
});

it('priority: the most urgent of those that wait goes first', async () => {
  const optimizer = openOptimizer();
  const order: number[] = [];
  const run = (priority: number) =>
    optimizer.optimizeOperation(
      async () => {
        order.push(priority);
        await pause(5);
      },
      { priority, maxWorkers: 1 },
    );
  await Promise.all([run(5), run(2), run(9), run(5)]);
  expect(order).toEqual([5, 9, 5, 2]);
  const engineBound = openOptimizer({ config: { asyncExecution: { concurrency: 1 } } });
  order.length = 0;
  await Promise.all(
    [1, 4, 8].map((priority) =>
      engineBound.optimizeOperation(() => pause(5).then(() => order.push(priority)), { priority }),
    ),
  );
  expect(order).toEqual([1, 8, 4]);
});

it('maxWorkers: no more of its task type at once', async () => {
  const optimizer = openOptimizer();
  const { seen, operation } = counting();
  await Promise.all(Array.from({ length: 6 }, () => optimizer.optimizeOperation(operation, { maxWorkers: 2 })));
  expect(seen).toEqual({ most: 2, runs: 6 });
  const free = counting();
  await Promise.all(Array.from({ length: 6 }, () => optimizer.optimizeOperation(free.operation, {})));
  expect(free.seen.most).toBe(6);
});

describe('timeout', () => {
  it('tells a function by its signal, and gives it up', async () => {
    const optimizer = openOptimizer();
    let told: unknown;
    const never = ({ signal }: FunctionContext) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject((told = signal.reason as Error))));
    await expect(optimizer.optimizeOperation(never, { timeout: 30 })).rejects.toThrow(OperationTimeout);
    expect(told).toBeInstanceOf(OperationTimeout);
  });

  it('ends a function of a module that blocks, with its thread', async () => {
    const optimizer = openOptimizer({ config: { asyncExecution: { threads: 1 } } });
    const spin = optimizer.optimizeOperation({ module: WORK, name: 'spin' }, { timeout: 1_000 });
    await expect(spin).rejects.toThrow(OperationTimeout);
    const { result } = await optimizer.optimizeOperation<number>(
      { module: WORK, name: 'square' },
      { timeout: 30_000 },
      3,
    );
    expect(result).toBe(9);
    expect(optimizer.getSystemStatus().components['threads']).toMatchObject({ running: 0 });
  });

  it('says of a function that blocked this thread that nothing could end it', async () => {
    const optimizer = openOptimizer();
    const block = (milliseconds: number): number => {
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
      return 1;
    };
    const blocking = optimizer.optimizeOperation(block, { timeout: 20 }, 40);
    await expect(blocking).rejects.toThrow(
      'longer than 0.02 seconds. It blocked this thread, where nothing can end it',
    );
    const later = optimizer.optimizeOperation(
      async (time: number) => block(await Promise.resolve(time)),
      { timeout: 20 },
      40,
    );
    await expect(later).rejects.toThrow('It blocked this thread');
  });

  it('is of all attempts together', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const optimizer = openOptimizer();
    let attempts = 0;
    const failing = () => Promise.reject(new Error(`no ${(attempts += 1)}`));
    const failed = expect(optimizer.optimizeOperation(failing, { timeout: 2_500, retries: 9 })).rejects.toThrow('no 2');
    await vi.advanceTimersByTimeAsync(2_500);
    await failed;
  });
});

it('retries: so many attempts after the first', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const optimizer = openOptimizer();
  const flaky = ({ attempt }: FunctionContext): string => {
    if (attempt < 3) throw new Error('not yet');
    return 'at last';
  };
  const measured = optimizer.optimizeOperation(flaky, { retries: 2 });
  await vi.advanceTimersByTimeAsync(3_100);
  const { result, metrics } = await measured;
  expect(result).toBe('at last');
  expect(metrics).toMatchObject({ retries: 2, errors: 2, successRate: 1 / 3 });
  await expect(optimizer.optimizeOperation(flaky, {})).rejects.toThrow('not yet');
});

describe('cache', () => {
  it('gives a result that is there, and makes equal ones once', async () => {
    const optimizer = openOptimizer();
    const { seen, operation } = counting();
    const ask = (context: OptimizationContext, input: unknown) =>
      optimizer.optimizeOperation(operation as (input: unknown) => Promise<number>, context, input);
    const [first, shared] = await Promise.all([ask({ cache: true }, { a: 1 }), ask({ cache: true }, { a: 1 })]);
    const kept = await ask({ cache: true }, { a: 1 });
    expect(seen.runs).toBe(1);
    expect([first, shared, kept].map(({ metrics }) => metrics.cacheHits)).toEqual([0, 1, 1]);
    expect(kept.metrics).toMatchObject({ cost: {}, processing: 0 });
    expect(kept.metrics.successRate).toBeUndefined();
    await ask({ cache: true }, { a: 2 });
    await ask({ cache: false }, { a: 1 });
    await ask({}, { a: 1 });
    expect(seen.runs).toBe(4);
    await ask({ strategy: 'cost' }, { a: 1 });
    expect(seen.runs).toBe(4);
  });

  it('takes no input for equal that may differ in what is not seen', async () => {
    class Counter {
      readonly #from: number;
      constructor(from: number) {
        this.#from = from;
      }
      get next(): number {
        return this.#from + 1;
      }
    }
    const optimizer = openOptimizer();
    const read = (counter: Counter): number => counter.next;
    const { result: one, plan } = await optimizer.optimizeOperation(read, { cache: true }, new Counter(1));
    expect(plan).toMatchObject({ sharedCache: false, reasons: { sharedCache: 'no: its input is no plain data' } });
    const { result: two } = await optimizer.optimizeOperation(read, { cache: true }, new Counter(2));
    expect([one, two]).toEqual([2, 3]);
  });

  it('keeps no result that cannot be copied, and gives it', async () => {
    const optimizer = openOptimizer();
    let runs = 0;
    const make = () => {
      runs += 1;
      return () => runs;
    };
    for (let run = 1; run <= 2; run += 1) {
      const { result } = await optimizer.optimizeOperation(make, { cache: true });
      expect(result()).toBe(run);
    }
  });

  it('is refused for a tool with side effects', async () => {
    const send = defineTool({
      name: 'send',
      description: 'Sends.',
      input: z.object({}),
      output: z.number(),
      execute: () => 1,
      sideEffects: true,
    });
    const optimizer = openOptimizer();
    await expect(optimizer.optimizeOperation(send, { cache: true, retries: 1 }, {})).rejects.toThrow(
      'retries is 1, and send has side effects: it gets one attempt. cache is true, and send has side effects',
    );
    const { metrics } = await optimizer.optimizeOperation(send, { strategy: 'cost' }, {});
    const again = await optimizer.optimizeOperation(send, { strategy: 'cost' }, {});
    expect([metrics.cacheHits, again.metrics.cacheHits]).toEqual([0, 0]);
  });
});

describe('limits', () => {
  it('cpu: no more cores at once for functions of its task type', async () => {
    const optimizer = openOptimizer({ config: { asyncExecution: { threads: 2 } } });
    const run = (limits?: { cpu: number }) => {
      const context = { timeout: 60_000, ...(limits === undefined ? {} : { limits }) };
      return optimizer.optimizeOperation<number>({ module: WORK, name: 'busy' }, context, 150);
    };
    await Promise.all([run(), run()]);
    const measured = await Promise.all([run({ cpu: 1 }), run({ cpu: 1 }), run({ cpu: 1 })]);
    expect(measured.map(({ metrics }) => metrics.concurrentOperations)).toEqual([1, 1, 1]);
    const free = await Promise.all([run(), run(), run()]);
    expect(Math.max(...free.map(({ metrics }) => metrics.concurrentOperations))).toBeGreaterThan(1);
    const { plan } = await optimizer.optimizeOperation(() => 1, { limits: { cpu: 1 } });
    expect(plan.reasons['limits.cpu']).toBe('this thread is one core at most');
  });

  it('memory: what takes more is ended, and nothing else', async () => {
    const optimizer = openOptimizer();
    const hoard = optimizer.optimizeOperation({ module: WORK, name: 'hoard' }, { limits: { memory: 100 } });
    await expect(hoard).rejects.toThrow(new OperationOutOfMemory('hoard', 100));
  });

  it('memory: is said not to be limited where nothing can', async () => {
    const context = { limits: { memory: 100 } };
    const { plan } = await openOptimizer().optimizeOperation(() => 1, context);
    expect(plan.reasons['limits.memory']).toMatch(/^not limited: it shares this process/);
    const without = openOptimizer({ config: { asyncExecution: { threads: 0 } } });
    const { plan: here } = await without.optimizeOperation({ module: WORK, name: 'square' }, context, 2);
    expect(here.reasons['limits.memory']).toMatch(/^not limited/);
  });
});

describe('costBudget', () => {
  it('refuses what may cost more, before it starts', async () => {
    const optimizer = openOptimizer({ config: { costOptimization: { cpuSecond: 0.01, memoryGibSecond: 0 } } });
    const { seen, operation } = counting();
    const asked = optimizer.optimizeOperation(operation, { costBudget: 0.05, timeout: 10_000 });
    await expect(asked).rejects.toThrow(
      'The operation does not start: operation may cost $0.1 (it never ran, and may keep a core for the 10 s of its timeout), and its budget is $0.05.',
    );
    await expect(asked).rejects.toThrow(CostRefused);
    await expect(optimizer.optimizeOperation(operation, { costBudget: 1 })).rejects.toThrow(
      'has no timeout that would bound it',
    );
    expect(seen.runs).toBe(0);
    await optimizer.optimizeOperation(operation, { costBudget: 0.2, timeout: 10_000 });
    expect(seen.runs).toBe(1);
  });

  it('goes by what the operation cost before', async () => {
    const optimizer = openOptimizer();
    const ask = ({ spend }: FunctionContext): void => {
      const model = { provider: 'openai', name: 'gpt-4o-mini' };
      spend({ model, inputTokens: 1_000_000, cachedInputTokens: 0, outputTokens: 0 });
    };
    const { metrics } = await optimizer.optimizeOperation(ask, {});
    expect(metrics.cost.token).toBeCloseTo(0.15, 9);
    const again = optimizer.optimizeOperation(ask, { costBudget: 0.1 });
    await expect(again).rejects.toThrow(
      /ask may cost \$0.15 \(the most of its last 1 execution\), and its budget is \$0.1/,
    );
  });

  it('leaves no other attempt to one that has spent it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const optimizer = openOptimizer();
    let attempts = 0;
    const pay = ({ spend }: FunctionContext): void => {
      attempts += 1;
      spend({ dollars: 0.06 });
      throw new Error('not yet');
    };
    const context = { retries: 5, timeout: 60_000, costBudget: 0.1 };
    const refused = expect(optimizer.optimizeOperation(pay, context)).rejects.toThrow(
      'no attempt of pay more, for those before cost $0.12, and its budget is $0.1.',
    );
    await vi.advanceTimersByTimeAsync(10_000);
    await refused;
    expect(attempts).toBe(2);
  });

  it('refuses a tool whose price is unknown, or too high', async () => {
    const tool = (price: number | null) =>
      defineTool({
        name: 'search',
        description: 'Searches.',
        input: z.object({}),
        output: z.number(),
        execute: () => 1,
        price,
      });
    const optimizer = openOptimizer();
    const search = (price: number | null) => optimizer.optimizeOperation(tool(price), { costBudget: 0.05 }, {});
    await expect(search(null)).rejects.toThrow('its tool has no known price');
    await expect(search(0.06)).rejects.toThrow('search may cost $0.0');
    expect((await search(0.01)).metrics.cost.service).toBe(0.01);
  });
});

it('profiling: measures what takes time to measure', async () => {
  const optimizer = openOptimizer();
  const block = async (): Promise<void> => {
    await pause(30);
    const end = performance.now() + 60;
    while (performance.now() < end);
    await pause(30);
  };
  const { metrics } = await optimizer.optimizeOperation(block, { profiling: true });
  expect(metrics.profile!.eventLoopDelay.most).toBeGreaterThan(30);
  expect(metrics.profile!.eventLoopUtilization).toBeGreaterThan(0.1);
  expect(metrics.profile!.heap.used).toBeGreaterThan(1);
  expect(metrics.diskIo).toMatchObject({ scope: 'process' });
  const without = await optimizer.optimizeOperation(() => 1, {});
  expect(without.metrics.profile).toBeUndefined();
  expect(without.metrics.diskIo).toBeUndefined();
});

it('tags: are put on metrics, analytics and records', async () => {
  const artifacts = temporaryStore();
  const optimizer = openOptimizer({ history: new PerformanceHistory(artifacts) });
  const { metrics } = await optimizer.optimizeOperation(() => 1, { tags: { team: 'research' } });
  await optimizer.optimizeOperation(() => 1, {});
  expect(metrics.tags).toEqual({ team: 'research' });
  expect(optimizer.getPerformanceAnalytics().tags['team=research']).toMatchObject({ executions: 1, successRate: 1 });
  await optimizer.shutdown();
  const records = await new PerformanceHistory(artifacts).records();
  expect(records.map(({ tags }) => tags)).toEqual([{ team: 'research' }, undefined]);
});
