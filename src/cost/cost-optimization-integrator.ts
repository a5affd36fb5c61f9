import { LRUCache } from 'lru-cache';
import type {
  CostEstimate,
  CostOptimizer,
  OperationCost,
  OperationSpent,
  Permission,
  Spending,
} from './cost-optimizer.ts';
import { counted } from '../domain/text.ts';
import { computeCost, COST_RATES, costOf } from './resource-costs.ts';
import type { ComputeUse, CostRates } from './resource-costs.ts';

export interface CostOptimizationOptions extends Partial<CostRates> {
  /** US dollars that one operation may cost, whatever its own budget. @default no limit */
  maxCostPerOperation?: number;
  /** Where KGOT_PRICES is looked for. @default process.env */
  env?: NodeJS.ProcessEnv;
}

/** What is known of an operation that has not started. */
export interface PlannedOperation {
  operation: string;
  /** Milliseconds after which it is ended; absent without a limit. */
  timeout?: number;
  /** GiB of memory that it may hold. */
  memoryGib: number;
  /** US dollars of one call, as its tool says; `null` for unknown. @default 0 */
  price?: number | null;
}

/** Earlier executions of an operation that count: the newest. */
const COUNTED = 20;
/** Operations whose costs are remembered. */
const OPERATIONS = 10_000;

/**
 * Prices what operations take, and refuses what does not fit into its budget. What an operation cost before is what it may
 * cost again; before its first, what its time limit allows.
 */
export class CostOptimizationIntegrator implements CostOptimizer {
  readonly rates: CostRates;
  readonly maxCostPerOperation: number | undefined;
  readonly #env: NodeJS.ProcessEnv | undefined;
  readonly #earlier = new LRUCache<string, (number | null)[]>({ max: OPERATIONS });

  /** @throws {RangeError} for a rate or a limit that is none */
  constructor({ maxCostPerOperation, env, ...rates }: CostOptimizationOptions = {}) {
    this.rates = { ...COST_RATES, ...rates };
    for (const [name, rate] of Object.entries(this.rates)) {
      if (!(rate >= 0 && rate < Infinity)) throw new RangeError(`${name} is ${rate}: give US dollars from 0.`);
    }
    if (maxCostPerOperation !== undefined && !(maxCostPerOperation > 0)) {
      throw new RangeError(`maxCostPerOperation is ${maxCostPerOperation}: give US dollars above 0.`);
    }
    this.maxCostPerOperation = maxCostPerOperation;
    this.#env = env;
  }

  /** What an operation may cost: the most of its last 20 executions, before the first what its time limit allows. */
  estimate({ operation, timeout, memoryGib, price = 0 }: PlannedOperation): Pick<CostEstimate, 'dollars' | 'basis'> {
    const earlier = this.#earlier.get(operation);
    if (earlier !== undefined) {
      const known = earlier.filter((dollars) => dollars !== null);
      return known.length < earlier.length
        ? { dollars: null, basis: 'what it paid for before has no known price' }
        : { dollars: Math.max(...known), basis: `the most of its last ${counted(known.length, 'execution')}` };
    }
    if (price === null) return { dollars: null, basis: 'its tool has no known price' };
    if (timeout === undefined || timeout === Infinity) {
      return { dollars: null, basis: 'it never ran, and has no timeout that would bound it' };
    }
    const seconds = timeout / 1_000;
    return {
      dollars: price + computeCost({ cpuSeconds: seconds, memoryGibSeconds: seconds * memoryGib }, this.rates),
      basis: `it never ran, and may keep a core for the ${seconds} s of its timeout`,
    };
  }

  /** What an operation cost, by what it took. */
  costOf(compute: ComputeUse | undefined, spendings: readonly Spending[]): OperationCost {
    return costOf(compute, spendings, this.rates, this.#env);
  }

  mayStart({ operation, dollars, basis, budget = Infinity }: CostEstimate): Permission {
    const { maxCostPerOperation = Infinity } = this;
    const limit = Math.min(budget, maxCostPerOperation);
    if (limit === Infinity) return { allowed: true };
    const most = budget <= maxCostPerOperation ? `its budget is $${budget}` : `maxCostPerOperation is $${limit}`;
    if (dollars === null)
      return { allowed: false, reason: `what ${operation} may cost is unknown (${basis}), and ${most}.` };
    if (dollars <= limit) return { allowed: true };
    return { allowed: false, reason: `${operation} may cost $${shown(dollars)} (${basis}), and ${most}.` };
  }

  spent({ operation, cost }: OperationSpent): void {
    if (cost.total === undefined) return;
    const earlier = this.#earlier.get(operation) ?? [];
    this.#earlier.set(operation, [...earlier.slice(1 - COUNTED), cost.total]);
  }
}

function shown(dollars: number): string {
  return String(Number(dollars.toPrecision(3)));
}
