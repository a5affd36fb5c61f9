import { ServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { ArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { runHandle } from '../../src/client/client.ts';
import type { GraphQueryCall, GraphQueryResult, RemindCall, ToolStepCall } from '../../src/domain/activities.ts';
import { isWithLedger } from '../../src/domain/ledger.ts';
import type { Batch } from '../../src/domain/changes.ts';
import type { Progress, RunResult } from '../../src/domain/run.ts';
import type { ToolCall } from '../../src/domain/tools.ts';

const { History } = proto.temporal.api.history.v1;

/** What one run has done and left, from its history and its batches: not from what it says of itself. */
export interface Played {
  result: RunResult;
  progress: Progress;
  /** Tool calls that were made. */
  calls: (ToolCall & { round: number })[];
  /** Ids of the calls that waited for a person. */
  waited: string[];
  queries: { query: string; result: GraphQueryResult }[];
  batches: Batch[];
  /** The history in Temporal's binary form. */
  history: Buffer;
  /** What the UI shows of the run, in Markdown. */
  details: string;
}

export async function play(client: Client, artifacts: ArtifactStore, id: string): Promise<Played> {
  const run = runHandle(client, id);
  const result = await run.result();
  const history = await run.workflow.fetchHistory();
  const activities = activitiesOf(history);
  const of = <Call>(type: string): [Call, unknown][] =>
    activities.filter((activity) => activity.type.startsWith(type)).map(({ input, output }) => [input as Call, output]);
  // With every case played at once a query may not be answered in time.
  const metadata = await patiently(() =>
    run.workflow.query<{ currentDetails?: string }>('__temporal_workflow_metadata'),
  );
  const batches = (await artifacts.list(`runs/${result.graph.run}/graph`)).map((name) => artifacts.read(name));
  return {
    result,
    progress: await patiently(() => run.progress()),
    calls: activities.flatMap(({ type, input }) => {
      if (!type.startsWith('tool.')) return [];
      const { round, input: given } = input as ToolStepCall;
      return [{ tool: type.slice('tool.'.length), input: given, round }];
    }),
    waited: of<RemindCall>('run.remind').flatMap(([{ call, reminder }]) => (reminder === 0 ? [call.id] : [])),
    queries: of<GraphQueryCall>('graph.query').map(([{ query }, output]) => ({
      query,
      result: output as GraphQueryResult,
    })),
    batches: (await Promise.all(batches)).map((bytes) => JSON.parse(bytes!.toString()) as Batch),
    history: Buffer.from(History.encode(History.fromObject(history)).finish()),
    details: metadata.currentDetails ?? '',
  };
}

type AnyHistory = Awaited<ReturnType<ReturnType<typeof runHandle>['workflow']['fetchHistory']>>;

/** Every activity that was scheduled, with its result where it has one. */
function activitiesOf({ events }: AnyHistory): { type: string; input: unknown; output: unknown }[] {
  const outputs = new Map<string, unknown>();
  for (const { activityTaskCompletedEventAttributes: completed } of events ?? []) {
    if (completed == null) continue;
    const output = valueOf(completed.result);
    outputs.set(String(completed.scheduledEventId), isWithLedger(output) ? output.value : output);
  }
  return (events ?? []).flatMap(({ eventId, activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled == null
      ? []
      : [
          {
            type: scheduled.activityType?.name ?? '',
            input: valueOf(scheduled.input),
            output: outputs.get(String(eventId)),
          },
        ],
  );
}

function valueOf(payloads: { payloads?: { data?: Uint8Array | null }[] | null } | null | undefined): unknown {
  const data = payloads?.payloads?.[0]?.data;
  return data == null || data.length === 0 ? undefined : JSON.parse(Buffer.from(data).toString());
}

/** Asks again while the server is too busy to answer. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 6 || !(error instanceof ServiceError)) throw error;
    }
  }
}
