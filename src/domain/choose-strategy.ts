import { STRATEGIES } from './plan.ts';
import type { Observations, OptimizationContext, OptimizationStrategy, StrategyMeans } from './plan.ts';

/** Executions of a strategy before its means count for anything. */
const ENOUGH = 3;
/** Share of executions that try a strategy again which is not the best so far. */
const EXPLORATION = 0.1;
/** A strategy that gives fewer results than the best one by more than this share is out, whatever it saves. */
const WORSE = 0.05;

export interface ChosenStrategy {
  strategy: OptimizationStrategy;
  reason: string;
}

/**
 * The rule of `auto`: try each strategy a few times, then take the one that did best on what the context asks for, and
 * now and then another. Strategies whose results fail more often are out.
 */
export function chooseStrategy(context: OptimizationContext, { strategies, draw }: Observations): ChosenStrategy {
  const untried = STRATEGIES.filter((strategy) => (strategies[strategy]?.executions ?? 0) < ENOUGH);
  if (untried.length > 0) {
    const strategy = [...untried].sort((a, b) => executionsOf(a) - executionsOf(b))[0]!;
    return { strategy, reason: `auto tries each strategy ${ENOUGH} times first` };
  }
  const seen = STRATEGIES.map((strategy) => ({ strategy, means: strategies[strategy]! }));
  const mostResults = Math.max(...seen.map(({ means }) => means.successRate));
  const able = seen.filter(({ means }) => means.successRate >= mostResults - WORSE);
  if (draw < EXPLORATION && able.length > 1) {
    const { strategy } = able[Math.floor((draw / EXPLORATION) * able.length)]!;
    return { strategy, reason: `auto explores: one in ${Math.round(1 / EXPLORATION)} executions` };
  }
  const measure = measureOf(context, able);
  const best = able.reduce((a, b) => (measure.of(b.means) < measure.of(a.means) ? b : a));
  return { strategy: best.strategy, reason: `auto: ${measure.words(best.means)} of ${able.length} strategies` };

  function executionsOf(strategy: OptimizationStrategy): number {
    return strategies[strategy]?.executions ?? 0;
  }
}

/** What `auto` goes by: less is better. */
interface Measure {
  of(means: StrategyMeans): number;
  words(means: StrategyMeans): string;
}

function measureOf(context: OptimizationContext, able: readonly { means: StrategyMeans }[]): Measure {
  const { latencyTarget, costTarget, throughputTarget } = context;
  const priced = able.every(({ means }) => means.dollars !== null);
  if (latencyTarget !== undefined) {
    // Of those that are fast enough the cheapest, else the fastest.
    const fast = able.some(({ means }) => means.milliseconds <= latencyTarget);
    if (fast && priced) {
      return {
        of: ({ milliseconds, dollars }) => (milliseconds <= latencyTarget ? dollars! : Infinity),
        words: ({ dollars }) => `the cheapest within ${latencyTarget} ms (mean $${dollars!.toFixed(6)})`,
      };
    }
    return FASTEST;
  }
  if (costTarget !== undefined && priced) {
    const cheap = able.some(({ means }) => means.dollars! <= costTarget);
    if (cheap) {
      return {
        of: ({ milliseconds, dollars }) => (dollars! <= costTarget ? milliseconds : Infinity),
        words: ({ milliseconds }) => `the fastest within $${costTarget} (mean ${Math.round(milliseconds)} ms)`,
      };
    }
    return CHEAPEST;
  }
  if (throughputTarget !== undefined && able.every(({ means }) => means.throughput !== undefined)) {
    return {
      of: ({ throughput }) => -throughput!,
      words: ({ throughput }) => `the most executions a second (mean ${throughput!.toFixed(2)})`,
    };
  }
  if (!priced) return FASTEST;
  const least = {
    milliseconds: Math.min(...able.map(({ means }) => means.milliseconds)),
    dollars: Math.min(...able.map(({ means }) => means.dollars!)),
  };
  const times = (value: number, best: number): number => (best <= 0 ? 1 : value / best);
  return {
    of: ({ milliseconds, dollars }) =>
      Math.sqrt(times(milliseconds, least.milliseconds) * times(dollars!, least.dollars)),
    words: () => 'the best in time and cost together',
  };
}

const FASTEST: Measure = {
  of: ({ milliseconds }) => milliseconds,
  words: ({ milliseconds }) => `the fastest (mean ${Math.round(milliseconds)} ms)`,
};

const CHEAPEST: Measure = {
  of: ({ dollars }) => dollars!,
  words: ({ dollars }) => `the cheapest (mean $${dollars!.toFixed(6)})`,
};
