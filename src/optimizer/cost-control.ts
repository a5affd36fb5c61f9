import type { CostOptimizationIntegrator } from '../cost/cost-optimization-integrator.ts';
import { CostRefused } from '../cost/cost-optimizer.ts';
import type { CostEstimate, CostOptimizer, OperationSpent, Spending } from '../cost/cost-optimizer.ts';
import type { OptimizationContext } from '../domain/plan.ts';
import { ANONYMOUS } from './operation.ts';
import type { KnownOperation } from './operation.ts';

/** Asks before an operation spends, and tells after: our own control, and another system's beside it. */
export class CostControl {
  readonly integrator: CostOptimizationIntegrator;
  readonly #other: CostOptimizer | undefined;
  readonly #telling = new Set<Promise<void>>();
  /** Why the other system was not told the last time. */
  failure: string | undefined;

  constructor(integrator: CostOptimizationIntegrator, other: CostOptimizer | undefined) {
    this.integrator = integrator;
    this.#other = other;
  }

  /**
   * @param timeout milliseconds after which it is ended
   * @param resident bytes that this process holds
   * @returns undefined when it may start at once
   * @throws {CostRefused} when it may not
   */
  permit(
    known: KnownOperation,
    taskType: string,
    { costBudget: budget, tags, limits }: OptimizationContext,
    timeout: number | undefined,
    resident: () => number,
  ): Promise<void> | undefined {
    const { integrator } = this;
    const other = this.#other;
    if (budget === undefined && other === undefined && integrator.maxCostPerOperation === undefined) return undefined;
    const operation = costNameOf(known, taskType);
    const estimate: CostEstimate = {
      operation,
      taskType,
      ...integrator.estimate({
        operation,
        ...(timeout === undefined ? {} : { timeout }),
        memoryGib: limits?.memory === undefined ? resident() / 2 ** 30 : limits.memory / 1_024,
        ...(known.type === 'tool' ? { price: known.tool.price } : {}),
      }),
      ...(budget === undefined ? {} : { budget }),
      ...(tags === undefined ? {} : { tags }),
    };
    const own = integrator.mayStart(estimate);
    if (!own.allowed) throw new CostRefused(own.reason, estimate);
    if (other === undefined) return undefined;
    return Promise.resolve(other.mayStart(estimate)).then((permission) => {
      if (!permission.allowed) throw new CostRefused(permission.reason, estimate);
    });
  }

  /** @returns a check of what an operation paid for so far, before another attempt: it throws {@link CostRefused} when the budget is spent */
  limit(known: KnownOperation, taskType: string, budget: number): (spendings: readonly Spending[]) => void {
    return (spendings) => {
      const { total: dollars = 0 } = this.integrator.costOf(undefined, spendings);
      if (dollars !== null && dollars < budget) return;
      const operation = costNameOf(known, taskType);
      const basis = 'what its attempts paid for';
      const spent = dollars === null ? 'nobody knows what' : `$${dollars}`;
      const reason = `no attempt of ${operation} more, for those before cost ${spent}, and its budget is $${budget}.`;
      throw new CostRefused(reason, { operation, taskType, dollars, basis, budget });
    };
  }

  spent(known: KnownOperation, spent: Omit<OperationSpent, 'operation'>): void {
    const told = { operation: costNameOf(known, spent.taskType), ...spent };
    this.integrator.spent(told);
    if (this.#other !== undefined) this.#tell(this.#other, told);
  }

  /** Resolves when all was told. */
  async told(): Promise<void> {
    await Promise.all(this.#telling);
  }

  #tell(other: CostOptimizer, spent: OperationSpent): void {
    const telling = (async () => other.spent(spent))().then(
      () => void (this.failure = undefined),
      (error: unknown) => void (this.failure = error instanceof Error ? error.message : String(error)),
    );
    const told = telling.then(() => void this.#telling.delete(told));
    this.#telling.add(told);
  }
}

/** By what costs are remembered, and told. */
function costNameOf({ type, name }: KnownOperation, taskType: string): string {
  return type === 'function' && name === ANONYMOUS ? `a function of ${taskType}` : name;
}
