import { chooseStrategy } from './choose-strategy.ts';
import { OptimizationStrategy } from './plan.ts';
import type {
  ComputePlace,
  ExecutionPlan,
  ExtractionPlan,
  HedgePlan,
  ModelTier,
  Observations,
  OptimizationContext,
} from './plan.ts';

/** What a strategy decides by itself. */
interface Rules {
  votes: ExecutionPlan['votes'];
  parses: ExecutionPlan['parses'];
  extractions: ExtractionPlan;
  /** The tiers asked where there is a cheap model. */
  asks: ExecutionPlan['asks'];
  /** A second call beside one that has taken so many times the median, for at most that share of all calls. */
  hedge?: { times: number; share: number; tier?: ModelTier };
  /** A request is given up after so many times what 95 of 100 take. */
  deadline?: number;
  concurrency: number;
  sharedCache: boolean;
  compute: readonly ComputePlace[];
  reasons: Reasons;
  /** What is otherwise where there is a cheap model. */
  withCheap?: Partial<Omit<Rules, 'withCheap' | 'reasons'>> & { reasons: Partial<Reasons> };
}

type Reasons = Readonly<
  Record<'votes' | 'parses' | 'extractions' | 'asks' | 'hedge' | 'concurrency' | 'sharedCache' | 'compute', string>
>;

const MAIN: ExecutionPlan['asks'] = ['main', 'main', 'main'];
const CHEAP_FIRST: ExecutionPlan['asks'] = ['cheap', 'main', 'main'];
const CHEAP_TWICE: ExecutionPlan['asks'] = ['cheap', 'cheap', 'main'];

const RULES: Record<OptimizationStrategy, Rules> = {
  [OptimizationStrategy.LATENCY_FOCUSED]: {
    votes: { most: 5, send: 'all' },
    parses: { most: 3, send: 'all' },
    extractions: 'each',
    asks: MAIN,
    hedge: { times: 0.5, share: 0.75 },
    deadline: 4,
    concurrency: 4,
    sharedCache: true,
    compute: ['ranks', 'threads', 'here'],
    reasons: {
      votes: 'all at once: the slowest of five is not waited for',
      parses: 'all at once: the slowest of three is not waited for',
      extractions: 'each by itself: the longest is what is waited for',
      asks: 'the stronger model at once: an answer that must be asked for again takes longest',
      hedge: 'a call that is not quick is made again beside itself, the first good answer counts',
      concurrency: 'few executions side by side: none waits for another',
      sharedCache: 'an answer that is there is the fastest',
      compute: 'on as many cores as there are',
    },
  },
  [OptimizationStrategy.THROUGHPUT_FOCUSED]: {
    votes: { most: 3, send: 'majority' },
    parses: { most: 1, send: 'majority' },
    extractions: 'together',
    asks: CHEAP_FIRST,
    deadline: 4,
    concurrency: 48,
    sharedCache: true,
    compute: ['threads', 'here'],
    reasons: {
      votes: 'two of three decide: a model’s slots are what is short',
      parses: 'one: a model’s slots are what is short',
      extractions: 'as many with one request as fit: it takes one slot',
      asks: 'the cheap model first: two models have more slots than one',
      hedge: 'never: a second call takes a slot of another execution',
      concurrency: 'many executions side by side: no slot is ever free',
      sharedCache: 'an answer that is there takes no slot',
      compute: 'on threads, so that this one goes on',
    },
  },
  [OptimizationStrategy.COST_FOCUSED]: {
    votes: { most: 3, send: 'majority' },
    parses: { most: 1, send: 'majority' },
    extractions: 'together',
    asks: CHEAP_TWICE,
    concurrency: 8,
    sharedCache: true,
    compute: ['here'],
    reasons: {
      votes: 'two of three decide',
      parses: 'one',
      extractions: 'as many with one request as fit: what stands around them is paid for once',
      asks: 'the cheap model, shown its error before the stronger one is asked',
      hedge: 'never: a second call may cost as much as the first',
      concurrency: 'a few executions side by side: later ones find what earlier ones paid for',
      sharedCache: 'what was paid for is used again',
      compute: 'on the thread that is there',
    },
  },
  [OptimizationStrategy.BALANCED]: {
    votes: { most: 5, send: 'majority' },
    parses: { most: 3, send: 'majority' },
    extractions: 'each',
    asks: CHEAP_TWICE,
    deadline: 4,
    concurrency: 16,
    sharedCache: false,
    compute: ['threads', 'here'],
    reasons: {
      votes: 'three of five decide, the rest only where they disagree',
      parses: 'two of three decide, the third only where they disagree',
      extractions: 'each by itself, side by side',
      asks: 'the cheap model first, the stronger one for what it failed',
      hedge: 'never: a second call costs as much as the first',
      concurrency: 'as many executions side by side as keep a model’s usual slots busy',
      sharedCache: 'each execution asks for itself',
      compute: 'on threads, so that this one goes on',
    },
    withCheap: {
      votes: { most: 3, send: 'all' },
      parses: { most: 1, send: 'majority', tier: 'main' },
      extractions: 'together',
      hedge: { times: 0, share: 1, tier: 'cheap' },
      reasons: {
        votes: 'all at once: they cost little, and the slowest of three is not waited for',
        parses: 'one: the stronger model has the last word',
        extractions: 'as many with one request as fit: each that fails is waited for',
        hedge: 'the cheap model is asked twice at once: that costs little, and the first good answer counts',
      },
    },
  },
  [OptimizationStrategy.SCALABILITY_FOCUSED]: {
    votes: { most: 3, send: 'majority' },
    parses: { most: 1, send: 'majority' },
    extractions: 'together',
    asks: CHEAP_FIRST,
    deadline: 4,
    concurrency: 128,
    sharedCache: true,
    compute: ['ranks', 'threads', 'here'],
    reasons: {
      votes: 'two of three decide',
      parses: 'one',
      extractions: 'as many with one request as fit: it takes one slot',
      asks: 'the cheap model first: two models have more slots than one',
      hedge: 'never: a second call takes a slot of another execution',
      concurrency: 'as many executions side by side as several workers can take',
      sharedCache: 'an answer that is there takes no slot',
      compute: 'on ranks, which grow with the machines',
    },
  },
};

/** Observations where nothing was measured, and nothing is there. */
export const NOTHING_SEEN: Observations = {
  strategies: {},
  available: { cheapModel: false, threads: 0, ranks: 0 },
};

/** Milliseconds below which no deadline lies, and no hedge. */
const SHORTEST_DEADLINE = 5_000;
const SHORTEST_HEDGE = 250;

/**
 * How an execution goes: pure, so that a workflow and a process plan alike. An explicit option of whoever starts it beats
 * the plan.
 */
export function planExecution(context: OptimizationContext, observations: Observations): ExecutionPlan {
  const { call, available } = observations;
  const asked = context.strategy ?? OptimizationStrategy.BALANCED;
  const { strategy, reason } =
    asked === 'auto' ? chooseStrategy(context, observations) : { strategy: asked, reason: 'asked for' };
  const { cheapModel } = available;
  const rules = rulesOf(strategy, cheapModel);
  const compute = rules.compute.find((place) => isThere(place, observations))!;
  const unsure: ModelTier = 'main';
  const hedge = hedgeOf(rules, observations);
  const deadline =
    rules.deadline === undefined || call === undefined
      ? undefined
      : Math.round(Math.max(SHORTEST_DEADLINE, rules.deadline * call.p95));
  const concurrency = Math.min(rules.concurrency, context.maxWorkers ?? Infinity);
  const { costBudget, timeout, retries = 0, maxWorkers, limits: { cpu, memory } = {} } = context;
  return {
    asked,
    strategy,
    taskType: context.taskType ?? 'general',
    votes: rules.votes,
    parses: rules.parses,
    extractions: rules.extractions,
    asks: cheapModel ? rules.asks : MAIN,
    unsure,
    ...(hedge === undefined ? {} : { hedge }),
    ...(deadline === undefined ? {} : { deadline }),
    concurrency,
    sharedCache: context.cache ?? rules.sharedCache,
    compute,
    priority: temporalPriority(context.priority),
    limits: {
      ...(costBudget === undefined ? {} : { dollars: costBudget }),
      ...(timeout === undefined ? {} : { milliseconds: timeout }),
      retries,
      ...(maxWorkers === undefined ? {} : { workers: maxWorkers }),
      ...(cpu === undefined ? {} : { cpu }),
      ...(memory === undefined ? {} : { memory }),
    },
    ...targetOf(context),
    reasons: {
      ...rules.reasons,
      strategy: reason,
      asks: cheapModel ? rules.reasons.asks : 'the one model that there is',
      ...(deadline === undefined
        ? {}
        : { deadline: `${rules.deadline} times what 95 of 100 calls take (${Math.round(call!.p95)} ms)` }),
      concurrency: concurrency < rules.concurrency ? 'as many as maxWorkers allows' : rules.reasons.concurrency,
      sharedCache: context.cache === undefined ? rules.reasons.sharedCache : 'asked for',
      compute: compute === rules.compute[0] ? rules.reasons.compute : `${rules.compute[0]} are not there`,
    },
  };
}

function targetOf({ latencyTarget, costTarget }: OptimizationContext): Pick<ExecutionPlan, 'target'> {
  if (latencyTarget === undefined && costTarget === undefined) return {};
  return {
    target: {
      ...(latencyTarget === undefined ? {} : { milliseconds: latencyTarget }),
      ...(costTarget === undefined ? {} : { dollars: costTarget }),
    },
  };
}

function rulesOf(strategy: OptimizationStrategy, cheapModel: boolean): Rules {
  const rules = RULES[strategy];
  const { withCheap } = rules;
  if (!cheapModel || withCheap === undefined) return rules;
  return { ...rules, ...withCheap, reasons: { ...rules.reasons, ...withCheap.reasons } };
}

function hedgeOf({ hedge }: Rules, { call }: Observations): HedgePlan | undefined {
  if (hedge === undefined || (call === undefined && hedge.times > 0)) return undefined;
  const after = hedge.times === 0 ? 0 : Math.round(Math.max(SHORTEST_HEDGE, hedge.times * call!.median));
  return { after, share: hedge.share, ...(hedge.tier === undefined ? {} : { tier: hedge.tier }) };
}

function isThere(place: ComputePlace, { available }: Observations): boolean {
  return place === 'here' || available[place] > 0;
}

/** Temporal's priority, 1 the most urgent to 5, of one from 10, the most urgent, to 1. */
export function temporalPriority(priority = 5): number {
  return Math.min(5, Math.max(1, 6 - Math.ceil(priority / 2)));
}

/** The other way round, for an engine, whose most urgent is 10. */
export function enginePriority(temporal: number): number {
  return Math.min(10, Math.max(1, 12 - 2 * temporal));
}

/** What the tasks of a workflow are counted under where task queues are fair; Temporal takes 64 bytes. */
export function fairnessKey(workflowId: string): string {
  return workflowId.replace(/[^\x21-\x7e]/g, '_').slice(-64);
}
