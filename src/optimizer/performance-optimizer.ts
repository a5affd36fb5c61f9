import type { CostOptimizationIntegrator } from '../cost/cost-optimization-integrator.ts';
import type { CostOptimizer } from '../cost/cost-optimizer.ts';
import { readPriceFile } from '../cost/price-file.ts';
import { PRICE_LIST_DATE } from '../cost/prices.ts';
import type { ComputePlace, ExecutionPlan, OptimizationContext } from '../domain/plan.ts';
import { planExecution } from '../domain/plan-execution.ts';
import { validateContext } from '../domain/validate-context.ts';
import type { GraphStore } from '../graph/graph-store.ts';
import type { Job } from '../jobs/job.ts';
import type { GraphOperationParallelizer } from '../graph/parallel/parallelizer.ts';
import type { Tool } from '../tools/define-tool.ts';
import { analyse } from './analytics.ts';
import type { PerformanceAnalytics } from './analytics.ts';
import type { AsyncExecutionEngine, Executed, ExecutionMetrics } from './async/engine.ts';
import { OperationTimeout } from './async/errors.ts';
import type { ComputeComponent } from './compute-component.ts';
import { CostControl } from './cost-control.ts';
import { InvalidContext, OptimizerClosed } from './errors.ts';
import { Execution } from './execution.ts';
import { FairShare } from './fair-share.ts';
import type { Observed, PerformanceHistory } from './history.ts';
import type { JobsComponent } from './jobs-component.ts';
import { Lanes } from './lanes.ts';
import { metricsOf, recordOf } from './measured.ts';
import type { PerformanceMetrics } from './metrics.ts';
import { ObservedKinds } from './observed-kinds.ts';
import { ANONYMOUS, knownOperation } from './operation.ts';
import type { FunctionOperation, GraphMethod, GraphOperation, KnownOperation, ModuleOperation } from './operation.ts';
import { callOf, checkFits, notLimited, withoutCache } from './operation-call.ts';
import type { OperationCall } from './operation-call.ts';
import { placeOf } from './placement.ts';
import { Records } from './records.ts';
import { componentsNow, problemsOf, resourcesNow } from './system-status.ts';
import type { SystemStatus } from './system-status.ts';
import type { ToolInput } from './tool-call.ts';
import { Trials } from './trials.ts';

/** What an optimizer is made of; see `createPerformanceOptimizer`, which makes it. */
export interface PerformanceOptimizerParts {
  /** Runs functions and tools on this thread. */
  here: AsyncExecutionEngine;
  /** Where else functions of modules are computed. */
  compute: readonly ComputeComponent[];
  /** Where jobs run: on threads, and on ranks where those were asked for. */
  jobs: { threads: JobsComponent; ranks?: JobsComponent };
  /** The graph store, and what keeps order before it. */
  graph?: { store: GraphOperationParallelizer; engine: AsyncExecutionEngine; slots: number };
  integrator: CostOptimizationIntegrator;
  /** Another system's cost control, asked and told beside ours. */
  costOptimizer?: CostOptimizer;
  history?: PerformanceHistory;
  /** Operations at once on this thread. */
  slots: number;
}

/** An operation's result, what it took, and how it was run, with the reason for each choice. */
export interface Optimized<T> {
  result: T;
  metrics: PerformanceMetrics;
  plan: ExecutionPlan;
}

/** Ranks that jobs can run on. */
interface Ranks {
  slots: number;
  /** Why there are none, where some were asked for. */
  absence?: string;
}

const PRIORITY = 5;
const TASK_TYPE = 'general';
const NOTHING: Observed = { strategies: {} };

/**
 * Runs functions, tools and graph operations where they run best, by a strategy, and measures each. It is a facade: its
 * components work alone as well.
 */
export class PerformanceOptimizer {
  readonly #parts: PerformanceOptimizerParts;
  readonly #compute: ReadonlyMap<ComputePlace, ComputeComponent>;
  /** What computes elsewhere than on this thread. */
  readonly #elsewhere: readonly (ComputeComponent | JobsComponent)[];
  readonly #costs: CostControl;
  readonly #records: Records;
  readonly #trials = new Trials();
  readonly #lanes = new Lanes();
  readonly #kinds = new ObservedKinds();
  readonly #share = new FairShare();
  readonly #idle: (() => void)[] = [];
  #underWay = 0;
  #closed: Promise<void> | undefined;
  #stopped = false;

  constructor(parts: PerformanceOptimizerParts) {
    this.#parts = parts;
    this.#compute = new Map(parts.compute.map((component) => [component.place, component]));
    const { threads, ranks } = parts.jobs;
    this.#elsewhere = [threads, ...(ranks === undefined ? [] : [ranks]), ...parts.compute];
    this.#costs = new CostControl(parts.integrator, parts.costOptimizer);
    this.#records = new Records(parts.history);
  }

  /**
   * Runs an operation once its strategy, limits and budget allow it.
   *
   * - A function is called with the input and then `{signal, attempt, spend}`.
   * - `{module, name}` is called with the input alone, here or on a thread.
   * - A job of `defineJob` gets its input, and runs on threads or on ranks.
   * - A tool is called with its input, and as much of a tool's context as is given after it.
   * - `{graph}` names a method of the graph store, and is called with its input.
   *
   * @throws {InvalidContext} when the context, or a tool's input, cannot be right
   * @throws {CostRefused} when it may cost more than it may
   * @throws {OperationTimeout} when it takes too long
   * @throws {OptimizerClosed} after `shutdown`
   * @throws what the operation throws: as it is where it is an error
   */
  optimizeOperation<Input, Output>(
    operation: Tool<Input, Output>,
    context: OptimizationContext,
    ...input: ToolInput<Input>
  ): Promise<Optimized<Output>>;
  optimizeOperation<Input, Output>(
    operation: Job<Input, Output>,
    context: OptimizationContext,
    input: Input,
  ): Promise<Optimized<Output>>;
  optimizeOperation<T = unknown>(
    operation: ModuleOperation,
    context: OptimizationContext,
    ...input: unknown[]
  ): Promise<Optimized<T>>;
  optimizeOperation<Method extends GraphMethod>(
    operation: GraphOperation<Method>,
    context: OptimizationContext,
    ...input: Parameters<GraphStore[Method]>
  ): Promise<Optimized<Awaited<ReturnType<GraphStore[Method]>>>>;
  optimizeOperation<Input extends unknown[], T>(
    operation: (...input: Input) => T | PromiseLike<T>,
    context: OptimizationContext,
    ...input: Input
  ): Promise<Optimized<Awaited<T>>>;

  optimizeOperation<Input extends unknown[], T>(
    // oxlint-disable-next-line typescript/unified-signatures -- of one signature for both no input can be inferred
    operation: FunctionOperation<Input, T>,
    context: OptimizationContext,
    ...input: Input
  ): Promise<Optimized<Awaited<T>>>;
  async optimizeOperation(
    operation: unknown,
    context: OptimizationContext,
    ...input: unknown[]
  ): Promise<Optimized<unknown>> {
    const askedAt = performance.now();
    if (this.#closed !== undefined) throw new OptimizerClosed();
    const problems = validateContext(context);
    if (problems.length > 0) throw new InvalidContext(problems);
    const known = knownOperation(operation);
    checkFits(known, context);
    this.#underWay += 1;
    try {
      return await this.#execute(known, context, input, askedAt);
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) for (const go of this.#idle.splice(0)) go();
    }
  }

  /** What the operations of this process, and earlier ones that `auto` looked at, come to. */
  getPerformanceAnalytics(): PerformanceAnalytics {
    const { slots, graph } = this.#parts;
    return analyse(this.#records.all, {
      slots: {
        here: slots,
        ...Object.fromEntries(this.#elsewhere.map((component) => [component.place, component.slots])),
        ...(graph === undefined ? {} : { graph: graph.slots }),
      },
    });
  }

  /** What there is, what it does now, and what is amiss. */
  getSystemStatus(): SystemStatus {
    const components = componentsNow(this.#parts);
    const { unwritten, failure } = this.#records.status;
    const problems = problemsOf(components, { history: failure, costControl: this.#costs.failure });
    const stopping = this.#closed === undefined ? undefined : this.#stopped ? 'stopped' : 'stopping';
    const file = readPriceFile();
    return {
      health: stopping ?? (problems.length === 0 ? 'healthy' : 'degraded'),
      problems,
      resources: resourcesNow(),
      components,
      queues: {
        underWay: this.#underWay,
        waiting: this.#lanes.waiting,
        byTaskType: this.#lanes.status,
        unwritten,
      },
      prices: {
        list: PRICE_LIST_DATE,
        ...(file === undefined ? {} : { file: { path: file.path, date: file.date } }),
      },
    };
  }

  /**
   * Takes no more operations, and resolves when all that it took have ended, their records are written and the cost control
   * has been told. The graph store stays open: it is whose it was. A second call waits for the same.
   */
  shutdown(): Promise<void> {
    this.#closed ??= this.#shutdown();
    return this.#closed;
  }

  async #shutdown(): Promise<void> {
    while (this.#underWay > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#costs.told();
    await this.#records.flush();
    const { here, graph } = this.#parts;
    const parts = [here, ...this.#elsewhere, ...(graph === undefined ? [] : [graph.engine])];
    await Promise.all(parts.map((part) => part.shutdown()));
    this.#stopped = true;
  }

  async #execute(
    known: KnownOperation,
    context: OptimizationContext,
    input: readonly unknown[],
    askedAt: number,
  ): Promise<Optimized<unknown>> {
    const observed = context.strategy === 'auto' ? await this.#records.observe(context.taskType ?? TASK_TYPE) : NOTHING;
    const ranks = known.type === 'job' ? await this.#ranks() : { slots: this.#compute.get('ranks')?.slots ?? 0 };
    const planned = this.#plan(known, context, observed, ranks);
    const { taskType, asked, strategy } = planned;
    const { jobs } = this.#parts;
    const call = callOf(known, planned, context, input, this.#parts, {
      compute: this.#compute.get(planned.compute),
      jobs: planned.compute === 'ranks' ? jobs.ranks : jobs.threads,
    });
    const plan = withoutCache(known, planned, call);
    const ended = asked === 'auto' ? this.#trials.begin(taskType, strategy) : undefined;
    try {
      const permitted = this.#costs.permit(known, taskType, context, call.timeout, () => this.#share.resident());
      if (permitted !== undefined) await permitted;
      const cores = call.compute === undefined ? Infinity : (context.limits?.cpu ?? Infinity);
      const enteredAt = performance.now();
      const entered = this.#lanes.enter(taskType, Math.min(plan.concurrency, cores), context.priority ?? PRIORITY);
      if (entered !== undefined) await entered;
      try {
        return await this.#run(known, call, plan, context, { askedAt, laneWait: performance.now() - enteredAt });
      } finally {
        this.#lanes.leave(taskType);
      }
    } finally {
      ended?.();
    }
  }

  /** Ranks for jobs, or why there are none. */
  async #ranks(): Promise<Ranks> {
    const { ranks } = this.#parts.jobs;
    if (ranks === undefined) return { slots: 0 };
    await ranks.prepare();
    const { slots, absence } = ranks;
    return absence === undefined ? { slots } : { slots: 0, absence };
  }

  #plan(known: KnownOperation, context: OptimizationContext, observed: Observed, ranks: Ranks): ExecutionPlan {
    // What only model calls have is left out: nothing here would obey it.
    const {
      hedge: _hedge,
      deadline: _deadline,
      ...plan
    } = planExecution(context, {
      ...this.#trials.with(observed, context.taskType ?? TASK_TYPE),
      available: {
        cheapModel: false,
        threads: this.#compute.get('threads')?.slots ?? 0,
        ranks: ranks.slots,
      },
    });
    const { component, reason } = placeOf(known, {
      plan,
      context,
      isThere: (place) => place === 'here' || this.#compute.has(place),
      observed: known.type === 'module' ? this.#kinds.of(known.name) : undefined,
    });
    const compute = component === 'graph' ? 'here' : component;
    const absent = ranks.absence === undefined ? '' : ` (${ranks.absence})`;
    const { strategy, concurrency, sharedCache } = plan.reasons as Record<
      'strategy' | 'concurrency' | 'sharedCache',
      string
    >;
    return {
      ...plan,
      compute,
      reasons: {
        strategy,
        concurrency,
        sharedCache,
        compute: `${reason}${absent}`,
        ...notLimited(known, context, compute),
      },
    };
  }

  async #run(
    known: KnownOperation,
    call: OperationCall,
    plan: ExecutionPlan,
    context: OptimizationContext,
    times: { askedAt: number; laneWait: number },
  ): Promise<Optimized<unknown>> {
    const mayGoOn =
      context.costBudget === undefined ? undefined : this.#costs.limit(known, plan.taskType, context.costBudget);
    const execution = new Execution(this.#share, context.profiling === true, mayGoOn);
    let executed: Executed<unknown>;
    try {
      executed = await this.#measure(call, execution);
      if (execution.lasted > call.options.timeout!) throw new OperationTimeout(call.options.timeout!, BLOCKED);
    } catch (error) {
      execution.end();
      this.#keep(known, recordOf({ known, plan, context, error, ...times }, execution.cost(this.#parts.integrator)));
      throw error;
    }
    const { result, metrics: own } = executed;
    const profile = execution.end();
    const made = own.from === 'operation';
    const tells = made && known.name !== ANONYMOUS;
    const kind = known.kind ?? (tells ? this.#kinds.learn(known.name, execution.busyness(own)) : undefined);
    const metrics = metricsOf({
      ...{ known, plan, context, own, ...times },
      ...(kind === undefined ? {} : { kind }),
      ...(profile === undefined ? {} : { profile: profile.profile }),
      // What this process took says nothing of ranks.
      resources: made && plan.compute !== 'ranks' ? execution.resources(own, profile?.diskIo) : {},
      cost: made ? execution.cost(this.#parts.integrator, own) : {},
      counts: this.#counts(),
      balance: balanceOf(call, own),
    });
    this.#keep(known, recordOf({ known, plan, context, ...times }, metrics.cost, metrics));
    return { result, metrics, plan };
  }

  #measure(call: OperationCall, execution: Execution): Promise<Executed<unknown>> {
    return call.compute === undefined ? call.engine.measure(execution.noting(call.work), call.options) : call.run();
  }

  #counts(): Pick<PerformanceMetrics, 'concurrentOperations' | 'threads' | 'processes'> {
    const { here, graph } = this.#parts;
    const counts = { concurrentOperations: 1 + here.running + (graph?.engine.running ?? 0), threads: 0, processes: 1 };
    for (const component of this.#elsewhere) {
      const { running, threads, processes } = component.status;
      counts.concurrentOperations += running;
      counts.threads += threads;
      counts.processes += processes;
    }
    return counts;
  }

  /** Puts an execution on record, and tells the cost control. */
  #keep(known: KnownOperation, record: ReturnType<typeof recordOf>): void {
    this.#records.add(record);
    const { taskType, ok, cost, cached, tags } = record;
    if (!cached) this.#costs.spent(known, { taskType, ok, cost, ...(tags === undefined ? {} : { tags }) });
  }
}

/** Of a job its workers', else its component's. */
function balanceOf(
  { compute, engine }: OperationCall,
  own: ExecutionMetrics,
): Pick<PerformanceMetrics, 'parallelEfficiency' | 'loadBalance'> {
  const { parallelEfficiency = (compute ?? engine).metrics.parallelEfficiency, loadBalance = compute?.loadBalance } =
    own;
  return {
    ...(parallelEfficiency === undefined ? {} : { parallelEfficiency }),
    ...(loadBalance === undefined ? {} : { loadBalance }),
  };
}

const BLOCKED =
  ' It blocked this thread, where nothing can end it: give {module, name}, which runs on a thread that is ended in time.';
