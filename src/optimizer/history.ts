import { LRUCache } from 'lru-cache';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { coveredTime } from '../telemetry/covered-time.ts';
import { STRATEGIES } from '../domain/plan.ts';
import type { Observations, OptimizationStrategy, StrategyMeans } from '../domain/plan.ts';

/** How one execution went: what `auto` learns from, and what analytics draw. */
export interface PerformanceRecord {
  /** Names the execution: the same one added again counts once. */
  id: string;
  taskType: string;
  strategy: OptimizationStrategy;
  /** When it ended, in ISO 8601. */
  at: string;
  /** Whether it gave a result. */
  ok: boolean;
  milliseconds: number;
  /** US dollars; `null` while a price is unknown. */
  dollars: number | null;
  /** The models of a run, see `modelsLabel`. */
  models?: string;
  /** Its model calls that came back. */
  calls?: { count: number; median: number; p95: number };
  tags?: Readonly<Record<string, string>>;
}

/** How earlier executions of a task type went. */
export type Observed = Pick<Observations, 'strategies' | 'spread' | 'call'>;

/** Records that are kept of one task type: the newest. */
export const KEPT = 500;
/** Records that count for what is observed: the newest. */
export const COUNTED = 200;

/** How earlier executions went, over restarts and over all workers of one artifact store. */
export class PerformanceHistory {
  readonly #artifacts: ArtifactStore;
  readonly #read = new LRUCache<string, PerformanceRecord>({ max: 20 * KEPT });

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  async add(record: PerformanceRecord): Promise<void> {
    const folder = folderOf(record.taskType);
    const names = await this.#artifacts.list(folder);
    if (names.some((name) => name.endsWith(suffixOf(record)))) return;
    await this.#artifacts.create(
      `${folder}/${record.at.replace(/[^0-9]/g, '')}${suffixOf(record)}`,
      JSON.stringify(record),
    );
    for (const name of names.slice(0, Math.max(0, names.length + 1 - KEPT))) await this.#artifacts.remove(name);
  }

  /** Records of a task type, or of all, the oldest first. */
  async records(taskType?: string): Promise<PerformanceRecord[]> {
    return this.#records(await this.#artifacts.list(taskType === undefined ? ROOT : folderOf(taskType)));
  }

  /** What the newest records of a task type come to; what calls take, those of runs with the same models alone. */
  async observe(taskType: string, models?: string): Promise<Observed> {
    // Names begin with the time: only what counts is read.
    const names = await this.#artifacts.list(folderOf(taskType));
    return observe(await this.#records(names.slice(-COUNTED)), models);
  }

  async #records(names: readonly string[]): Promise<PerformanceRecord[]> {
    const records = await Promise.all(names.map((name) => this.#record(name)));
    return records.filter((record) => record !== undefined).sort(byTime);
  }

  async #record(name: string): Promise<PerformanceRecord | undefined> {
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const content = await this.#artifacts.read(name);
    if (content === undefined) return undefined;
    const record = JSON.parse(content.toString()) as PerformanceRecord;
    this.#read.set(name, record);
    return record;
  }
}

/** The order in which executions ended. */
export function byTime(a: PerformanceRecord, b: PerformanceRecord): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : 0;
}

/** What `records`, which are of one task type, say of runs to come. */
export function observe(all: readonly PerformanceRecord[], models?: string): Observed {
  const records = plannedWell(all);
  const strategies = meansByStrategy(records);
  const spread = spreadOf(records);
  const calls = all
    .filter((record) => record.models === models)
    .flatMap((record) => record.calls ?? [])
    .filter(({ count }) => count > 0);
  return {
    strategies,
    ...(spread === undefined ? {} : { spread }),
    ...(calls.length === 0
      ? {}
      : { call: { median: mean(calls.map(({ median }) => median)), p95: mean(calls.map(({ p95 }) => p95)) } }),
  };
}

/**
 * Those that say what their strategy is worth: a run that began before any with the same models had ended could make no slow call again and give up no lost one, as it was not known
 * how long calls take.
 */
function plannedWell(records: readonly PerformanceRecord[]): PerformanceRecord[] {
  const knownSince = new Map<string | undefined, number>();
  for (const { calls, models, at } of records) {
    if (calls !== undefined) knownSince.set(models, Math.min(knownSince.get(models) ?? Infinity, Date.parse(at)));
  }
  return records.filter(
    ({ calls, models, at, milliseconds }) =>
      calls === undefined || Date.parse(at) - milliseconds >= knownSince.get(models)!,
  );
}

/** Means over executions of one task type. */
export function meansByStrategy(records: readonly PerformanceRecord[]): Observed['strategies'] {
  return Object.fromEntries(byStrategy(records).map((own) => [own[0]!.strategy, meansOf(own)]));
}

function byStrategy(records: readonly PerformanceRecord[]): PerformanceRecord[][] {
  return STRATEGIES.map((strategy) => records.filter((record) => record.strategy === strategy)).filter(
    ({ length }) => length > 0,
  );
}

function spreadOf(records: readonly PerformanceRecord[]): Observed['spread'] {
  const groups = byStrategy(records);
  const milliseconds = relativeDeviation(groups.map((own) => own.map((record) => record.milliseconds)));
  if (milliseconds === undefined) return undefined;
  const priced = records.every(({ dollars }) => dollars !== null);
  const dollars = priced ? relativeDeviation(groups.map((own) => own.map((record) => record.dollars!))) : undefined;
  return { milliseconds, ...(dollars === undefined ? {} : { dollars }) };
}

/** The standard deviation of values around the mean of their group, as a share of that, over all groups. */
function relativeDeviation(groups: readonly (readonly number[])[]): number | undefined {
  let squares = 0;
  let freedom = 0;
  for (const values of groups.filter(({ length }) => length > 1)) {
    const centre = mean(values);
    if (centre > 0) for (const value of values) squares += (value / centre - 1) ** 2;
    freedom += values.length - 1;
  }
  return freedom === 0 ? undefined : Math.sqrt(squares / freedom);
}

function meansOf(records: readonly PerformanceRecord[]): StrategyMeans {
  const priced = records.every(({ dollars }) => dollars !== null);
  const throughput = throughputOf(records);
  return {
    executions: records.length,
    successRate: records.filter(({ ok }) => ok).length / records.length,
    milliseconds: mean(records.map(({ milliseconds }) => milliseconds)),
    dollars: priced ? mean(records.map(({ dollars }) => dollars!)) : null,
    ...(throughput === undefined ? {} : { throughput }),
  };
}

/** Executions a second while any ran: the time that at least one was under way counts, pauses do not. */
function throughputOf(records: readonly PerformanceRecord[]): number | undefined {
  const busy = coveredTime(
    records.map(({ at, milliseconds }) => ({ from: Date.parse(at) - milliseconds, to: Date.parse(at) })),
  );
  return busy > 0 ? (1_000 * records.length) / busy : undefined;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const ROOT = 'performance';

function folderOf(taskType: string): string {
  return `${ROOT}/${encodeURIComponent(taskType).replaceAll('.', '%2E')}`;
}

function suffixOf({ id }: PerformanceRecord): string {
  return `~${encodeURIComponent(id).replaceAll('.', '%2E')}.json`;
}
