/** `kgot-temporal/optimizer`: the performance components, each of which works alone, and their facade. */
export { AsyncExecutionEngine } from './async/engine.ts';
export type {
  AsyncExecutionMetrics,
  AsyncExecutionOptions,
  AsyncExecutionStatus,
  Executed,
  ExecuteOptions,
  ExecutionMetrics,
  ModuleOptions,
} from './async/engine.ts';
export { EngineClosed, EngineFull, OperationOutOfMemory, OperationTimeout } from './async/errors.ts';
export type { Operation, OperationContext } from './async/task.ts';
export type { ModuleFunction } from './async/threads.ts';

export { createPerformanceOptimizer } from './create-performance-optimizer.ts';
export type { PerformanceOptimizerOptions } from './create-performance-optimizer.ts';
export { PerformanceOptimizer } from './performance-optimizer.ts';
export type { Optimized, PerformanceOptimizerParts } from './performance-optimizer.ts';
export type {
  FunctionContext,
  FunctionOperation,
  GraphMethod,
  GraphOperation,
  ModuleOperation,
  OperationKind,
} from './operation.ts';
export type { ToolInput } from './tool-call.ts';
export type { ComponentStatus, ComputeComponent } from './compute-component.ts';
export { ThreadsComponent } from './threads-component.ts';
export type { OptimizerConfig } from './optimizer-config.ts';
export { InvalidContext, OptimizerClosed } from './errors.ts';
export { efficiencyOf } from './metrics.ts';
export type { EfficiencyParts, Measured, PerformanceMetrics, ProfileMetrics } from './metrics.ts';
export { analyse } from './analytics.ts';
export type { PerformanceAnalytics } from './analytics.ts';
export type { OperationRecord } from './records.ts';
export { PerformanceHistory } from './history.ts';
export type { PerformanceRecord } from './history.ts';
export type { ComponentState, SystemStatus } from './system-status.ts';

export { OptimizationStrategy } from '../domain/plan.ts';
export type { AskedStrategy, ExecutionPlan, OptimizationContext } from '../domain/plan.ts';
export { validateContext } from '../domain/validate-context.ts';
export { CostOptimizationIntegrator } from '../cost/cost-optimization-integrator.ts';
export type { CostOptimizationOptions, PlannedOperation } from '../cost/cost-optimization-integrator.ts';
export { CostRefused } from '../cost/cost-optimizer.ts';
export type {
  CostEstimate,
  CostOptimizer,
  OperationCost,
  OperationSpent,
  Permission,
  Spending,
} from '../cost/cost-optimizer.ts';
export { COST_RATES } from '../cost/resource-costs.ts';
export type { CostRates } from '../cost/resource-costs.ts';
export { openDirectoryStore } from '../artifacts/directory-store.ts';
