import { randomUUID } from 'node:crypto';
import type { OperationCost } from '../cost/cost-optimizer.ts';
import type { ExecutionPlan, OptimizationContext } from '../domain/plan.ts';
import type { ExecutionMetrics } from './async/engine.ts';
import type { Resources } from './execution.ts';
import { efficiencyOf } from './metrics.ts';
import type { PerformanceMetrics, ProfileMetrics } from './metrics.ts';
import type { KnownOperation, OperationKind } from './operation.ts';
import type { OperationRecord } from './records.ts';

/** An execution that has ended. */
interface Ended {
  known: KnownOperation;
  plan: ExecutionPlan;
  context: OptimizationContext;
  /** When it was asked for, by `performance.now()`. */
  askedAt: number;
  /** Milliseconds that it waited for a place beside others of its task type. */
  laneWait: number;
}

interface Succeeded extends Ended {
  /** What its component measured. */
  own: ExecutionMetrics;
  kind?: OperationKind;
  resources: Resources;
  cost: OperationCost;
  counts: Pick<PerformanceMetrics, 'concurrentOperations' | 'threads' | 'processes'>;
  balance: Pick<PerformanceMetrics, 'parallelEfficiency' | 'loadBalance'>;
  profile?: ProfileMetrics;
}

/** The metrics of an execution that gave a result. */
export function metricsOf(succeeded: Succeeded): PerformanceMetrics {
  const { known, plan, context, askedAt, laneWait, own, kind, resources, cost, counts, balance, profile } = succeeded;
  const { tags, latencyTarget, costTarget } = context;
  const made = own.from === 'operation';
  const execution = performance.now() - askedAt;
  const processing = made ? Math.min(own.execution, execution) : 0;
  const failed = made ? own.attempts - 1 : 0;
  const success = made ? { successRate: 1 / own.attempts } : {};
  return {
    ...identityOf(known, plan),
    ...(kind === undefined ? {} : { kind }),
    ...(tags === undefined ? {} : { tags }),
    execution,
    queueWait: Math.min(execution, laneWait + (made ? own.queueWait : 0)),
    processing,
    ...resources,
    ...counts,
    ...success,
    errors: failed,
    retries: failed,
    cacheHits: made ? 0 : 1,
    cost,
    ...balance,
    efficiency: efficiencyOf({
      ...{ execution, processing, ...success },
      ...(latencyTarget === undefined ? {} : { latencyTarget }),
      ...(costTarget === undefined ? {} : { costTarget }),
      ...(cost.total === undefined ? {} : { total: cost.total }),
    }),
    ...(profile === undefined ? {} : { profile }),
  };
}

/** The record of an execution. @param metrics of one that gave a result */
export function recordOf(
  { known, plan, context: { tags }, askedAt, error }: Ended & { error?: unknown },
  cost: OperationCost,
  metrics?: PerformanceMetrics,
): OperationRecord & { cost: OperationCost; cached: boolean } {
  const cached = metrics?.cacheHits === 1;
  const shared = {
    id: nextId(),
    ...identityOf(known, plan),
    at: new Date().toISOString(),
    cost,
    cached,
    dollars: cached ? 0 : (cost.total ?? null),
    ...(tags === undefined ? {} : { tags }),
  };
  if (metrics === undefined) {
    const name = error instanceof Error ? error.name : 'Error';
    return { ...shared, ok: false, milliseconds: performance.now() - askedAt, error: name };
  }
  const { execution, queueWait, processing, efficiency } = metrics;
  return { ...shared, ok: true, milliseconds: execution, queueWait, processing, efficiency };
}

let recorded = 0;

/** In the order of this process: of records of one millisecond the earlier stays the earlier. */
function nextId(): string {
  recorded += 1;
  return `${String(recorded).padStart(12, '0')}-${randomUUID()}`;
}

function identityOf({ type }: KnownOperation, { taskType, strategy, compute }: ExecutionPlan) {
  return { taskType, strategy, component: type === 'graph' ? type : compute };
}
