import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultDataConverter } from '@temporalio/common';
import type { LoadedDataConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import { HISTORIES } from '../../scripts/record-histories.ts';
import type { Execution } from '../../src/client/story/activity.ts';
import { EventReader } from '../../src/client/story/read-events.ts';
import type { HistoryEvent } from '../../src/client/story/read-events.ts';
import type { RunStory } from '../../src/client/story/story.ts';
import { tellRun } from '../../src/client/story/tell-run.ts';

const { History } = proto.temporal.api.history.v1;

/** Names of the recorded histories. */
export const recordedHistories = (await readdir(HISTORIES))
  .filter((name) => name.endsWith('.bin'))
  .map((name) => name.replace(/\.bin$/, ''));

export async function recordedEvents(name: string): Promise<HistoryEvent[]> {
  return History.decode(await readFile(join(HISTORIES, `${name}.bin`))).events;
}

export async function readExecution(
  events: readonly HistoryEvent[],
  converter: LoadedDataConverter = defaultDataConverter,
): Promise<Execution> {
  const reader = new EventReader('run', { converter, namespace: 'default', workflowId: 'a-run' });
  for (const event of events) await reader.add(event);
  return reader.execution;
}

const STATUS = {
  completed: 'COMPLETED',
  failed: 'FAILED',
  'timed-out': 'TIMED_OUT',
  terminated: 'TERMINATED',
  cancelled: 'CANCELLED',
  continued: 'CONTINUED_AS_NEW',
} as const;

/** The story that executions tell by themselves, without an artifact store. */
export function storyOf(...executions: Execution[]): RunStory {
  const end = executions.at(-1)?.end;
  const status = end === undefined ? 'RUNNING' : STATUS[end.kind];
  const now = Math.max(...executions.map(({ started }) => started)) + 1_000;
  return tellRun({ id: 'a-run', folder: 'a-run~01234567', status, executions, now });
}

export async function recordedStory(name: string): Promise<RunStory> {
  return storyOf(await readExecution(await recordedEvents(name)));
}
