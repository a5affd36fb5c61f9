import type { ComputePlace, ExecutionPlan, OptimizationContext } from '../domain/plan.ts';
import type { AsyncExecutionEngine, Executed, ExecuteOptions, ModuleOptions } from './async/engine.ts';
import { loadExport } from './async/thread.ts';
import type { ComputeComponent } from './compute-component.ts';
import { InvalidContext } from './errors.ts';
import { graphCall } from './graph-call.ts';
import { keyOf } from './input-key.ts';
import type { JobsComponent } from './jobs-component.ts';
import type { FunctionContext, KnownOperation } from './operation.ts';
import type { PerformanceOptimizerParts } from './performance-optimizer.ts';
import { toolCall } from './tool-call.ts';
import type { ToolInput } from './tool-call.ts';

/** How an operation is called: by an engine of this thread, or by a component elsewhere. */
export type OperationCall = { options: ExecuteOptions; timeout: number | undefined } & (
  | { compute?: undefined; engine: AsyncExecutionEngine; work: (context: FunctionContext) => unknown }
  | {
      compute: Pick<ComputeComponent, 'metrics' | 'loadBalance'>;
      engine?: undefined;
      run: () => Promise<Executed<unknown>>;
    }
);

const PRIORITY = 5;

/** How an operation is called where its plan puts it, and with what limits. */
export function callOf(
  known: KnownOperation,
  plan: ExecutionPlan,
  context: OptimizationContext,
  input: readonly unknown[],
  { here, graph }: Pick<PerformanceOptimizerParts, 'here' | 'graph'>,
  { compute, jobs }: { compute: ComputeComponent | undefined; jobs: JobsComponent | undefined },
): OperationCall {
  const { priority = PRIORITY, retries = 0 } = context;
  const timeout = context.timeout ?? (known.type === 'tool' ? known.tool.timeoutSeconds * 1_000 : undefined);
  const key = plan.sharedCache && mayBeKept(known) ? keyOf(known, input) : undefined;
  const options: ExecuteOptions = {
    priority,
    timeout: timeout ?? Infinity,
    ...(context.timeout === undefined ? {} : { total: context.timeout }),
    retries,
    ...(key === undefined ? {} : { key }),
  };
  const limits = { options, timeout };
  switch (known.type) {
    case 'function':
      return { ...limits, engine: here, work: (own) => known.work(...([...input, own] as never[])) };
    case 'tool':
      return { ...limits, engine: here, work: toolCall(known.tool, input as ToolInput<unknown>) };
    case 'graph': {
      if (graph === undefined) {
        throw new TypeError('There is no graph store: give createPerformanceOptimizer one, as {graphStore}.');
      }
      const store = plan.sharedCache ? graph.store : graph.store.uncached;
      return { ...limits, engine: graph.engine, work: () => graphCall(store, known.method, input, timeout) };
    }
    case 'job': {
      if (input.length > 1)
        throw new TypeError(`The job ${known.job.name} takes one input, and ${input.length} were given.`);
      return { ...limits, compute: jobs!, run: () => jobs!.run(known.job, input[0], options) };
    }
    case 'module': {
      const { module, name } = known.module;
      if (compute === undefined)
        return { ...limits, engine: here, work: async () => (await loadExport(module, name))(...input) };
      const memory = context.limits?.memory;
      const limited: ModuleOptions = memory === undefined ? options : { ...options, memory };
      return { ...limits, compute, run: () => compute.run(known.module, input, limited) };
    }
  }
}

/** @throws {InvalidContext} for what a tool with side effects, or a write, must not be given */
export function checkFits(known: KnownOperation, { retries = 0, cache = false }: OptimizationContext): void {
  const problems: string[] = [];
  if (known.type === 'tool' && known.tool.sideEffects) {
    if (retries > 0) problems.push(`retries is ${retries}, and ${known.name} has side effects: it gets one attempt.`);
    if (cache) problems.push(`cache is true, and ${known.name} has side effects: its results cannot be kept.`);
  }
  if (known.kind === 'graph-write' && cache) problems.push(`cache is true, and ${known.name} writes: leave cache out.`);
  if (problems.length > 0) throw new InvalidContext(problems);
}

/** Graph operations have the store's own cache, which knows revisions. */
function mayBeKept(known: KnownOperation): boolean {
  return known.type !== 'graph' && !(known.type === 'tool' && known.tool.sideEffects);
}

/** Limits that are asked for, and that nothing can keep where the operation runs. */
export function notLimited(
  known: KnownOperation,
  { limits, timeout }: OptimizationContext,
  compute: ComputePlace,
): Record<string, string> {
  const reasons: Record<string, string> = {};
  if (known.type === 'job') {
    if (limits?.memory !== undefined) reasons['limits.memory'] = 'not limited: a job’s workers have no limit of memory';
    if (limits?.cpu !== undefined) reasons['limits.cpu'] = 'not limited: a job has all workers of its component';
    return reasons;
  }
  if (compute !== 'here') return {};
  if (limits?.memory !== undefined) {
    reasons['limits.memory'] =
      'not limited: it shares this process, and only {module, name} on a thread can have a limit';
  }
  if (limits?.cpu !== undefined) reasons['limits.cpu'] = 'this thread is one core at most';
  if (timeout !== undefined && known.type === 'module') {
    reasons['timeout'] = 'given up in time, but not ended: there are no threads, and it is told of no signal';
  }
  if (timeout !== undefined && known.type === 'function') {
    reasons['timeout'] = 'told by its signal, then given up: what blocks this thread is not ended';
  }
  return reasons;
}

/** The plan, without a cache where the operation's result cannot be kept. */
export function withoutCache(known: KnownOperation, plan: ExecutionPlan, { options }: OperationCall): ExecutionPlan {
  const isWrite = known.kind === 'graph-write';
  if (!plan.sharedCache || options.key !== undefined || (known.type === 'graph' && !isWrite)) return plan;
  const sharedCache = isWrite
    ? 'no: it writes'
    : mayBeKept(known)
      ? 'no: its input is no plain data'
      : 'no: it has side effects';
  return { ...plan, sharedCache: false, reasons: { ...plan.reasons, sharedCache } };
}
