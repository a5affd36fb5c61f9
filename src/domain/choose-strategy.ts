import { OptimizationStrategy, STRATEGIES } from './plan.ts';
import type { Observations, OptimizationContext, StrategyMeans } from './plan.ts';

/** Executions of a strategy before its means count for anything. */
const ENOUGH = 3;
/** A strategy that gives fewer results than the best one by more than this share, and more than chance explains, is out, whatever it saves. */
const WORSE = 0.05;

/** The order in which strategies are tried: first the one that is usual, as long as nothing is known. */
const TRIED = [OptimizationStrategy.BALANCED, ...STRATEGIES.filter((name) => name !== OptimizationStrategy.BALANCED)];

export interface ChosenStrategy {
  strategy: OptimizationStrategy;
  reason: string;
}

/**
 * The rule of `auto`: try each strategy a few times, then take the one that may be the best on what the context asks for. What may be is the mean, better by what chance may
 * have done to it: of an execution's spread the √(ln N ÷ 2n)th part, after n of N executions. So one is tried again until it is clearly worse, and ever more rarely then: a bound of the form
 * of UCB1 (Auer, Cesa-Bianchi and Fischer, "Finite-time Analysis of the Multiarmed Bandit Problem", Machine Learning 47, 2002). Strategies that clearly give fewer results are out.
 */
export function chooseStrategy(context: OptimizationContext, { strategies, spread }: Observations): ChosenStrategy {
  const untried = TRIED.filter((strategy) => executionsOf(strategy) < ENOUGH);
  if (untried.length > 0) {
    const strategy = untried.reduce((a, b) => (executionsOf(b) < executionsOf(a) ? b : a));
    return { strategy, reason: `auto tries each strategy ${ENOUGH} times first` };
  }
  const seen = STRATEGIES.map((strategy) => ({ strategy, means: strategies[strategy]! }));
  const executions = seen.reduce((sum, { means }) => sum + means.executions, 0);
  const least = Math.max(...seen.map(({ means }) => means.successRate - chanceOf(means))) - WORSE;
  const able = seen
    .filter(({ means }) => means.successRate + chanceOf(means) >= least)
    .map((each) => ({ ...each, hoped: optimistic(each.means, spread, executions) }));
  const measure = measureOf(
    context,
    able.map(({ hoped }) => hoped),
  );
  const best = able.reduce((a, b) => (measure.of(b.hoped) < measure.of(a.hoped) ? b : a));
  return { strategy: best.strategy, reason: `auto: ${measure.words(best.means)} of ${able.length} strategies` };

  function executionsOf(strategy: OptimizationStrategy): number {
    return strategies[strategy]?.executions ?? 0;
  }
}

/** The standard error of a share of executions, as if there were one more that gave a result and one that did not: of a few it is never none. */
function chanceOf({ executions, successRate }: StrategyMeans): number {
  const share = (successRate * executions + 1) / (executions + 2);
  return Math.sqrt((share * (1 - share)) / (executions + 2));
}

/** The means as they may be at best, after so many executions of all strategies. */
function optimistic(means: StrategyMeans, spread: Observations['spread'], executions: number): StrategyMeans {
  const errorOf = (relative = 0): number => relative * Math.sqrt(Math.log(executions) / (2 * means.executions));
  const { milliseconds, dollars, throughput } = means;
  const time = errorOf(spread?.milliseconds);
  return {
    ...means,
    milliseconds: milliseconds * Math.max(0, 1 - time),
    dollars: dollars === null ? null : dollars * Math.max(0, 1 - errorOf(spread?.dollars)),
    ...(throughput === undefined ? {} : { throughput: throughput * (1 + time) }),
  };
}

/** What `auto` goes by: less is better. */
interface Measure {
  of(means: StrategyMeans): number;
  words(means: StrategyMeans): string;
}

function measureOf(context: OptimizationContext, able: readonly StrategyMeans[]): Measure {
  const { latencyTarget, costTarget, throughputTarget } = context;
  const priced = able.every(({ dollars }) => dollars !== null);
  if (latencyTarget !== undefined) {
    // Of those that are fast enough the cheapest, else the fastest.
    const fast = able.some(({ milliseconds }) => milliseconds <= latencyTarget);
    if (fast && priced) {
      return {
        of: ({ milliseconds, dollars }) => (milliseconds <= latencyTarget ? dollars! : Infinity),
        words: ({ dollars }) => `the cheapest within ${latencyTarget} ms (mean $${dollars!.toFixed(6)})`,
      };
    }
    return FASTEST;
  }
  if (costTarget !== undefined && priced) {
    const cheap = able.some(({ dollars }) => dollars! <= costTarget);
    if (cheap) {
      return {
        of: ({ milliseconds, dollars }) => (dollars! <= costTarget ? milliseconds : Infinity),
        words: ({ milliseconds }) => `the fastest within $${costTarget} (mean ${Math.round(milliseconds)} ms)`,
      };
    }
    return CHEAPEST;
  }
  if (throughputTarget !== undefined && able.every(({ throughput }) => throughput !== undefined)) {
    return {
      of: ({ throughput }) => -throughput!,
      words: ({ throughput }) => `the most executions a second (mean ${throughput!.toFixed(2)})`,
    };
  }
  if (!priced) return FASTEST;
  const least = {
    milliseconds: Math.min(...able.map(({ milliseconds }) => milliseconds)),
    dollars: Math.min(...able.map(({ dollars }) => dollars!)),
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
