import { describe, expect, it } from 'vitest';
import { CostOptimizationIntegrator } from '../../src/cost/cost-optimization-integrator.ts';
import { COST_RATES } from '../../src/cost/resource-costs.ts';

const RATES = { cpuSecond: 0.01, memoryGibSecond: 0.001, storageGibMonth: 0.1 };
const mini = { provider: 'openai', name: 'gpt-4o-mini' };
const tokens = { inputTokens: 1_000_000, cachedInputTokens: 0, outputTokens: 0 };

describe('what an operation cost', () => {
  const integrator = new CostOptimizationIntegrator(RATES);

  it('is what tokens, services, compute and storage cost, and their sum', () => {
    const cost = integrator.costOf({ cpuSeconds: 2, memoryGibSeconds: 10, estimated: false }, [
      { model: mini, ...tokens },
      { tokenDollars: 0.5 },
      { dollars: 0.25 },
      { bytes: 2 ** 30, seconds: 730 * 3_600 },
    ]);
    expect(cost).toMatchObject({ service: 0.25, storage: 0.1, computeEstimated: false });
    expect(cost.token).toBeCloseTo(0.65, 9);
    expect(cost.compute).toBeCloseTo(0.03, 9);
    expect(cost.total).toBeCloseTo(0.65 + 0.25 + 0.03 + 0.1, 9);
  });

  it('is unknown where a part is, which is not zero', () => {
    const unknown = { provider: 'openai', name: 'nobody-knows' };
    const cost = integrator.costOf({ cpuSeconds: 1, estimated: true }, [{ model: unknown, ...tokens }]);
    expect(cost).toEqual({ token: null, compute: 0.01, computeEstimated: true, total: null });
  });

  it('has no part that nothing measured', () => {
    expect(integrator.costOf(undefined, [])).toEqual({});
  });

  it('goes by the rates of a cloud where none are given', () => {
    expect(new CostOptimizationIntegrator().costOf({ cpuSeconds: 3_600, estimated: false }, []).total).toBeCloseTo(
      0.04048,
    );
    expect(COST_RATES.memoryGibSecond * 3_600).toBeCloseTo(0.004445, 9);
  });
});

describe('an estimate', () => {
  it('is what the time limit allows, and once it ran the most that it took', () => {
    const integrator = new CostOptimizationIntegrator(RATES);
    const planned = { operation: 'f', timeout: 10_000, memoryGib: 1, price: 0.5 };
    expect(integrator.estimate(planned).dollars).toBeCloseTo(0.5 + 0.1 + 0.01);
    for (const total of [0.1, 0.3, 0.2]) integrator.spent({ operation: 'f', taskType: 'g', ok: true, cost: { total } });
    expect(integrator.estimate(planned)).toEqual({ dollars: 0.3, basis: 'the most of its last 3 executions' });
    for (let run = 0; run < 20; run += 1)
      integrator.spent({ operation: 'f', taskType: 'g', ok: true, cost: { total: 0.01 } });
    expect(integrator.estimate(planned).dollars).toBe(0.01);
  });

  it.each([
    [{ operation: 'f', memoryGib: 1 }, 'it never ran, and has no timeout that would bound it'],
    [{ operation: 'f', memoryGib: 1, timeout: 1, price: null }, 'its tool has no known price'],
  ])('of %j is unknown', (planned, basis) => {
    expect(new CostOptimizationIntegrator().estimate(planned)).toEqual({ dollars: null, basis });
  });

  it('is unknown after a cost that was', () => {
    const integrator = new CostOptimizationIntegrator();
    integrator.spent({ operation: 'f', taskType: 'g', ok: true, cost: { total: null } });
    expect(integrator.estimate({ operation: 'f', memoryGib: 1, timeout: 1 }).dollars).toBeNull();
  });
});

describe('mayStart', () => {
  const estimate = { operation: 'f', taskType: 'g', basis: 'so it seems' };

  it.each([
    [{ dollars: 0.5, budget: 0.1 }, 'f may cost $0.5 (so it seems), and its budget is $0.1.'],
    [{ dollars: 0.5, budget: 9 }, 'f may cost $0.5 (so it seems), and maxCostPerOperation is $0.2.'],
    [{ dollars: 0.5 }, 'f may cost $0.5 (so it seems), and maxCostPerOperation is $0.2.'],
    [{ dollars: null }, 'what f may cost is unknown (so it seems), and maxCostPerOperation is $0.2.'],
  ])('refuses %j', (given, reason) => {
    const integrator = new CostOptimizationIntegrator({ maxCostPerOperation: 0.2 });
    expect(integrator.mayStart({ ...estimate, ...given })).toEqual({ allowed: false, reason });
  });

  it('allows what fits, and everything without a limit', () => {
    expect(new CostOptimizationIntegrator().mayStart({ ...estimate, dollars: null })).toEqual({ allowed: true });
    const limited = new CostOptimizationIntegrator({ maxCostPerOperation: 0.2 });
    expect(limited.mayStart({ ...estimate, dollars: 0.2, budget: 0.2 })).toEqual({ allowed: true });
  });
});

it.each([
  [{ cpuSecond: -1 }, 'cpuSecond is -1: give US dollars from 0.'],
  [{ maxCostPerOperation: 0 }, 'maxCostPerOperation is 0: give US dollars above 0.'],
])('an integrator with %j is refused', (options, message) => {
  expect(() => new CostOptimizationIntegrator(options)).toThrow(message);
});
