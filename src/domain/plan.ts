/** What an execution is optimised for, under the names of the earlier Python system; the values are the words of `--strategy`. */
export const OptimizationStrategy = {
  LATENCY_FOCUSED: 'latency',
  THROUGHPUT_FOCUSED: 'throughput',
  COST_FOCUSED: 'cost',
  BALANCED: 'balanced',
  SCALABILITY_FOCUSED: 'scalability',
} as const;
export type OptimizationStrategy = (typeof OptimizationStrategy)[keyof typeof OptimizationStrategy];
export const STRATEGIES = [
  'latency',
  'throughput',
  'cost',
  'balanced',
  'scalability',
] as const satisfies OptimizationStrategy[];

/** A strategy, or `auto`: the one that served the task type best so far. */
export type AskedStrategy = OptimizationStrategy | 'auto';
export const ASKED_STRATEGIES = [...STRATEGIES, 'auto'] as const satisfies AskedStrategy[];

/** What whoever asks for an execution says about it. What is absent is not limited. */
export interface OptimizationContext {
  /** Names what is alike: `auto` learns for each task type apart. @default 'general' */
  taskType?: string;
  /** 1 to 10, the most urgent. @default 5 */
  priority?: number;
  /** @default 'balanced' */
  strategy?: AskedStrategy;
  /** Calls, threads or ranks at once, at most. */
  maxWorkers?: number;
  /** Milliseconds that it may take. */
  timeout?: number;
  /** Attempts after the first that failed. @default 0; inside activities Temporal retries */
  retries?: number;
  /** Whether results may come from, and go into, caches that executions share. @default as the strategy says */
  cache?: boolean;
  limits?: {
    /** Cores. */
    cpu?: number;
    /** MiB. */
    memory?: number;
  };
  /** US dollars that it may spend: what does not fit does not start. */
  costBudget?: number;
  /** US dollars that it should take: what `auto` goes by. */
  costTarget?: number;
  /** Milliseconds that it should take: what `auto` goes by. */
  latencyTarget?: number;
  /** Executions a second that there should be: what `auto` goes by. */
  throughputTarget?: number;
  /** Whether metrics that cost time to measure are measured too. @default false */
  profiling?: boolean;
  /** Put on metrics and analytics. */
  tags?: Readonly<Record<string, string>>;
}

/** Means over earlier executions of one task type by one strategy. */
export interface StrategyMeans {
  executions: number;
  /** Share that gave a result, from 0 to 1. */
  successRate: number;
  milliseconds: number;
  /** US dollars; `null` while a price is unknown. */
  dollars: number | null;
  /** Executions a second, as they ended side by side; absent where it was not measured. */
  throughput?: number;
}

/** What was measured and what there is: all that a plan follows from, beside its context. */
export interface Observations {
  /** Of the context's task type. */
  strategies: Readonly<Partial<Record<OptimizationStrategy, StrategyMeans>>>;
  /**
   * How much one execution differs from another of its strategy: the standard deviation, as a share of the mean, over all strategies. Absent while
   * none was executed twice; dollars too while a price is unknown.
   */
  spread?: { milliseconds: number; dollars?: number };
  /** Milliseconds of one model call that came back; absent while too few were seen. */
  call?: { median: number; p95: number };
  /** What this deployment has. */
  available: {
    /** A cheap model beside the planner and the executor. */
    cheapModel: boolean;
    /** Threads beside the main one. */
    threads: number;
    /** MPI ranks; 0 without MPI. */
    ranks: number;
  };
}

/** Which of a run's models is asked: its planner or executor, or the cheap one in its place. */
export type ModelTier = 'cheap' | 'main';

/** How samples of one step are sent: as many as could decide, then the rest; or all at once, going on at the majority. */
export interface SamplePlan {
  most: number;
  send: 'majority' | 'all';
  /** The tier that is asked. @default as the plan says for each ask */
  tier?: ModelTier;
}

/** How the tool outputs of a round are read: with a request each, side by side, or as many with one as fit. */
export type ExtractionPlan = 'each' | 'together';

/** Ways to spend less that a run may do without, beside its models and the answers of other runs. */
export const SAVINGS = ['staged-votes', 'shared-calls', 'batching'] as const;
export type Saving = (typeof SAVINGS)[number];

/** When a call that has not come back is made once more: a second answer is on its way then, and the first one counts. */
export interface HedgePlan {
  /** Milliseconds; 0 to make both at once. */
  after: number;
  /** Share of all calls that may be made twice: where all are slow, twice as many make it worse. */
  share: number;
  /** The tier whose calls may be made twice. @default every one */
  tier?: ModelTier;
}

/** Where compute goes. */
export type ComputePlace = 'here' | 'threads' | 'ranks';

/** How one execution goes: data, recorded with it; everything else only obeys it. */
export interface ExecutionPlan {
  asked: AskedStrategy;
  strategy: OptimizationStrategy;
  taskType: string;
  votes: SamplePlan;
  parses: SamplePlan;
  /** How tool outputs are read; absent in plans of older versions, which read each by itself. */
  extractions?: ExtractionPlan;
  /** False where an identical tool call of the run is made again. @default true */
  sharedCalls?: boolean;
  /** The tier of a step's first, second and third ask. */
  asks: readonly [ModelTier, ModelTier, ModelTier];
  /** The tier of samples sent after the first ones disagreed. */
  unsure: ModelTier;
  /** When a slow call is made once more, beside itself; absent for never. */
  hedge?: HedgePlan;
  /** Milliseconds after which a request is given up and sent again; absent for the model's own deadline. */
  deadline?: number;
  /** Executions at once that a batch of this plan keeps going. */
  concurrency: number;
  /** Whether answers and results of other executions are used. */
  sharedCache: boolean;
  compute: ComputePlace;
  /** Temporal's: 1, the most urgent, to 5. */
  priority: number;
  limits: { dollars?: number; milliseconds?: number; retries: number; workers?: number; cpu?: number; memory?: number };
  /** What it should take: milliseconds and US dollars. */
  target?: { milliseconds?: number; dollars?: number };
  /** Why, by the name of what was chosen. */
  reasons: Readonly<Record<string, string>>;
}
