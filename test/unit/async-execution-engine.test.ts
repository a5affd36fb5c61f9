import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import fc from 'fast-check';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AsyncExecutionEngine } from '../../src/optimizer/async/engine.ts';
import type { AsyncExecutionOptions } from '../../src/optimizer/async/engine.ts';
import { EngineClosed, EngineFull, OperationOutOfMemory, OperationTimeout } from '../../src/optimizer/async/errors.ts';

const WORK = new URL('../fixtures/thread-work.ts', import.meta.url).href;

function open(options: AsyncExecutionOptions = {}): AsyncExecutionEngine {
  const engine = new AsyncExecutionEngine({ rate: Infinity, ...options });
  onTestFinished(() => engine.shutdown());
  return engine;
}

/** An operation that ends when it is told to. */
function gate<T>(value: T) {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  return { operation: () => promise, open: () => resolve(value), fail: reject };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

afterEach(() => void vi.useRealTimers());

describe('an engine', () => {
  it('runs as many at once as it may, and the most urgent of those that wait first', async () => {
    const engine = open({ concurrency: 2 });
    const gates = [gate(1), gate(2)];
    const first = gates.map(({ operation }) => engine.execute(operation));
    const order: string[] = [];
    const later = [
      engine.execute(() => order.push('some time'), { priority: 1 }),
      engine.execute(() => order.push('usual')),
      engine.execute(() => order.push('urgent'), { priority: 10 }),
      engine.execute(() => order.push('usual, later')),
    ];
    expect(engine.status).toMatchObject({ running: 2, waiting: 4 });
    for (const { open } of gates) open();
    await Promise.all([...first, ...later]);
    expect(order).toEqual(['urgent', 'usual', 'usual, later', 'some time']);
    expect(engine.metrics).toMatchObject({ operations: 6, mostAtOnce: 2, failed: 0 });
  });

  it('starts no more a second than it may, and not many less', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const engine = new AsyncExecutionEngine({ rate: 10 });
    const starts: number[] = [];
    const all = Array.from({ length: 40 }, () => engine.execute(() => starts.push(performance.now())));
    await vi.advanceTimersByTimeAsync(5_000);
    await Promise.all(all);
    for (const start of starts) {
      expect(starts.filter((other) => other >= start && other < start + 1_000).length).toBeLessThanOrEqual(10);
    }
    expect(starts.at(-1)! - starts[0]!).toBeLessThan(4_200);
  });

  it('starts a burst at once after a pause, if it may', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const engine = new AsyncExecutionEngine({ rate: 10, burst: 5 });
    let started = 0;
    for (let index = 0; index < 20; index += 1) void engine.execute(() => (started += 1));
    expect(started).toBe(5);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(started).toBeGreaterThanOrEqual(14);
    expect(started).toBeLessThanOrEqual(15);
    await vi.advanceTimersByTimeAsync(1_000);
  });

  it('refuses more than may wait, until there is room', async () => {
    const engine = open({ concurrency: 1, waiting: 1 });
    const [one, two] = [gate(1), gate(2)];
    const running = engine.execute(one.operation);
    const waiting = engine.execute(two.operation);
    await expect(engine.execute(() => 3)).rejects.toThrow(EngineFull);
    const room = engine.room().then(() => engine.execute(() => 3));
    one.open();
    two.open();
    expect(await Promise.all([running, waiting, room])).toEqual([1, 2, 3]);
  });

  it('drains before it stops, takes nothing more, and may be stopped twice', async () => {
    const engine = open({ concurrency: 1 });
    const one = gate('done');
    const running = engine.execute(one.operation);
    const waiting = engine.execute(() => 'too');
    const stopped = engine.shutdown();
    expect(engine.shutdown()).toBe(stopped);
    await expect(engine.execute(() => 'more')).rejects.toThrow(EngineClosed);
    one.open();
    await stopped;
    expect(await Promise.all([running, waiting])).toEqual(['done', 'too']);
    expect(engine.status).toMatchObject({ running: 0, waiting: 0, closed: true });
  });

  it('holds its limits, and loses nothing, whatever comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(
          fc.record({
            how: fc.constantFrom('value', 'later', 'throws', 'fails', 'cancelled'),
            key: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
            priority: fc.integer({ min: 1, max: 10 }),
          }),
          { maxLength: 30 },
        ),
        async (concurrency, works) => {
          const engine = new AsyncExecutionEngine({ rate: Infinity, concurrency });
          let running = 0;
          let most = 0;
          const outcomes = await Promise.allSettled(
            works.map(({ how, key, priority }, index) => {
              const controller = new AbortController();
              const result = engine.execute(
                async () => {
                  running += 1;
                  most = Math.max(most, running);
                  if (how !== 'value') await turn();
                  running -= 1;
                  if (how === 'fails' || how === 'throws') throw new Error(`no ${index}`);
                  return { index };
                },
                { priority, signal: controller.signal, ...(key === undefined ? {} : { key: `${key} ${how}` }) },
              );
              if (how === 'cancelled') controller.abort();
              return result;
            }),
          );
          await engine.shutdown();
          expect(most).toBeLessThanOrEqual(concurrency);
          expect(outcomes.map(({ status }) => status)).toEqual(
            works.map(({ how }) => (how === 'value' || how === 'later' ? 'fulfilled' : 'rejected')),
          );
          expect(engine.status).toMatchObject({ running: 0, waiting: 0, abandoned: 0 });
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('operations with a key', () => {
  it('that are equal run once, and each caller has a result of its own', async () => {
    const engine = open();
    const one = gate({ names: ['Ada'] });
    let runs = 0;
    const count = (): Promise<{ names: string[] }> => {
      runs += 1;
      return one.operation();
    };
    const [first, second] = [engine.execute(count, { key: 'k' }), engine.execute(count, { key: 'k' })];
    one.open();
    (await first).names.push('changed');
    (await second).names.push('too');
    expect(await engine.execute(count, { key: 'k' })).toEqual({ names: ['Ada'] });
    expect(runs).toBe(1);
    expect(engine.metrics).toMatchObject({ operations: 1, shared: 1, cacheHits: 1 });
  });

  it('run again when the one before failed, or its result is old', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    // A cache that has something since the moment 0 takes it for something without a moment.
    await vi.advanceTimersByTimeAsync(1);
    const engine = new AsyncExecutionEngine({ rate: Infinity, cacheSeconds: 10 });
    await expect(engine.execute(() => Promise.reject(new Error('once')), { key: 'k' })).rejects.toThrow('once');
    expect(await engine.execute(() => 1, { key: 'k' })).toBe(1);
    expect(await engine.execute(() => 2, { key: 'k' })).toBe(1);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(await engine.execute(() => 3, { key: 'k' })).toBe(3);
  });

  it('keep so many results, and none that cannot be copied', async () => {
    const engine = open({ cacheEntries: 2 });
    for (const key of ['a', 'b', 'c']) await engine.execute(() => key, { key });
    expect(engine.status.cached).toBe(2);
    const made: (() => void)[] = [];
    const make = async (): Promise<() => void> => {
      await turn();
      const own = (): void => undefined;
      made.push(own);
      return own;
    };
    const given = await Promise.all([engine.execute(make, { key: 'f' }), engine.execute(make, { key: 'f' })]);
    expect(given).toEqual(made);
    expect(given[0]).not.toBe(given[1]);
  });

  it('go on while anybody waits for them, and are told to stop when nobody does', async () => {
    const engine = open();
    const controllers = [new AbortController(), new AbortController()];
    let told: AbortSignal | undefined;
    const work = ({ signal }: { signal: AbortSignal }): Promise<never> => {
      told = signal;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    };
    const callers = controllers.map(({ signal }) => engine.execute(work, { key: 'k', signal }));
    controllers[0]!.abort();
    await expect(callers[0]).rejects.toThrow('aborted');
    expect(told!.aborted).toBe(false);
    controllers[1]!.abort();
    await expect(callers[1]).rejects.toThrow('aborted');
    expect(told!.aborted).toBe(true);
    await turn();
    expect(engine.status).toMatchObject({ running: 0, abandoned: 0 });
  });
});

describe('an operation', () => {
  it('that takes too long is told so, and gives its slot back, whether it heeds that or not', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const engine = new AsyncExecutionEngine({ rate: Infinity, concurrency: 1 });
    const never = engine.execute(() => new Promise(() => undefined), { timeout: 500 });
    const next = engine.execute(() => 'next');
    const failed = expect(never).rejects.toThrow(OperationTimeout);
    await vi.advanceTimersByTimeAsync(500);
    await failed;
    expect(engine.status).toMatchObject({ running: 1, abandoned: 1, waiting: 1 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await next).toBe('next');
    expect(engine.metrics).toMatchObject({ timedOut: 1, failed: 1 });
  });

  it('that is cancelled before it begins never does', async () => {
    const engine = open({ concurrency: 1 });
    const one = gate(1);
    const running = engine.execute(one.operation);
    const controller = new AbortController();
    let ran = false;
    const waiting = engine.execute(() => (ran = true), { signal: controller.signal });
    controller.abort(new Error('not wanted'));
    await expect(waiting).rejects.toThrow('not wanted');
    one.open();
    await running;
    await engine.drain();
    expect(ran).toBe(false);
    await expect(engine.execute(() => 1, { signal: controller.signal })).rejects.toThrow('not wanted');
  });

  it('that throws what is no error fails with one that shows it', async () => {
    const engine = open();
    const failure = engine.execute(() => {
      // oxlint-disable-next-line typescript/only-throw-error -- what is to be tested
      throw 'the service is down';
    });
    await expect(failure).rejects.toThrow('The operation threw "the service is down", which is no error.');
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what is to be tested
    await expect(engine.execute(() => Promise.reject(undefined))).rejects.toThrow('threw undefined, which is no error');
  });

  it('is tried again as often as it may, later each time, but not inside an activity', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const engine = new AsyncExecutionEngine({ rate: Infinity });
    const attempts: number[] = [];
    const flaky = ({ attempt }: { attempt: number }): string => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error('not yet');
      return 'at last';
    };
    const measured = engine.measure(flaky, { retries: 3 });
    await vi.advanceTimersByTimeAsync(999);
    expect(attempts).toEqual([1]);
    await vi.advanceTimersByTimeAsync(2_001);
    expect(await measured).toMatchObject({ result: 'at last', metrics: { attempts: 3, from: 'operation' } });
    expect(engine.metrics).toMatchObject({ operations: 1, retries: 2, failed: 0 });
    await expect(
      engine.execute(() => Promise.reject(Object.assign(new Error('never'), { retryable: false })), { retries: 3 }),
    ).rejects.toThrow('never');
    attempts.length = 0;
    const inside = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => {}) }).run(() =>
      engine.execute(flaky, { retries: 3 }),
    );
    await expect(inside).rejects.toThrow('not yet');
    expect(attempts).toEqual([1]);
  });

  it('is not tried again when its time for all attempts is up, and not given more than is left of it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const engine = new AsyncExecutionEngine({ rate: Infinity });
    const attempts: number[] = [];
    const failing = engine.execute(
      ({ attempt }) => {
        attempts.push(attempt);
        return attempt < 3 ? Promise.reject(new Error(`no ${attempt}`)) : new Promise(() => undefined);
      },
      { retries: 9, total: 3_500, timeout: 60_000 },
    );
    const failed = expect(failing).rejects.toThrow('longer than 3.5 seconds');
    await vi.advanceTimersByTimeAsync(3_500);
    await failed;
    expect(attempts).toEqual([1, 2, 3]);
    const late = engine.execute(() => Promise.reject(new Error('no')), { retries: 9, total: 2_000 });
    const gone = expect(late).rejects.toThrow('no');
    await vi.advanceTimersByTimeAsync(1_000);
    await gone;
  });

  it.each([
    ['priority', { priority: 11 }, 'priority is 11: give a whole number from 1 to 10.'],
    ['priority', { priority: 1.5 }, 'priority is 1.5: give a whole number from 1 to 10.'],
    ['timeout', { timeout: 0 }, 'timeout is 0: give milliseconds above 0, or Infinity.'],
    ['timeout', { timeout: NaN }, 'timeout is NaN: give milliseconds above 0, or Infinity.'],
    ['total', { total: 0 }, 'total is 0: give milliseconds above 0, or Infinity.'],
    ['retries', { retries: -1 }, 'retries is -1: give a whole number from 0.'],
  ])('with a wrong %s is refused', async (_, options, message) => {
    await expect(open().execute(() => 1, options)).rejects.toThrow(message);
  });
});

it.each([
  [{ concurrency: 0 }, 'concurrency is 0: give a whole number from 1.'],
  [{ rate: -1 }, 'rate is -1: give starts a second above 0, or Infinity.'],
  [{ burst: 0 }, 'burst is 0: give a whole number from 1.'],
  [{ waiting: -1 }, 'waiting is -1: give a whole number from 0.'],
  [{ cacheSeconds: -1 }, 'cacheSeconds is -1: give seconds from 0.'],
  [{ threads: 0 }, 'threads is 0: give a whole number from 1.'],
])('an engine with %o is refused', (options, message) => {
  expect(() => new AsyncExecutionEngine(options)).toThrow(message);
});

describe('a function of a module', () => {
  it('runs on a thread, and says what that took', async () => {
    const { result, metrics } = await open().executeModule<number>({ module: WORK, name: 'square' }, [7]);
    expect(result).toBe(49);
    expect(metrics.cpu).toBeGreaterThanOrEqual(0);
    expect(metrics.memory).toBeGreaterThan(1);
    expect(metrics.thread).toBeGreaterThan(0);
  });

  it.each(['hoard', 'hoardBuffers'])(
    'that takes more memory than it may is ended, and nothing else: %s',
    async (name) => {
      const engine = open({ threads: 1 });
      const hoarding = engine.executeModule({ module: WORK, name }, [], { memory: 128, retries: 1 });
      await expect(hoarding).rejects.toThrow(new OperationOutOfMemory(name, 128));
      expect(engine.metrics.retries).toBe(0);
    },
  );

  it('with a limit of memory runs in a process, and what is collected in time counts for nothing', async () => {
    const { result, metrics } = await open().executeModule<number>({ module: WORK, name: 'litter' }, [300], {
      memory: 256,
    });
    expect(result).toBe(12_000_000);
    expect(metrics.cpu).toBeGreaterThan(10);
    expect(metrics.memory).toBeGreaterThan(20);
    expect(metrics.disk).toBeGreaterThanOrEqual(0);
  });

  it.each([
    ['that is not there', 'nothing', [], /exports no function "nothing"/],
    ['that throws what is no error', 'throwText', ['broken'], /The operation threw "broken", which is no error/],
    [
      'whose result cannot be copied',
      'giveFunction',
      [],
      /giveFunction cannot run elsewhere: .* could not be cloned\. Give/,
    ],
    [
      'whose arguments cannot be copied',
      'square',
      [() => 1],
      /square cannot run elsewhere: .* could not be cloned\. Give/,
    ],
    ['that ends its process', 'exit', [3], /The process of exit ended with code 3 before it gave a result/],
    ['that blocks', 'spin', [], OperationTimeout],
  ])('in a process, %s fails in words', async (_, name, input, message) => {
    const failing = open().executeModule({ module: WORK, name }, input, { memory: 64, timeout: 3_000 });
    await expect(failing).rejects.toThrow(message);
  });

  it('that blocks is stopped when it takes too long, or is cancelled', async () => {
    const engine = open({ threads: 1 });
    const spin = { module: WORK, name: 'spin' };
    await expect(engine.executeModule(spin, [], { timeout: 1_000 })).rejects.toThrow(OperationTimeout);
    const controller = new AbortController();
    const second = engine.executeModule(spin, [], { signal: controller.signal });
    await turn();
    controller.abort(new Error('not wanted'));
    await expect(second).rejects.toThrow('not wanted');
    expect((await engine.executeModule<number>({ module: WORK, name: 'square' }, [3])).result).toBe(9);
    await engine.drain();
  });

  it.each([
    ['that is not there', 'nothing', [], /exports no function "nothing"/],
    ['that throws what is no error', 'throwText', ['broken'], /broken/],
    [
      'whose result cannot be copied',
      'giveFunction',
      [],
      /giveFunction cannot run elsewhere: .* could not be cloned\. Give/,
    ],
    ['whose arguments cannot be copied', 'square', [() => 1], /could not be cloned/],
  ])('%s fails in words', async (_, name, input, message) => {
    await expect(open().executeModule({ module: WORK, name }, input)).rejects.toThrow(message);
  });
});
