import type { Command } from 'commander';
import { openDirectoryStore } from '../../src/artifacts/directory-store.ts';
import { counted } from '../../src/domain/text.ts';
import { analyse } from '../../src/optimizer/analytics.ts';
import type { Trend } from '../../src/optimizer/analytics.ts';
import { PerformanceHistory } from '../../src/optimizer/history.ts';
import type { OperationRecord } from '../../src/optimizer/records.ts';
import type { GlobalOptions } from '../options.ts';
import { Session } from '../session.ts';
import { oneLine } from '../show/outline.ts';
import { sparkline } from '../show/sparkline.ts';
import { dollars, duration, table } from '../show/terminal.ts';
import { parseSince } from './list.ts';

interface AnalyticsOptions extends GlobalOptions {
  taskType?: string;
  since?: Date;
}

export function addAnalyticsCommand(command: Command): void {
  command
    .option('--task-type <name>', 'runs of one task type alone')
    .option('--since <when>', 'runs that ended since: 7d, 2026-11-01 (UTC)', parseSince)
    .action((options: AnalyticsOptions) => showAnalytics(options));
}

/** Time, cost and efficiency of earlier runs, by task type and strategy: what `auto` goes by. */
function showAnalytics(options: AnalyticsOptions): Promise<void> {
  return Session.run(options, { worker: false }, async (session) => {
    const { artifactsDirectory } = await session.runtime();
    const history = new PerformanceHistory(openDirectoryStore(artifactsDirectory));
    const { taskType, since } = options;
    const records = ((await history.records(taskType)) as OperationRecord[]).filter(
      ({ at }) => since === undefined || Date.parse(at) >= since.getTime(),
    );
    const analytics = analyse(records);
    session.print({ ...(taskType === undefined ? {} : { taskType }), ...analytics }, text(records));
  });
}

function text(records: readonly OperationRecord[]): string {
  if (records.length === 0) return 'No run has ended that is kept here. The newest 500 of each task type are.';
  const groups = [...Map.groupBy(records, ({ taskType, strategy }) => JSON.stringify([taskType, strategy])).values()];
  const header = ['TASK TYPE', 'STRATEGY', 'RUNS', 'SOLVED', 'TIME', '', 'COST', '', 'EFFICIENCY', '', 'BUSY'];
  const rows = groups.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).map((group) => rowOf(group));
  const { trends, averageEfficiency } = analyse(records);
  return [
    table(header, rows),
    '',
    `${counted(records.length, 'run')}${averageEfficiency === undefined ? '' : `, efficiency ${averageEfficiency.toFixed(2)} on average`}`,
    ...trendLine('Time', trends.time, (value) => duration(value / 1_000)),
    ...trendLine('Cost', trends.cost, (value) => dollars(value, 0)),
    ...trendLine('Solved', trends.success, percent),
  ].join('\n');
}

function nameOf([record]: readonly OperationRecord[]): string {
  return `${record!.taskType} ${record!.strategy}`;
}

function rowOf(group: readonly OperationRecord[]): string[] {
  const { taskType, strategy } = group[0]!;
  const { averageEfficiency, strategies } = analyse(group);
  const means = strategies[taskType]![strategy]!;
  const times = group.map(({ milliseconds }) => milliseconds);
  const costs = group.flatMap(({ dollars: cost }) => cost ?? []);
  const efficiencies = group.flatMap(({ efficiency }) => efficiency ?? []);
  const busy = group.flatMap(({ processing, milliseconds }) =>
    processing === undefined || milliseconds <= 0 ? [] : Math.min(1, processing / milliseconds),
  );
  return [
    oneLine(taskType),
    strategy,
    String(means.executions),
    percent(means.successRate),
    duration(means.milliseconds / 1_000),
    sparkline(times),
    means.dollars === null ? 'unknown' : dollars(means.dollars, 0),
    sparkline(costs),
    averageEfficiency === undefined ? '' : averageEfficiency.toFixed(2),
    sparkline(efficiencies),
    busy.length === 0 ? '' : percent(busy.reduce((sum, share) => sum + share, 0) / busy.length),
  ];
}

function trendLine(name: string, trend: Trend | undefined, show: (value: number) => string): string[] {
  if (trend === undefined) return [];
  const { recent, before, change } = trend;
  const grown = change === undefined ? '' : ` (${change >= 0 ? '+' : '−'}${percent(Math.abs(change))})`;
  return [`${name}: ${show(recent)} in the last 20 runs, ${show(before)} before${grown}`];
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
