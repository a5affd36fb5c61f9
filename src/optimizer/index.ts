/** `kgot-temporal/optimizer`: the performance components, each of which works alone. */
export { AsyncExecutionEngine } from './async/engine.ts';
export type {
  AsyncExecutionMetrics,
  AsyncExecutionOptions,
  AsyncExecutionStatus,
  Executed,
  ExecuteOptions,
  ExecutionMetrics,
} from './async/engine.ts';
export { EngineClosed, EngineFull, OperationTimeout } from './async/errors.ts';
export type { Operation, OperationContext } from './async/task.ts';
export type { ModuleFunction } from './async/threads.ts';
export { createPerformanceOptimizer } from './create-performance-optimizer.ts';
export type { PerformanceOptimizerOptions } from './create-performance-optimizer.ts';
