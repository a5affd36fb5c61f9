import { chooseStrategy } from './choose-strategy.ts';
import { LIMITS } from './limits.ts';
import { OptimizationStrategy } from './plan.ts';
import type { ComputePlace, ExecutionPlan, ModelTier, Observations, OptimizationContext } from './plan.ts';

/** What a strategy decides by itself. */
interface Rules {
  votes: ExecutionPlan['votes'];
  parses: ExecutionPlan['parses'];
  /** The tiers asked where there is a cheap model. */
  asks: ExecutionPlan['asks'];
  /** A second call beside one that has taken so many times the median. */
  hedge?: number;
  /** A request is given up after so many times what 95 of 100 take. */
  deadline?: number;
  concurrency: number;
  sharedCache: boolean;
  compute: readonly ComputePlace[];
  reasons: Readonly<
    Record<'votes' | 'parses' | 'asks' | 'hedgeAfter' | 'concurrency' | 'sharedCache' | 'compute', string>
  >;
}

const MAIN: ExecutionPlan['asks'] = ['main', 'main', 'main'];
const CHEAP_FIRST: ExecutionPlan['asks'] = ['cheap', 'main', 'main'];
const CHEAP_TWICE: ExecutionPlan['asks'] = ['cheap', 'cheap', 'main'];

const RULES: Record<OptimizationStrategy, Rules> = {
  [OptimizationStrategy.LATENCY_FOCUSED]: {
    votes: { most: 5, send: 'all' },
    parses: { most: 3, send: 'all' },
    asks: MAIN,
    hedge: 1.5,
    deadline: 4,
    concurrency: 4,
    sharedCache: true,
    compute: ['ranks', 'threads', 'here'],
    reasons: {
      votes: 'all at once: the slowest of five is not waited for',
      parses: 'all at once: the slowest of three is not waited for',
      asks: 'the stronger model at once: an answer that must be asked for again takes longest',
      hedgeAfter: 'a slow call is made again beside itself, the first answer counts',
      concurrency: 'few executions side by side: none waits for another',
      sharedCache: 'an answer that is there is the fastest',
      compute: 'on as many cores as there are',
    },
  },
  [OptimizationStrategy.THROUGHPUT_FOCUSED]: {
    votes: { most: 3, send: 'majority' },
    parses: { most: 1, send: 'majority' },
    asks: CHEAP_FIRST,
    deadline: 4,
    concurrency: 32,
    sharedCache: true,
    compute: ['threads', 'here'],
    reasons: {
      votes: 'two of three decide: a model’s slots are what is short',
      parses: 'one: a model’s slots are what is short',
      asks: 'the cheap model first: two models have more slots than one',
      hedgeAfter: 'never: a second call takes a slot of another execution',
      concurrency: 'many executions side by side: no slot is ever free',
      sharedCache: 'an answer that is there takes no slot',
      compute: 'on threads, so that this one goes on',
    },
  },
  [OptimizationStrategy.COST_FOCUSED]: {
    votes: { most: 3, send: 'majority' },
    parses: { most: 1, send: 'majority' },
    asks: CHEAP_TWICE,
    concurrency: 8,
    sharedCache: true,
    compute: ['here'],
    reasons: {
      votes: 'two of three decide',
      parses: 'one',
      asks: 'the cheap model, shown its error before the stronger one is asked',
      hedgeAfter: 'never: a second call may cost as much as the first',
      concurrency: 'a few executions side by side: later ones find what earlier ones paid for',
      sharedCache: 'what was paid for is used again',
      compute: 'on the thread that is there',
    },
  },
  [OptimizationStrategy.BALANCED]: {
    votes: { most: 5, send: 'majority' },
    parses: { most: 3, send: 'majority' },
    asks: CHEAP_FIRST,
    deadline: 4,
    concurrency: 16,
    sharedCache: false,
    compute: ['threads', 'here'],
    reasons: {
      votes: 'three of five decide, the rest only where they disagree',
      parses: 'two of three decide, the third only where they disagree',
      asks: 'the cheap model first, the stronger one for what it failed',
      hedgeAfter: 'never: a call that is lost is given up after its deadline',
      concurrency: 'as many executions side by side as keep a model’s usual slots busy',
      sharedCache: 'each execution asks for itself',
      compute: 'on threads, so that this one goes on',
    },
  },
  [OptimizationStrategy.SCALABILITY_FOCUSED]: {
    votes: { most: 3, send: 'majority' },
    parses: { most: 1, send: 'majority' },
    asks: CHEAP_FIRST,
    deadline: 4,
    concurrency: 128,
    sharedCache: true,
    compute: ['ranks', 'threads', 'here'],
    reasons: {
      votes: 'two of three decide',
      parses: 'one',
      asks: 'the cheap model first: two models have more slots than one',
      hedgeAfter: 'never: a second call takes a slot of another execution',
      concurrency: 'as many executions side by side as several workers can take',
      sharedCache: 'an answer that is there takes no slot',
      compute: 'on ranks, which grow with the machines',
    },
  },
};

/** Milliseconds below which no deadline lies, and no hedge. */
const SHORTEST_DEADLINE = 5_000;
const SHORTEST_HEDGE = 250;
/** Milliseconds until a hedge while no call was measured. */
const FIRST_HEDGE = 5_000;

/**
 * How an execution goes: pure, so that a workflow and a process plan alike. An explicit option of whoever starts it beats
 * the plan.
 */
export function planExecution(context: OptimizationContext, observations: Observations): ExecutionPlan {
  const { call, available } = observations;
  const asked = context.strategy ?? OptimizationStrategy.BALANCED;
  const { strategy, reason } =
    asked === 'auto' ? chooseStrategy(context, observations) : { strategy: asked, reason: 'asked for' };
  const rules = RULES[strategy];
  const { cheapModel } = available;
  const compute = rules.compute.find((place) => isThere(place, observations))!;
  const unsure: ModelTier = 'main';
  const hedgeAfter =
    rules.hedge === undefined
      ? undefined
      : Math.round(call === undefined ? FIRST_HEDGE : Math.max(SHORTEST_HEDGE, rules.hedge * call.median));
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
    toolCalls: LIMITS.toolCallsPerRound,
    asks: cheapModel ? rules.asks : MAIN,
    unsure,
    ...(hedgeAfter === undefined ? {} : { hedgeAfter }),
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
    reasons: {
      ...rules.reasons,
      strategy: reason,
      asks: cheapModel ? rules.reasons.asks : 'the one model that there is',
      ...(hedgeAfter === undefined || call !== undefined
        ? {}
        : { hedgeAfter: `${rules.reasons.hedgeAfter}; no call was measured yet` }),
      ...(deadline === undefined
        ? {}
        : { deadline: `${rules.deadline} times what 95 of 100 calls take (${Math.round(call!.p95)} ms)` }),
      concurrency: concurrency < rules.concurrency ? 'as many as maxWorkers allows' : rules.reasons.concurrency,
      sharedCache: context.cache === undefined ? rules.reasons.sharedCache : 'asked for',
      compute: compute === rules.compute[0] ? rules.reasons.compute : `${rules.compute[0]} are not there`,
    },
  };
}

function isThere(place: ComputePlace, { available }: Observations): boolean {
  return place === 'here' || available[place] > 0;
}

/** Temporal's priority, 1 the most urgent to 5, of one from 10, the most urgent, to 1. */
export function temporalPriority(priority = 5): number {
  return Math.min(5, Math.max(1, 6 - Math.ceil(priority / 2)));
}
