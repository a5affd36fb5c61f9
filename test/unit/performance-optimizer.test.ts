import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import type { CostEstimate, CostOptimizer, OperationSpent } from '../../src/cost/cost-optimizer.ts';
import { CostOptimizationIntegrator } from '../../src/cost/cost-optimization-integrator.ts';
import { addSpending, collectSpending } from '../../src/cost/spending.ts';
import type { LedgerEntry } from '../../src/domain/ledger.ts';
import { GraphStores } from '../../src/graph/stores.ts';
import { WorkStealingScheduler } from '../../src/jobs/stealing-scheduler.ts';
import { AsyncExecutionEngine } from '../../src/optimizer/async/engine.ts';
import type { ModuleOptions } from '../../src/optimizer/async/engine.ts';
import { OperationTimeout } from '../../src/optimizer/async/errors.ts';
import type { ModuleFunction } from '../../src/optimizer/async/threads.ts';
import type { ComputeComponent } from '../../src/optimizer/compute-component.ts';
import { InvalidContext, OptimizerClosed } from '../../src/optimizer/errors.ts';
import { PerformanceHistory } from '../../src/optimizer/history.ts';
import { JobsComponent } from '../../src/optimizer/jobs-component.ts';
import { efficiencyOf } from '../../src/optimizer/metrics.ts';
import type { FunctionContext } from '../../src/optimizer/operation.ts';
import { PerformanceOptimizer } from '../../src/optimizer/performance-optimizer.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { ToolError } from '../../src/tools/tool-error.ts';
import { temporaryStore } from '../support/folders.ts';
import { upsertNode } from '../support/graphs.ts';
import { busy } from '../fixtures/thread-work.ts';
import { openOptimizer, WORK } from '../support/optimizer.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('a function', () => {
  it('is called with its input, then what tells it to stop', async () => {
    const optimizer = openOptimizer();
    const add = (a: number, b: number, { signal, attempt }: FunctionContext) => [a + b, signal.aborted, attempt];
    const { result, metrics } = await optimizer.optimizeOperation(add, {}, 1, 2);
    expect(result).toEqual([3, false, 1]);
    expect(metrics).toMatchObject({ component: 'here', retries: 0, errors: 0, cacheHits: 0, successRate: 1 });
  });

  it('may be fetch itself, which is stopped in time', async () => {
    const server = createServer(() => undefined).listen(0);
    onTestFinished(() => void (server.closeAllConnections(), server.close()));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const closed = new Promise((resolve) => server.on('connection', (socket) => socket.on('close', resolve)));
    await expect(openOptimizer().optimizeOperation(fetch, { timeout: 200 }, url)).rejects.toThrow(OperationTimeout);
    await closed;
  });

  it('has metrics of its process, for they cannot be told apart from others', async () => {
    const { metrics } = await openOptimizer().optimizeOperation(pause, {}, 20);
    expect(metrics.cpu!.scope).toBe('process');
    expect(metrics.memory!.scope).toBe('process');
    expect(metrics.memory!.value).toBeGreaterThan(10);
    expect(metrics.cost).toMatchObject({ computeEstimated: true });
    expect(metrics.processing).toBeGreaterThan(18);
    expect(metrics.execution).toBeGreaterThanOrEqual(metrics.processing);
    expect(metrics.processes).toBe(1);
    for (const name of ['gpu', 'diskIo', 'loadBalance', 'profile']) expect(metrics).not.toHaveProperty(name);
  });

  it('pays a share of its process: all shares are what it took', async () => {
    const optimizer = openOptimizer({ config: { costOptimization: { cpuSecond: 1, memoryGibSecond: 0 } } });
    const work = async (milliseconds: number): Promise<void> => {
      for (let turn = 0; turn < 4; turn += 1) {
        busy(milliseconds / 4);
        await pause(1);
      }
    };
    const { user, system } = process.cpuUsage();
    const all = await Promise.all([40, 40, 40].map((time) => optimizer.optimizeOperation(work, {}, time)));
    const after = process.cpuUsage();
    const took = (after.user + after.system - user - system) / 1e6;
    const sum = all.reduce((seconds, { metrics }) => seconds + metrics.cost.compute!, 0);
    expect(sum).toBeGreaterThan(0.1);
    expect(sum).toBeLessThanOrEqual(took);
  });

  it('is counted with what models asked it, and whoever counts outside counts it too', async () => {
    const entry: LedgerEntry = {
      ...{ id: 'a', kind: 'model', name: 'step', known: true, inputTokens: 10, cachedInputTokens: 0, outputTokens: 1 },
      dollars: 0.25,
    };
    const outside: LedgerEntry[] = [];
    const optimizer = openOptimizer();
    const ask = async (): Promise<void> => {
      await pause(1);
      addSpending([entry]);
    };
    const { metrics } = await collectSpending(outside, () => optimizer.optimizeOperation(ask, {}));
    expect(metrics.cost.token).toBe(0.25);
    expect(outside).toEqual([entry]);
    const unknown = async (): Promise<void> => addSpending([{ ...entry, dollars: null }]);
    const { metrics: without } = await optimizer.optimizeOperation(unknown, {});
    expect(without.cost).toMatchObject({ token: null, total: null });
    expect(optimizer.getPerformanceAnalytics().cost).toMatchObject({ unknown: 1 });
  });
});

describe('a function of a module', () => {
  it('runs on a thread, with metrics of its own', async () => {
    const optimizer = openOptimizer({ config: { costOptimization: { cpuSecond: 1, memoryGibSecond: 0 } } });
    const { result, metrics, plan } = await optimizer.optimizeOperation<number>(
      { module: WORK, name: 'busy' },
      {},
      120,
    );
    expect(result).toBeGreaterThan(0);
    expect(metrics).toMatchObject({ component: 'threads', kind: 'cpu', threads: 1 });
    expect(metrics.cpu).toMatchObject({ scope: 'operation' });
    expect(metrics.cpu!.value).toBeLessThan(110);
    expect(metrics.memory).toMatchObject({ scope: 'operation' });
    expect(metrics.cost.computeEstimated).toBe(false);
    expect(metrics.cost.compute).toBeGreaterThan(0.1);
    expect(plan.reasons['compute']).toBe('on threads, so that this one goes on');
  });

  it('that was found busy goes to a thread, also where the strategy would have it here', async () => {
    const optimizer = openOptimizer();
    const busy = () =>
      optimizer.optimizeOperation({ module: WORK, name: 'busy' }, { strategy: 'cost', cache: false }, 40);
    const first = await busy();
    expect(first.metrics).toMatchObject({ component: 'here', kind: 'cpu' });
    const second = await busy();
    expect(second.metrics.component).toBe('threads');
    expect(second.plan.reasons['compute']).toMatch(
      /^it was busy for \d+% of its time before: it would hold up all others/,
    );
  });

  it('that was found waiting stays here, and takes no thread', async () => {
    const optimizer = openOptimizer();
    const wait = () => optimizer.optimizeOperation({ module: WORK, name: 'wait' }, {}, 60);
    expect((await wait()).metrics).toMatchObject({ component: 'threads', kind: 'io' });
    const second = await wait();
    expect(second.metrics.component).toBe('here');
    expect(second.plan.reasons['compute']).toMatch(/^it was busy for \d+% of its time before: waiting needs no thread/);
  });

  it('whose kind is stated goes where that is best, or next best', async () => {
    const optimizer = openOptimizer();
    const square = (kind: 'io' | 'cpu' | 'distributed') =>
      optimizer.optimizeOperation({ module: WORK, name: 'square', kind }, { strategy: 'cost' }, 2);
    expect((await square('io')).metrics).toMatchObject({ component: 'here', kind: 'io' });
    expect((await square('cpu')).metrics).toMatchObject({ component: 'threads', kind: 'cpu' });
    const distributed = await square('distributed');
    expect(distributed.metrics).toMatchObject({ component: 'threads', kind: 'distributed' });
    expect(distributed.plan.reasons['compute']).toBe('it is distributed, but ranks are not there');
  });

  it('runs here where there are no threads, and the status says so', async () => {
    const optimizer = openOptimizer({ config: { asyncExecution: { threads: 0 } } });
    const { result, metrics } = await optimizer.optimizeOperation<number>(
      { module: WORK, name: 'square', kind: 'cpu' },
      {},
      4,
    );
    expect(result).toBe(16);
    expect(metrics.component).toBe('here');
    expect(optimizer.getSystemStatus().components).toMatchObject({
      here: { available: true, slots: 50 },
      threads: { available: false, why: 'it has no threads: functions of modules run here' },
      workStealing: { available: true, slots: availableParallelism() },
      ranks: {
        available: false,
        why: 'no ranks were asked for, as config.mpi does: their work is done by threads, or here',
      },
      graph: { available: false, why: 'no graphStore was given: graph operations are refused' },
    });
  });

  it('goes to another component that there is', async () => {
    const engine = new AsyncExecutionEngine({ rate: Infinity });
    const ranks: ComputeComponent = {
      place: 'ranks',
      slots: 8,
      run: <T>({ name }: ModuleFunction, input: readonly unknown[], options: ModuleOptions) =>
        engine.measure(() => `${name} of ${String(input)} on ranks` as T, options),
      get status() {
        return engine.status;
      },
      get metrics() {
        return engine.metrics;
      },
      shutdown: () => engine.shutdown(),
    };
    const here = new AsyncExecutionEngine({ rate: Infinity });
    const scheduler = new WorkStealingScheduler();
    const optimizer = new PerformanceOptimizer({
      here,
      slots: 50,
      compute: [ranks],
      jobs: {
        threads: new JobsComponent({
          place: 'threads',
          slots: 1,
          runner: scheduler,
          close: () => scheduler.shutdown(),
        }),
      },
      integrator: new CostOptimizationIntegrator(),
    });
    const { result, metrics } = await optimizer.optimizeOperation(
      { module: WORK, name: 'square', kind: 'cpu' },
      { strategy: 'scalability' },
      4,
    );
    expect([result, metrics.component]).toEqual(['square of 4 on ranks', 'ranks']);
    expect(optimizer.getSystemStatus().components['ranks']).toMatchObject({ available: true, slots: 8 });
    await optimizer.shutdown();
    expect(engine.status.closed).toBe(true);
  });

  it('balances its threads: what they did on average ÷ what the busiest did', async () => {
    const optimizer = openOptimizer({ config: { asyncExecution: { threads: 2 } } });
    const busy = () => optimizer.optimizeOperation({ module: WORK, name: 'busy', kind: 'cpu' }, {}, 100);
    await Promise.all([busy(), busy()]);
    const both = await Promise.all([busy(), busy(), busy(), busy()]);
    const { loadBalance, parallelEfficiency } = both.at(-1)!.metrics;
    expect(loadBalance).toBeGreaterThan(0.4);
    expect(loadBalance).toBeLessThanOrEqual(1);
    expect(parallelEfficiency).toBeGreaterThan(0.3);
  });
});

describe('a tool', () => {
  const input = z.object({ text: z.string() });

  it('is called with its input and what of its context there is, and costs its price and what it spends', async () => {
    const count = defineTool({
      ...{ name: 'count', description: 'Counts.', input, output: z.number(), price: 0.01 },
      execute: ({ text }, { artifacts, spend, signal }) => {
        spend(0.02);
        return artifacts === store && !signal.aborted ? text.length : -1;
      },
    });
    const store = temporaryStore();
    const { result, metrics } = await openOptimizer().optimizeOperation(
      count,
      {},
      { text: 'four' },
      { artifacts: store },
    );
    expect(result).toBe(4);
    expect(metrics.cost.service).toBeCloseTo(0.03, 9);
  });

  it.each([
    ['an input that does not fit', {}, InvalidContext, /The input of broken does not fit/],
    ['an output that does not fit', { text: 'output' }, Error, /The output of broken does not fit/],
    [
      'what it was not given',
      { text: 'artifacts' },
      TypeError,
      /broken asks for artifacts, which it was not given: give it after the input, as \{artifacts\}/,
    ],
    ['an error that no other attempt would help', { text: 'error' }, ToolError, /no such station/],
  ])('fails in words for %s, and is not tried again', async (_, given, kind, message) => {
    let attempts = 0;
    const broken = defineTool({
      ...{ name: 'broken', description: 'Fails.', input, output: z.number(), price: 0.01 },
      execute: async ({ text }, context) => {
        attempts += 1;
        if (text === 'error') throw new ToolError('no such station', { free: true });
        return text === 'artifacts' ? (await context.artifacts.list('')).length : ('many' as unknown as number);
      },
    });
    const optimizer = openOptimizer();
    const failing = optimizer.optimizeOperation(broken, { retries: 3 }, given as { text: string });
    await expect(failing).rejects.toThrow(kind);
    await expect(failing).rejects.toThrow(message);
    expect(attempts).toBeLessThanOrEqual(1);
    const free = (given as { text?: string }).text === 'error';
    if (attempts > 0) expect(optimizer.getPerformanceAnalytics().cost.parts.service).toBe(free ? 0 : 0.01);
  });

  it('has its own time limit, unless the context has one', async () => {
    const slow = defineTool({
      ...{
        name: 'slow',
        description: 'Waits.',
        input: z.object({}),
        output: z.null(),
        timeouts: { attemptSeconds: 0.03 },
      },
      execute: () => pause(100).then(() => null),
    });
    const optimizer = openOptimizer();
    await expect(optimizer.optimizeOperation(slow, {}, {})).rejects.toThrow('longer than 0.03 seconds');
    await optimizer.optimizeOperation(slow, { timeout: 5_000 }, {});
  });
});

describe('a graph operation', () => {
  async function graphs() {
    const stores = new GraphStores({ artifacts: temporaryStore(), processes: 1 });
    onTestFinished(() => stores.close());
    return stores.of('memory');
  }
  const batch = { revision: 1, base: 0, changes: [upsertNode('Person', 'Ada')] };

  it('runs at the store, as a read or a write', async () => {
    const optimizer = openOptimizer({ graphStore: await graphs() });
    const written = await optimizer.optimizeOperation({ graph: 'apply' }, {}, 'run', batch);
    expect(written.result.revision).toBe(1);
    expect(written.metrics).toMatchObject({ component: 'graph', kind: 'graph-write' });
    const { result, metrics } = await optimizer.optimizeOperation({ graph: 'describe' }, {}, 'run');
    expect(result.nodes).toBe(1);
    expect(metrics).toMatchObject({ component: 'graph', kind: 'graph-read' });
    expect(optimizer.getSystemStatus().components['graph']).toMatchObject({ available: true });
    expect(Object.keys(optimizer.getPerformanceAnalytics().utilisation)).toEqual(['graph']);
  });

  it('uses results of the store that are kept, or does not, as the context says', async () => {
    const store = await graphs();
    await store.apply('run', batch);
    const optimizer = openOptimizer({ graphStore: store });
    const hits = () => store.metrics.cacheHits;
    const describeRun = (cache?: boolean) =>
      optimizer.optimizeOperation({ graph: 'describe' }, cache === undefined ? {} : { cache }, 'run');
    const neighbours = (cache: boolean) =>
      optimizer.optimizeOperation({ graph: 'neighbours' }, { cache }, 'run', ['Person:ada'], { hops: 1, nodes: 5 });
    const query = (cache: boolean) =>
      optimizer.optimizeOperation(
        { graph: 'query' },
        { cache },
        'run',
        1,
        'MATCH (n {name: "x"}) RETURN n.name LIMIT 1',
        {
          rows: 5,
          milliseconds: 5_000,
        },
      );
    for (const read of [describeRun, neighbours, query]) {
      const before = hits();
      await read(true);
      await read(false);
      expect(hits()).toBe(before);
      await read(true);
      expect(hits()).toBe(before + 1);
    }
    const before = hits();
    await describeRun();
    expect(hits()).toBe(before);
  });

  it('is given no more time than the context has: the store ends a query', async () => {
    const store = await graphs();
    await store.apply('run', batch);
    const query = vi.spyOn(store, 'query');
    const optimizer = openOptimizer({ graphStore: store });
    const limits = { rows: 5, milliseconds: 60_000 };
    const context = { timeout: 20_000, cache: true, retries: 3 };
    await optimizer.optimizeOperation({ graph: 'query' }, context, 'run', 1, 'MATCH (n) RETURN n LIMIT 1', limits);
    expect(query.mock.calls[0]![3]).toEqual({ rows: 5, milliseconds: 20_000 });
    // A query that is wrong is wrong again.
    await expect(optimizer.optimizeOperation({ graph: 'query' }, context, 'run', 1, 'MATCH', limits)).rejects.toThrow();
    expect(query).toHaveBeenCalledTimes(2);
  });

  it('makes a store parallel that is not, and is refused without one', async () => {
    const store = (await graphs()).uncached;
    const optimizer = openOptimizer({
      graphStore: store,
      config: { graphParallelization: { backEnd: 'memory', maxParallelQueries: 3 } },
    });
    await optimizer.optimizeOperation({ graph: 'apply' }, {}, 'run', batch);
    const { result } = await optimizer.optimizeOperation({ graph: 'read' }, { cache: true }, 'run');
    expect(result.revision).toBe(1);
    expect(optimizer.getSystemStatus().components['graph']).toMatchObject({ slots: expect.any(Number) });
    await expect(openOptimizer().optimizeOperation({ graph: 'read' }, {}, 'run')).rejects.toThrow(
      'There is no graph store: give createPerformanceOptimizer one, as {graphStore}.',
    );
    await expect(optimizer.optimizeOperation({ graph: 'apply' }, { cache: true }, 'run', batch)).rejects.toThrow(
      'cache is true, and graph.apply writes: leave cache out.',
    );
  });
});

describe('what is wrong is said before anything starts', () => {
  it.each([
    [
      undefined,
      {},
      'This is no operation: give a function, {module, name}, a job of defineJob, a tool of defineTool, or {graph}',
    ],
    [{ module: WORK }, {}, 'This is no operation'],
    [{ graph: 'close' }, {}, 'There is no operation "close" of a graph: give apply, drop,'],
    [{ module: WORK, name: 'square', kind: 'fast' }, {}, 'is "fast": give io, cpu or distributed.'],
    [
      () => 1,
      { strategy: 'fast' },
      'strategy is "fast": give latency, throughput, cost, balanced, scalability or auto.',
    ],
    [
      () => 1,
      { limits: { memory: -1 }, costBudget: 0 },
      'costBudget is 0: give US dollars above 0. limits.memory is -1',
    ],
    [() => 1, { speed: 1 }, 'There is no field speed in a context'],
    [() => 1, undefined, 'The context is undefined'],
  ])('%o with %j', async (operation, context, message) => {
    const optimizer = openOptimizer();
    await expect(optimizer.optimizeOperation(operation as () => number, context as object)).rejects.toThrow(message);
    expect(optimizer.getPerformanceAnalytics().executions).toBe(0);
  });
});

describe('an operation', () => {
  it('that throws what is no error fails with one that shows it, and is on record', async () => {
    const optimizer = openOptimizer();
    const fail = () => {
      // oxlint-disable-next-line typescript/only-throw-error -- what is to be tested
      throw 'the service is down';
    };
    await expect(optimizer.optimizeOperation(fail, {})).rejects.toThrow('The operation threw "the service is down"');
    const thread = optimizer.optimizeOperation({ module: WORK, name: 'throwText' }, { timeout: 30_000 }, 'broken');
    await expect(thread).rejects.toThrow('The operation threw "broken"');
    expect(optimizer.getPerformanceAnalytics().strategies['general']!.balanced).toMatchObject({
      executions: 2,
      successRate: 0,
    });
  });

  it('that never settles is given up in time, and the status says that it goes on', async () => {
    const optimizer = openOptimizer();
    await expect(optimizer.optimizeOperation(() => new Promise(() => undefined), { timeout: 20 })).rejects.toThrow(
      OperationTimeout,
    );
    expect(optimizer.getSystemStatus()).toMatchObject({
      health: 'degraded',
      problems: ['1 operations of here were given up, and go on: they do not heed their signal.'],
    });
  });

  it('on a thread that takes or gives what cannot be copied fails in words', async () => {
    const optimizer = openOptimizer();
    const call = (name: string, ...input: unknown[]) =>
      optimizer.optimizeOperation({ module: WORK, name }, { timeout: 30_000, cache: true }, ...input);
    await expect(call('giveFunction')).rejects.toThrow(/giveFunction cannot run elsewhere: .* could not be cloned/);
    await expect(call('square', () => 1)).rejects.toThrow(/could not be cloned/);
  });

  it('takes as long as it takes, whatever the clock does', async () => {
    const optimizer = openOptimizer();
    const jumps = async (): Promise<void> => {
      vi.spyOn(Date, 'now').mockReturnValue(0);
      vi.setSystemTime(new Date('2001-01-01'));
      await pause(20);
    };
    vi.useFakeTimers({ toFake: ['Date'] });
    const { metrics } = await optimizer.optimizeOperation(jumps, { timeout: 60_000 });
    expect(metrics.execution).toBeGreaterThan(15);
    expect(metrics.execution).toBeLessThan(10_000);
    vi.setSystemTime(new Date('2040-01-01'));
    await optimizer.optimizeOperation(pause, {}, 5);
    const { trends, utilisation } = optimizer.getPerformanceAnalytics();
    expect(trends).toEqual({});
    expect(utilisation['here']!.share).toBeGreaterThanOrEqual(0);
  });
});

describe('shutdown', () => {
  it('drains what was taken, takes no more, and may be called twice', async () => {
    const artifacts = temporaryStore();
    const optimizer = openOptimizer({ history: new PerformanceHistory(artifacts) });
    const work = [1, 2, 3].map((n) => optimizer.optimizeOperation(() => pause(30).then(() => n), { maxWorkers: 1 }));
    const thread = optimizer.optimizeOperation<number>({ module: WORK, name: 'square' }, {}, 5);
    const stopped = optimizer.shutdown();
    expect(optimizer.shutdown()).toBe(stopped);
    expect(optimizer.getSystemStatus().health).toBe('stopping');
    await expect(optimizer.optimizeOperation(() => 1, {})).rejects.toThrow(OptimizerClosed);
    await stopped;
    expect((await Promise.all(work)).map(({ result }) => result)).toEqual([1, 2, 3]);
    expect((await thread).result).toBe(25);
    expect(optimizer.getSystemStatus()).toMatchObject({ health: 'stopped', queues: { underWay: 0, unwritten: 0 } });
    expect(await new PerformanceHistory(artifacts).records()).toHaveLength(4);
  });

  it('goes on where the history takes nothing, and the status says so', async () => {
    const full = { list: () => Promise.reject(new Error('the disk is full')) } as unknown as ArtifactStore;
    const optimizer = openOptimizer({ history: new PerformanceHistory(full) });
    expect((await optimizer.optimizeOperation(() => 1, { strategy: 'auto' })).result).toBe(1);
    await optimizer.shutdown();
    expect(optimizer.getSystemStatus()).toMatchObject({
      problems: ['The history takes no records: the disk is full'],
      queues: { unwritten: 1 },
    });
  });
});

describe('another system’s cost control', () => {
  function control(mayStart: CostOptimizer['mayStart']) {
    const asked: CostEstimate[] = [];
    const told: OperationSpent[] = [];
    const costOptimizer: CostOptimizer = {
      mayStart: (estimate) => {
        asked.push(estimate);
        return mayStart(estimate);
      },
      spent: async (spent) => {
        await pause(20);
        told.push(spent);
      },
    };
    return { asked, told, costOptimizer };
  }

  it('is asked before, and told after, also what failed', async () => {
    const { asked, told, costOptimizer } = control(() => ({ allowed: true }));
    const optimizer = openOptimizer({ costOptimizer });
    const pay = ({ spend }: FunctionContext): void => spend({ dollars: 2 });
    await optimizer.optimizeOperation(pay, { tags: { team: 'a' }, taskType: 'lookup' });
    await expect(optimizer.optimizeOperation(() => Promise.reject(new Error('no')), {})).rejects.toThrow('no');
    await optimizer.shutdown();
    expect(asked[0]).toMatchObject({ operation: 'pay', taskType: 'lookup', dollars: null, tags: { team: 'a' } });
    expect(told).toMatchObject([
      { operation: 'pay', ok: true, cost: { service: 2 }, tags: { team: 'a' } },
      { ok: false },
    ]);
  });

  it('refuses, and nothing starts', async () => {
    const refusing = control(async () => ({ allowed: false, reason: 'the team has spent its month.' }));
    let ran = false;
    const refused = openOptimizer({ costOptimizer: refusing.costOptimizer }).optimizeOperation(() => (ran = true), {});
    await expect(refused).rejects.toThrow('The operation does not start: the team has spent its month.');
    const broken = control(() => Promise.reject(new Error('no answer')));
    await expect(
      openOptimizer({ costOptimizer: broken.costOptimizer }).optimizeOperation(() => (ran = true), {}),
    ).rejects.toThrow('no answer');
    expect(ran).toBe(false);
    expect([...refusing.told, ...broken.told]).toEqual([]);
  });

  it('that cannot be told holds nothing up, and the status says so', async () => {
    const costOptimizer: CostOptimizer = {
      mayStart: () => ({ allowed: true }),
      spent: () => {
        throw new Error('gone');
      },
    };
    const optimizer = openOptimizer({ costOptimizer });
    await optimizer.optimizeOperation(() => 1, {});
    await optimizer.shutdown();
    expect(optimizer.getSystemStatus().problems).toEqual(['The cost control was not told: gone']);
  });

  it('does not lift the limit of the configuration', async () => {
    const { asked, costOptimizer } = control(() => ({ allowed: true }));
    const optimizer = openOptimizer({ costOptimizer, config: { costOptimization: { maxCostPerOperation: 1e-9 } } });
    await expect(optimizer.optimizeOperation(() => 1, { timeout: 1_000 })).rejects.toThrow('maxCostPerOperation is $');
    expect(asked).toEqual([]);
  });
});

describe('efficiencyOf', () => {
  it.each([
    [{ execution: 100, processing: 80, successRate: 1 }, 0.8],
    [{ execution: 100, processing: 80, successRate: 0.5 }, 0.4],
    [{ execution: 100, processing: 100, successRate: 1, latencyTarget: 50 }, 0.5],
    [{ execution: 100, processing: 100, successRate: 1, latencyTarget: 500 }, 1],
    [{ execution: 100, processing: 100, successRate: 1, costTarget: 1, total: 4 }, 0.25],
    [{ execution: 100, processing: 100, successRate: 1, costTarget: 1, total: null }, 1],
    [{ execution: 2, processing: 0 }, 1],
  ])('of %j is %d', (parts, efficiency) => {
    expect(efficiencyOf(parts)).toBeCloseTo(efficiency, 9);
  });
});
