import { SettingError } from '../config/read-setting.ts';
import { CostOptimizationIntegrator } from '../cost/cost-optimization-integrator.ts';
import type { CostOptimizer } from '../cost/cost-optimizer.ts';
import { readPriceFile } from '../cost/price-file.ts';
import type { GraphStore } from '../graph/graph-store.ts';
import { BACK_END_LIMITS } from '../graph/parallel/back-ends.ts';
import { GraphOperationParallelizer } from '../graph/parallel/parallelizer.ts';
import { WorkStealingScheduler } from '../jobs/stealing-scheduler.ts';
import { MpiDistributedProcessor } from '../mpi/index.ts';
import { AsyncExecutionEngine } from './async/engine.ts';
import type { PerformanceHistory } from './history.ts';
import { JobsComponent } from './jobs-component.ts';
import { optimizerConfig } from './optimizer-config.ts';
import type { OptimizerConfig } from './optimizer-config.ts';
import { PerformanceOptimizer } from './performance-optimizer.ts';
import { ThreadsComponent } from './threads-component.ts';

export interface PerformanceOptimizerOptions {
  /** Runs graph operations. One that is not parallel yet is made so, by `config.graphParallelization`. @default none */
  graphStore?: GraphStore;
  /** Is asked before an operation starts, and told what it cost. @default prices alone, and `config.costOptimization` */
  costOptimizer?: CostOptimizer;
  config?: OptimizerConfig;
  /** What `auto` learns from, over restarts. @default what this process has seen */
  history?: PerformanceHistory;
}

const CONCURRENCY = 50;

/**
 * An optimizer over the components that there are.
 *
 * @example
 * ```ts
 * const optimizer = createPerformanceOptimizer({ config: { asyncExecution: { rate: Infinity } } });
 * const { result, metrics } = await optimizer.optimizeOperation(fetch, { timeout: 5_000, retries: 2 }, url);
 * await optimizer.shutdown();
 * ```
 * @throws {SettingError} for a configuration, or a file of KGOT_PRICES, that cannot be right
 */
export function createPerformanceOptimizer(options: PerformanceOptimizerOptions = {}): PerformanceOptimizer {
  const { graphStore, costOptimizer, history } = options;
  // Now, and not when something has been paid for.
  readPriceFile();
  const { threads, engine, backEnd, graph, cost, given, workStealing, mpi } = optimizerConfig(options.config);
  const { burst: _burst, rate: _rate, concurrency = CONCURRENCY, ...ofThreads } = engine;
  const ours = costOptimizer instanceof CostOptimizationIntegrator;
  if (ours && given.cost !== undefined) {
    throw new SettingError(
      `costOptimization.${given.cost}`,
      'comes too late: give it to the CostOptimizationIntegrator.',
    );
  }
  if (graphStore instanceof GraphOperationParallelizer && given.graph !== undefined) {
    throw new SettingError(
      `graphParallelization.${given.graph}`,
      'comes too late: the graph store is parallel already.',
    );
  }
  return new PerformanceOptimizer({
    here: new AsyncExecutionEngine(engine),
    slots: concurrency,
    compute: threads === 0 ? [] : [new ThreadsComponent(threads, ofThreads)],
    jobs: { threads: jobsOnThreads(), ...(mpi === undefined ? {} : { ranks: jobsOnRanks(mpi) }) },
    integrator: ours ? costOptimizer : new CostOptimizationIntegrator(cost),
    ...(costOptimizer === undefined || ours ? {} : { costOptimizer }),
    ...(history === undefined ? {} : { history }),
    ...(graphStore === undefined ? {} : { graph: graphPart(graphStore) }),
  });

  function jobsOnThreads(): JobsComponent {
    const scheduler = new WorkStealingScheduler(workStealing);
    return new JobsComponent(
      { place: 'threads', slots: scheduler.threads, runner: scheduler, close: () => scheduler.shutdown() },
      ofThreads,
    );
  }

  function jobsOnRanks(options: NonNullable<typeof mpi>): JobsComponent {
    const processor = new MpiDistributedProcessor(options);
    return new JobsComponent(
      {
        place: 'ranks',
        slots: processor.ranks,
        runner: processor,
        prepare: () => processor.prepare(),
        close: () => processor.shutdown(),
      },
      ofThreads,
    );
  }

  function graphPart(store: GraphStore) {
    const slots = graph.maxParallelQueries + BACK_END_LIMITS[backEnd].parallelWrites;
    return {
      store:
        store instanceof GraphOperationParallelizer
          ? store
          : new GraphOperationParallelizer(store, backEnd, async (run) => (await store.read(run)).revision, graph),
      engine: new AsyncExecutionEngine({ concurrency: slots, rate: Infinity, cacheSeconds: 0 }),
      slots,
    };
  }
}
