import type { OptimizationStrategy, StrategyMeans } from '../domain/plan.ts';
import { byTime, meansByStrategy } from './history.ts';
import type { OperationRecord } from './records.ts';

/** A mean over the newest executions, and over those before them. */
export interface Trend {
  recent: number;
  before: number;
  /** By what part it grew: -0.2 for a fifth less. Absent where it was nothing before. */
  change?: number;
}

export interface Trends {
  /** Milliseconds. */
  time?: Trend;
  /** US dollars, of executions whose cost is known. */
  cost?: Trend;
  /** Share that gave a result. */
  success?: Trend;
}

export interface StrategyEffectiveness extends StrategyMeans {
  averageEfficiency?: number;
}

/** What a component did with its time. */
export interface Utilisation {
  executions: number;
  /** Milliseconds, of all together. */
  work: number;
  /** Work ÷ (time since the first began × slots), from 0 to 1. */
  share: number;
}

export interface CostGroup {
  executions: number;
  /** US dollars of what is known. */
  dollars: number;
  /** Executions whose cost is unknown: `dollars` then says too little. */
  unknown: number;
}

export interface CostInsights extends CostGroup {
  /** US dollars of what is known, by part. */
  parts: { token?: number; service?: number; compute?: number; storage?: number };
  /** The dearest first. */
  taskTypes: ({ taskType: string } & CostGroup)[];
  strategies: Partial<Record<OptimizationStrategy, CostGroup>>;
  /** What results that were there would have cost, at the mean of their task type. */
  savedByCache: number;
}

export interface PerformanceAnalytics {
  executions: number;
  /** Mean of the efficiency scores; absent before the first execution. */
  averageEfficiency?: number;
  trends: Trends;
  /** By task type, then by strategy. */
  strategies: Record<string, Partial<Record<OptimizationStrategy, StrategyEffectiveness>>>;
  /** By component. */
  utilisation: Record<string, Utilisation>;
  cost: CostInsights;
  /** By tag, as `name=value`. */
  tags: Record<string, { executions: number; successRate: number; milliseconds: number } & CostGroup>;
}

/** Executions that are recent in trends. */
const RECENT = 20;

/**
 * What records come to: pure.
 *
 * @param slots of each component that has any: what its work is measured against
 */
export function analyse(
  records: readonly OperationRecord[],
  { slots = {}, recent = RECENT }: { slots?: Readonly<Record<string, number>>; recent?: number } = {},
): PerformanceAnalytics {
  const averageEfficiency = meanOf(defined(records.map(({ efficiency }) => efficiency)));
  return {
    executions: records.length,
    ...(averageEfficiency === undefined ? {} : { averageEfficiency }),
    trends: trendsOf(records, recent),
    strategies: Object.fromEntries(
      [...groupBy(records, ({ taskType }) => [taskType])].map(([name, own]) => [name, effectivenessOf(own)]),
    ),
    utilisation: utilisationOf(records, slots),
    cost: costInsightsOf(records),
    tags: Object.fromEntries([...groupBy(records, tagsOf)].map(([name, own]) => [name, summaryOf(own)])),
  };
}

/** The newest executions against those before, by when they ended. */
export function trendsOf(records: readonly OperationRecord[], recent = RECENT): Trends {
  const inOrder = records.toSorted(byTime);
  const trend = (of: (record: OperationRecord) => number | null | undefined): Trend | undefined => {
    const values = defined(inOrder.map(of));
    const [now, before] = [meanOf(values.slice(-recent)), meanOf(values.slice(0, -recent))];
    if (now === undefined || before === undefined) return undefined;
    return { recent: now, before, ...(before === 0 ? {} : { change: now / before - 1 }) };
  };
  const time = trend(({ milliseconds }) => milliseconds);
  const cost = trend(({ dollars }) => dollars);
  const success = trend(({ ok }) => Number(ok));
  return {
    ...(time === undefined ? {} : { time }),
    ...(cost === undefined ? {} : { cost }),
    ...(success === undefined ? {} : { success }),
  };
}

function effectivenessOf(
  records: readonly OperationRecord[],
): Partial<Record<OptimizationStrategy, StrategyEffectiveness>> {
  const strategies = meansByStrategy(records);
  return Object.fromEntries(
    Object.entries(strategies).map(([strategy, means]) => {
      const own = records.filter((record) => record.strategy === strategy);
      const averageEfficiency = meanOf(defined(own.map(({ efficiency }) => efficiency)));
      return [strategy, { ...means, ...(averageEfficiency === undefined ? {} : { averageEfficiency }) }];
    }),
  );
}

/** How much of what components could have done they did. */
export function utilisationOf(
  records: readonly OperationRecord[],
  slots: Readonly<Record<string, number>>,
): Record<string, Utilisation> {
  const utilisation: Record<string, Utilisation> = {};
  for (const [component, most] of Object.entries(slots)) {
    const own = records.filter((record) => record.component === component && record.processing !== undefined);
    if (own.length === 0) continue;
    const work = sumOf(own.map(({ processing }) => processing!));
    const began = Math.min(...own.map(({ at, milliseconds }) => Date.parse(at) - milliseconds));
    const ended = Math.max(...own.map(({ at }) => Date.parse(at)));
    const could = (ended - began) * most;
    utilisation[component] = { executions: own.length, work, share: could <= 0 ? 0 : Math.min(1, work / could) };
  }
  return utilisation;
}

/** Where the money went. */
export function costInsightsOf(records: readonly OperationRecord[]): CostInsights {
  const parts: CostInsights['parts'] = {};
  for (const { cost } of records) {
    for (const part of ['token', 'service', 'compute', 'storage'] as const) {
      const dollars = cost?.[part];
      if (typeof dollars === 'number') parts[part] = (parts[part] ?? 0) + dollars;
    }
  }
  const types = groupBy(records, ({ taskType }) => [taskType]);
  let savedByCache = 0;
  for (const own of types.values()) {
    const mean = meanOf(defined(own.filter(({ cached }) => cached !== true).map(({ dollars }) => dollars)));
    savedByCache += (mean ?? 0) * own.filter(({ cached }) => cached === true).length;
  }
  return {
    ...groupOf(records),
    parts,
    taskTypes: [...types]
      .map(([taskType, own]) => ({ taskType, ...groupOf(own) }))
      .sort((a, b) => b.dollars - a.dollars || (a.taskType < b.taskType ? -1 : 1)),
    strategies: Object.fromEntries(
      [...groupBy(records, ({ strategy }) => [strategy])].map(([name, own]) => [name, groupOf(own)]),
    ),
    savedByCache,
  };
}

function groupOf(records: readonly OperationRecord[]): CostGroup {
  return {
    executions: records.length,
    dollars: sumOf(defined(records.map(({ dollars }) => dollars))),
    unknown: records.filter(({ dollars }) => dollars === null).length,
  };
}

function summaryOf(records: readonly OperationRecord[]) {
  return {
    ...groupOf(records),
    successRate: records.filter(({ ok }) => ok).length / records.length,
    milliseconds: meanOf(records.map(({ milliseconds }) => milliseconds))!,
  };
}

function tagsOf({ tags = {} }: OperationRecord): string[] {
  return Object.entries(tags).map(([name, value]) => `${name}=${value}`);
}

function groupBy(records: readonly OperationRecord[], namesOf: (record: OperationRecord) => string[]) {
  const groups = new Map<string, OperationRecord[]>();
  for (const record of records) {
    for (const name of namesOf(record)) {
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [record]);
      else group.push(record);
    }
  }
  return groups;
}

function defined(values: readonly (number | null | undefined)[]): number[] {
  return values.filter((value) => typeof value === 'number');
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : sumOf(values) / values.length;
}
