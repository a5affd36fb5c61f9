import { priceOf } from './prices.ts';
import type { OperationCost, Spending } from './cost-optimizer.ts';

/** What compute and storage cost, in US dollars. */
export interface CostRates {
  /** One core for a second. */
  cpuSecond: number;
  /** One GiB of memory for a second. */
  memoryGibSecond: number;
  /** One GiB kept for a month of 730 hours. */
  storageGibMonth: number;
}

const HOUR = 3_600;

/** List prices of AWS in us-east-1 in June 2026: Fargate for Linux on x86, and S3 Standard; its GB are GiB. */
export const COST_RATES: CostRates = {
  cpuSecond: 0.04048 / HOUR,
  memoryGibSecond: 0.004445 / HOUR,
  storageGibMonth: 0.023,
};

/** Processor time and memory of an operation. */
export interface ComputeUse {
  cpuSeconds: number;
  /** Memory times the seconds that it was held; absent where it was not measured. */
  memoryGibSeconds?: number;
  /** A share of its process's, not its own. */
  estimated: boolean;
}

export function computeCost(
  { cpuSeconds, memoryGibSeconds = 0 }: Omit<ComputeUse, 'estimated'>,
  rates: CostRates,
): number {
  return cpuSeconds * rates.cpuSecond + memoryGibSeconds * rates.memoryGibSecond;
}

/** Seconds of a month of 730 hours. */
export const MONTH = 730 * HOUR;

export function storageCost({ bytes, seconds }: { bytes: number; seconds: number }, rates: CostRates): number {
  return (bytes / 2 ** 30) * (seconds / MONTH) * rates.storageGibMonth;
}

/** What an operation's parts add up to. */
export function costOf(
  compute: ComputeUse | undefined,
  spendings: readonly Spending[],
  rates: CostRates,
  env?: NodeJS.ProcessEnv,
): OperationCost {
  const cost: OperationCost = {};
  const add = (part: 'token' | 'service' | 'compute' | 'storage', dollars: number | null): void => {
    cost[part] = sum(cost[part], dollars);
    cost.total = sum(cost.total, dollars);
  };
  if (compute !== undefined) {
    add('compute', computeCost(compute, rates));
    cost.computeEstimated = compute.estimated;
  }
  for (const spending of spendings) {
    if ('model' in spending) add('token', priceOf(spending.model, spending, env));
    else if ('tokenDollars' in spending) add('token', spending.tokenDollars);
    else if ('dollars' in spending) add('service', spending.dollars);
    else add('storage', storageCost(spending, rates));
  }
  return cost;
}

/** Unknown with anything is unknown. */
function sum(a: number | null | undefined, b: number | null): number | null {
  return a === null || b === null ? null : (a ?? 0) + b;
}
