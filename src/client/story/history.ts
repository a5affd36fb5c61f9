import { isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { Execution } from './activity.ts';
import { EventReader } from './read-events.ts';
import type { HistoryEvent } from './read-events.ts';

/** A run's executions, the first one first. */
export interface History {
  executions: Execution[];
  /** False when earlier executions are gone: their retention has passed. */
  complete: boolean;
}

/**
 * Reads the history of a run over all executions that it was carried on over.
 *
 * @param lastRunId the run id of its last execution
 */
export async function readHistory(client: Client, workflowId: string, lastRunId: string): Promise<History> {
  const { runIds, complete } = await findExecutions(client, workflowId, lastRunId);
  const executions: Execution[] = [];
  for (const runId of runIds) {
    const { loadedDataConverter: converter, namespace } = client.options;
    const reader = new EventReader(runId, { converter, namespace, workflowId });
    for await (const event of readEvents(client, workflowId, runId)) await reader.add(event);
    executions.push(reader.execution);
  }
  return { executions, complete };
}

/** Each execution's first event names the one before it. */
async function findExecutions(
  client: Client,
  workflowId: string,
  lastRunId: string,
): Promise<{ runIds: string[]; complete: boolean }> {
  const runIds: string[] = [];
  let runId = lastRunId;
  while (runId !== '') {
    let first: HistoryEvent | undefined;
    try {
      for await (const event of readEvents(client, workflowId, runId, 1)) {
        first = event;
        break;
      }
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return { runIds, complete: false };
    }
    runIds.unshift(runId);
    runId = first?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
  }
  return { runIds, complete: true };
}

async function* readEvents(
  { workflowService, options: { namespace } }: Client,
  workflowId: string,
  runId: string,
  maximumPageSize?: number,
): AsyncGenerator<HistoryEvent> {
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId, runId },
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
      ...(maximumPageSize === undefined ? {} : { maximumPageSize }),
    });
    yield* page.history?.events ?? [];
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0);
}

export function isNotFound(error: unknown): boolean {
  const NOT_FOUND = 5;
  return isGrpcServiceError(error) && (error.code as number) === NOT_FOUND;
}
