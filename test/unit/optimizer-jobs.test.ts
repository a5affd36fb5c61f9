import { describe, expect, it } from 'vitest';
import { OperationTimeout } from '../../src/optimizer/async/errors.ts';
import type { Task } from '../jobs/fixtures/many.ts';
import { many } from '../jobs/fixtures/many.ts';
import { openOptimizer } from '../support/optimizer.ts';

const give = (value: unknown): Task => ({ do: 'give', value });
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a job', () => {
  it('runs on threads, balanced by work stealing, whatever the strategy', async () => {
    const optimizer = openOptimizer({ config: { workStealing: { threads: 2 } } });
    const input = { tasks: numbers(100).map(give) };
    const { result, metrics, plan } = await optimizer.optimizeOperation(
      many,
      { strategy: 'cost', cache: false },
      input,
    );
    expect(result).toEqual(numbers(100));
    expect(metrics).toMatchObject({ component: 'threads', kind: 'distributed', successRate: 1, cacheHits: 0 });
    expect(metrics.parallelEfficiency).toBeGreaterThan(0);
    expect(metrics.parallelEfficiency).toBeLessThanOrEqual(1);
    expect(metrics.loadBalance).toBeLessThanOrEqual(1);
    expect(plan.reasons['compute']).toBe('a job has workers of its own');
    expect(optimizer.getSystemStatus().components['workStealing']).toMatchObject({
      available: true,
      slots: 2,
      running: 0,
    });
  });

  it('whose output is there is not run again', async () => {
    const optimizer = openOptimizer();
    const once = async () => optimizer.optimizeOperation(many, { cache: true }, { tasks: [{ do: 'worker' }] });
    const [first, second] = [await once(), await once()];
    expect(second.result).toEqual(first.result);
    expect([first.metrics.cacheHits, second.metrics.cacheHits]).toEqual([0, 1]);
  });

  it('that takes too long is cancelled, and leaves its threads to the next', async () => {
    const optimizer = openOptimizer({ config: { workStealing: { threads: 1, grace: 50 } } });
    const late = optimizer.optimizeOperation(
      many,
      { timeout: 500 },
      { tasks: [{ do: 'until-aborted', blocking: true }] },
    );
    await expect(late).rejects.toThrow(OperationTimeout);
    expect((await optimizer.optimizeOperation(many, {}, { tasks: [give(1)] })).result).toEqual([1]);
  });

  it('says what limits it cannot keep, and takes one input', async () => {
    const optimizer = openOptimizer();
    const { plan } = await optimizer.optimizeOperation(many, { limits: { memory: 64, cpu: 1 } }, { tasks: [give(1)] });
    expect(plan.reasons).toMatchObject({
      'limits.memory': 'not limited: a job’s workers have no limit of memory',
      'limits.cpu': 'not limited: a job has all workers of its component',
    });
    const input = { tasks: [give(1)] };
    await expect(
      (optimizer.optimizeOperation as (...all: unknown[]) => Promise<unknown>)(many, {}, input, 2),
    ).rejects.toThrow('The job many takes one input, and 2 were given.');
  });
});
