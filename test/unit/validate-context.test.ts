import { describe, expect, it } from 'vitest';
import { validateContext } from '../../src/domain/validate-context.ts';

describe('validateContext', () => {
  it('finds nothing wrong with a context that has every field', () => {
    const context = {
      taskType: 'lookup',
      priority: 10,
      strategy: 'auto',
      maxWorkers: 4,
      timeout: 1_000,
      retries: 0,
      cache: false,
      limits: { cpu: 2, memory: 512 },
      costBudget: 0.05,
      costTarget: 0.01,
      latencyTarget: 200,
      throughputTarget: 0.5,
      profiling: true,
      tags: { team: 'research' },
    };
    expect(validateContext(context)).toEqual([]);
    expect(validateContext({})).toEqual([]);
    expect(validateContext({ timeout: undefined })).toEqual([]);
  });

  it.each([
    [undefined, 'The context is undefined: give an object, as in {strategy: "cost"}.'],
    [{ taskType: ' ' }, 'taskType is " ": give a name, as in "lookup".'],
    [{ strategy: 'fast' }, 'strategy is "fast": give latency, throughput, cost, balanced, scalability or auto.'],
    [{ priority: 0 }, 'priority is 0: give a whole number from 1 to 10.'],
    [{ priority: 11 }, 'priority is 11: give a whole number from 1 to 10.'],
    [{ priority: 2.5 }, 'priority is 2.5: give a whole number from 1 to 10.'],
    [{ maxWorkers: 0 }, 'maxWorkers is 0: give a whole number from 1.'],
    [{ timeout: -1 }, 'timeout is -1: give milliseconds above 0.'],
    [{ timeout: NaN }, 'timeout is NaN: give milliseconds above 0.'],
    [{ retries: -1 }, 'retries is -1: give a whole number from 0.'],
    [{ cache: 'yes' }, 'cache is "yes": give true or false.'],
    [{ limits: 4 }, 'limits is 4: give an object, as in {memory: 512}.'],
    [{ limits: { cpu: -1 } }, 'limits.cpu is -1: give cores, a whole number from 1.'],
    [{ limits: { memory: -512 } }, 'limits.memory is -512: give MiB, a whole number from 16.'],
    [{ limits: { gpu: 1 } }, 'There is no field limits.gpu in a context; there are limits.cpu, limits.memory.'],
    [{ costBudget: 0 }, 'costBudget is 0: give US dollars above 0.'],
    [{ costTarget: '0.1' }, 'costTarget is "0.1": give US dollars above 0.'],
    [{ latencyTarget: 0 }, 'latencyTarget is 0: give milliseconds above 0.'],
    [{ throughputTarget: Infinity }, 'throughputTarget is Infinity: give executions a second above 0.'],
    [{ profiling: 1 }, 'profiling is 1: give true or false.'],
    [{ tags: { team: 1 } }, 'tags is {"team":1}: give texts by name, as in {team: "research"}.'],
    [
      { budget: 1 },
      'There is no field budget in a context; there are taskType, priority, strategy, maxWorkers, timeout, retries, cache, costBudget, costTarget, latencyTarget, throughputTarget, profiling, tags, limits.',
    ],
  ])('says what is wrong with %j', (context, problem) => {
    expect(validateContext(context)).toEqual([problem]);
  });

  it('says everything that is wrong at once', () => {
    expect(validateContext({ priority: 99, costBudget: 0, limits: { cpu: 0 } })).toHaveLength(3);
  });
});
