import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { CostOptimizationIntegrator } from '../../src/cost/cost-optimization-integrator.ts';
import { GraphStores } from '../../src/graph/stores.ts';
import { createPerformanceOptimizer } from '../../src/optimizer/create-performance-optimizer.ts';
import { optimizerConfig } from '../../src/optimizer/optimizer-config.ts';
import type { OptimizerConfig } from '../../src/optimizer/optimizer-config.ts';
import { temporaryStore } from '../support/folders.ts';

describe('the configuration of an optimizer', () => {
  it('has defaults, which settings of the environment fill in', () => {
    expect(optimizerConfig({}, {})).toMatchObject({
      threads: availableParallelism(),
      engine: {},
      backEnd: 'embedded',
      graph: { maxParallelQueries: 20, batchDelay: 0, cacheSeconds: 300 },
      cost: {},
    });
    const env = { KGOT_GRAPH_PARALLEL_QUERIES: '7', KGOT_GRAPH_CACHE_SECONDS: '9' };
    const { graph } = optimizerConfig({ graphParallelization: { cacheSeconds: 1, batchSize: undefined } }, env);
    expect(graph).toEqual({ maxParallelQueries: 7, batchDelay: 0, cacheSeconds: 1 });
  });

  it('takes every section', () => {
    const config: OptimizerConfig = {
      asyncExecution: {
        concurrency: 9,
        rate: Infinity,
        burst: 2,
        waiting: 5,
        cacheSeconds: 1,
        cacheEntries: 3,
        threads: 0,
      },
      graphParallelization: { backEnd: 'neo4j', maxParallelQueries: 2, batchSize: 10, batchDelay: 5, cacheSeconds: 0 },
      costOptimization: { maxCostPerOperation: 0.5, cpuSecond: 0, memoryGibSecond: 0.1, storageGibMonth: 0.2 },
      workStealing: {},
      mpi: {},
      scaling: {},
    };
    const read = optimizerConfig(config, {});
    expect(read).toMatchObject({ threads: 0, engine: { concurrency: 9, rate: Infinity }, backEnd: 'neo4j' });
    expect(read.cost).toEqual(config.costOptimization);
  });

  it.each([
    [
      { speed: {} },
      'speed is no setting of the optimizer: there are asyncExecution, graphParallelization, costOptimization, workStealing, mpi, scaling.',
    ],
    [
      { asyncExecution: { speed: 1 } },
      'asyncExecution.speed is no setting of the optimizer: there are concurrency, rate, burst, waiting, cacheSeconds, cacheEntries, threads.',
    ],
    [{ asyncExecution: { rate: 0 } }, 'asyncExecution.rate is 0: give starts a second above 0, or Infinity.'],
    [{ asyncExecution: { threads: -1 } }, 'asyncExecution.threads is -1: give a whole number from 0.'],
    [{ asyncExecution: 5 }, 'asyncExecution is 5: '],
    [
      { graphParallelization: { backEnd: 'mysql' } },
      'graphParallelization.backEnd is "mysql": give embedded, neo4j, memory or rdf4j.',
    ],
    [
      { costOptimization: { maxCostPerOperation: 0 } },
      'costOptimization.maxCostPerOperation is 0: give US dollars above 0.',
    ],
    [{ costOptimization: { cpuSecond: -1 } }, 'costOptimization.cpuSecond is -1: give US dollars from 0.'],
    [{ mpi: { ranks: 0 } }, 'mpi.ranks is 0: give a whole number from 1.'],
    [
      { mpi: { hosts: 4 } },
      'mpi.hosts is no setting of the optimizer: there are ranks, interleaved, grace, stallSeconds.',
    ],
    [
      { workStealing: { workers: 4 } },
      'workStealing.workers is no setting of the optimizer: there are threads, interleaved, grace.',
    ],
    [{ scaling: { nodes: 4 } }, 'scaling.nodes is no setting of the optimizer: this version has nothing'],
  ])('%j is refused', (config, message) => {
    expect(() => createPerformanceOptimizer({ config: config as OptimizerConfig })).toThrow(message);
  });

  it('is refused where it comes too late', async () => {
    const costOptimizer = new CostOptimizationIntegrator();
    const config: OptimizerConfig = { costOptimization: { cpuSecond: 1 } };
    expect(() => createPerformanceOptimizer({ costOptimizer, config })).toThrow(
      'costOptimization.cpuSecond comes too late: give it to the CostOptimizationIntegrator.',
    );
    const stores = new GraphStores({ artifacts: temporaryStore(), processes: 1 });
    const graphStore = stores.of('memory');
    expect(() =>
      createPerformanceOptimizer({ graphStore, config: { graphParallelization: { batchSize: 5 } } }),
    ).toThrow('graphParallelization.batchSize comes too late: the graph store is parallel already.');
    await stores.close();
  });
});
