import { afterEach, describe, expect, it, vi } from 'vitest';
import { many } from '../jobs/fixtures/many.ts';
import { openOptimizer } from '../support/optimizer.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const input = { tasks: [{ do: 'give', value: 1 } as const, { do: 'give', value: 2 } as const] };

describe('a job of PerformanceOptimizer', { timeout: 120_000 }, () => {
  it('runs on ranks where the strategy and the configuration ask for them', async () => {
    const optimizer = openOptimizer({ config: { mpi: { ranks: 2 } } });
    const { result, metrics, plan } = await optimizer.optimizeOperation(many, { strategy: 'scalability' }, input);
    expect(result).toEqual([1, 2]);
    expect(metrics.component).toBe('ranks');
    expect(metrics.cpu).toBeUndefined();
    expect(plan.reasons['compute']).toBe('on ranks, which grow with the machines');
    expect(optimizer.getSystemStatus().components['ranks']).toMatchObject({ available: true, slots: 2 });
  });

  it('runs on threads where there is no MPI, and says so', async () => {
    vi.stubEnv('KGOT_MPIEXEC', '/nowhere/mpiexec');
    const optimizer = openOptimizer({ config: { mpi: {} } });
    const { result, metrics, plan } = await optimizer.optimizeOperation(many, { strategy: 'scalability' }, input);
    expect(result).toEqual([1, 2]);
    expect(metrics.component).toBe('threads');
    expect(plan.reasons['compute']).toMatch(/^ranks are not there \(.*\/nowhere\/mpiexec/);
    expect(optimizer.getSystemStatus().components['ranks']).toMatchObject({
      available: false,
      why: expect.stringContaining('/nowhere/mpiexec'),
    });
  });
});
