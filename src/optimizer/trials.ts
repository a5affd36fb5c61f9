import type { OptimizationStrategy } from '../domain/plan.ts';
import type { Observed } from './history.ts';

const NEVER = { executions: 0, successRate: 0, milliseconds: 0, dollars: null };

/** Executions of `auto` that have not ended: many that start at once try different strategies. */
export class Trials {
  readonly #byType = new Map<string, Map<OptimizationStrategy, number>>();

  /** What was observed, with those that go on: each counts for less than one that ended, and breaks ties. */
  with(observed: Observed, taskType: string): Observed {
    const trials = this.#byType.get(taskType);
    if (trials === undefined) return observed;
    const strategies = { ...observed.strategies };
    for (const [strategy, count] of trials) {
      const means = strategies[strategy] ?? NEVER;
      strategies[strategy] = { ...means, executions: means.executions + count / 1e6 };
    }
    return { ...observed, strategies };
  }

  /** @returns what is to be called when it has ended */
  begin(taskType: string, strategy: OptimizationStrategy): () => void {
    const trials = this.#byType.get(taskType) ?? new Map<OptimizationStrategy, number>();
    this.#byType.set(taskType, trials);
    trials.set(strategy, (trials.get(strategy) ?? 0) + 1);
    return () => {
      const left = trials.get(strategy)! - 1;
      if (left > 0) trials.set(strategy, left);
      else trials.delete(strategy);
      if (trials.size === 0 && this.#byType.get(taskType) === trials) this.#byType.delete(taskType);
    };
  }
}
