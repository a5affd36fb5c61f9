import { onTestFinished } from 'vitest';
import { createPerformanceOptimizer } from '../../src/optimizer/create-performance-optimizer.ts';
import type { PerformanceOptimizerOptions } from '../../src/optimizer/create-performance-optimizer.ts';
import type { PerformanceOptimizer } from '../../src/optimizer/performance-optimizer.ts';

/** The module of functions for threads. */
export const WORK = new URL('../fixtures/thread-work.ts', import.meta.url).href;

/** An optimizer without a rate, gone when the test is finished. */
export function openOptimizer({ config, ...options }: PerformanceOptimizerOptions = {}): PerformanceOptimizer {
  const optimizer = createPerformanceOptimizer({
    ...options,
    config: { ...config, asyncExecution: { rate: Infinity, ...config?.asyncExecution } },
  });
  onTestFinished(() => optimizer.shutdown());
  return optimizer;
}
