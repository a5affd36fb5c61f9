import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow/index.js';
import proto from '@temporalio/proto';
import type { ArtifactStore } from '../../artifacts/artifact-store.ts';
import { callPath } from '../../domain/calls.ts';
import type { Batch } from '../../domain/changes.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { runFolder } from '../../domain/run.ts';
import { readBatches } from '../../graph/batches.ts';
import { runFoldersOf } from '../run-folders.ts';
import type { Activity } from './activity.ts';
import { callOf } from './call-key.ts';
import { readHistory } from './history.ts';
import type { History } from './history.ts';
import { activityContext, failureOf } from './read-events.ts';
import { readRecords } from './records.ts';
import { callInput } from './steps.ts';
import type { RunStory, StoryPending } from './story.ts';
import { tellRun } from './tell-run.ts';

const { PendingActivityState, PendingWorkflowTaskState } = proto.temporal.api.enums.v1;

export interface DescribeRunOptions {
  /**
   * The run's artifact store. With it the ledger is exact, and what Temporal has forgotten is told as far as the store
   * holds it. @default the history alone
   */
  artifacts?: ArtifactStore;
}

/** Thrown when there is no run with an id. */
export class RunNotFoundError extends Error {
  override readonly name = 'RunNotFoundError';
  readonly id: string;
  readonly reason: string;
  constructor({ id, reason }: { id: string; reason: string }) {
    super(`There is no run ${id}: ${reason}.`);
    this.id = id;
    this.reason = reason;
  }
}

/**
 * Tells how a run went, or goes: round by round, what was voted, called, learnt, asked and answered, and what it took.
 *
 * @example
 * ```ts
 * const { rounds, result } = await describeRun(client, id, { artifacts: openDirectoryStore('.kgot/artifacts') });
 * ```
 * @throws {RunNotFoundError} when neither Temporal nor the artifact store knows the run
 * @throws {HistoryUnreadableError} when the client lacks the payload codec of the run's workers
 */
export async function describeRun(
  client: Client,
  id: string,
  { artifacts }: DescribeRunOptions = {},
): Promise<RunStory> {
  const description = await describe(client, id);
  if (description === undefined) return describeForgotten(id, artifacts);
  if (description.type !== 'answerQuestion') {
    throw new RunNotFoundError({ id, reason: `the workflow with this id is of the type ${description.type}` });
  }
  const { runId, raw } = description;
  const folder = runFolder(id, raw.workflowExecutionInfo?.firstRunId || runId);
  const history = await readHistory(client, id, runId);
  const inFlight = await addPending(client, description, history);
  const { executions, complete } = history;
  const shared = {
    id,
    folder,
    status: description.status.name,
    waiting: isWaiting(description),
    executions,
    workflowTask: pendingWorkflowTask(description),
    now: Date.now(),
  };
  if (artifacts === undefined) {
    return tellRun({ ...shared, gaps: complete ? [] : [beginningGone(history, 'and is not told')] });
  }
  const records = await readRecords(artifacts, folder);
  return tellRun({
    ...shared,
    entries: withoutInFlight(records.entries, inFlight),
    batches: await allBatches(artifacts, folder),
    ...(complete
      ? {}
      : {
          recorded: withoutTold(records.activities, history),
          gaps: [beginningGone(history, `and is told by the artifact store: ${NOT_RECORDED}`)],
        }),
    ...(records.question === undefined ? {} : { question: records.question }),
  });
}

/** What call records and batches do not hold. */
const NOT_RECORDED = 'without times, and without what queries gave';

function beginningGone({ executions }: History, rest: string): string {
  const which = executions.length === 0 ? 'The history' : 'The beginning of the history';
  return `${which} is gone, as its retention has passed, ${rest}.`;
}

async function describeForgotten(id: string, artifacts: ArtifactStore | undefined): Promise<RunStory> {
  const folders = artifacts === undefined ? [] : await runFoldersOf(artifacts, id);
  const folder = folders.at(-1);
  if (artifacts === undefined || folder === undefined) {
    throw new RunNotFoundError({ id, reason: 'neither Temporal nor the artifact store knows it' });
  }
  const { activities, entries, question } = await readRecords(artifacts, folder);
  const gaps = [
    `Temporal knows the run no more, as its retention has passed; the artifact store tells of it: ${NOT_RECORDED}, and without its end.`,
    ...(folders.length > 1 ? [`${folders.length} runs had this id; this is the last of them.`] : []),
  ];
  return tellRun({
    id,
    folder,
    status: 'UNKNOWN',
    executions: [],
    recorded: activities,
    entries,
    batches: await allBatches(artifacts, folder),
    ...(question === undefined ? {} : { question }),
    gaps,
    now: Date.now(),
  });
}

/** As the run itself has told. */
function isWaiting({ typedSearchAttributes }: WorkflowExecutionDescription): boolean {
  return typedSearchAttributes.getAll().some(({ key, value }) => key.name === 'KgotStatus' && value === 'waiting');
}

async function describe(client: Client, id: string): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(id).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/**
 * Adds to the activities that are open what stands in no history before they end: attempts, and how the last one failed.
 *
 * @returns paths of the calls that are being made
 */
async function addPending(
  client: Client,
  { workflowId, runId, raw }: WorkflowExecutionDescription,
  { executions }: History,
): Promise<Set<string>> {
  const inFlight = new Set<string>();
  const open = new Map(
    (executions.at(-1)?.activities ?? [])
      .filter(({ outcome }) => outcome.kind === 'open')
      .map((activity) => [activity.id, activity]),
  );
  const { loadedDataConverter, namespace } = client.options;
  for (const { activityId, attempt, state, lastFailure } of raw.pendingActivities ?? []) {
    const activity = open.get(`${runId}/${activityId}`);
    if (activity === undefined) continue;
    activity.attempts = attempt ?? 1;
    activity.waiting = state !== PendingActivityState.PENDING_ACTIVITY_STATE_STARTED;
    const context = activityContext({ namespace, workflowId }, activityId ?? '');
    const error = await decodeOptionalFailureToOptionalError(loadedDataConverter, lastFailure, context);
    if (error !== undefined) activity.lastFailure = failureOf(error);
    const path = pathOf(activity);
    if (path !== undefined && !activity.waiting) inFlight.add(path);
  }
  return inFlight;
}

/** The workflow's own next step, where no worker has taken it. */
function pendingWorkflowTask({ raw }: WorkflowExecutionDescription): StoryPending | undefined {
  const task = raw.pendingWorkflowTask;
  if (task?.state !== PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_SCHEDULED) return undefined;
  const since = new Date(Number(task.originalScheduledTime?.seconds ?? 0) * 1000);
  return { type: 'workflow task', attempt: task.attempt ?? 1, waiting: true, since: since.toISOString() };
}

/** The last request of a call that is being made is not without an answer yet. */
function withoutInFlight(entries: readonly LedgerEntry[], inFlight: ReadonlySet<string>): LedgerEntry[] {
  const waited = new Map(
    entries.flatMap((entry) => {
      const path = callOf(entry.id.replace(/\/\d+$/, ''));
      return !entry.known && inFlight.has(path) ? [[path, entry] as const] : [];
    }),
  );
  const left = new Set(waited.values());
  return entries.filter((entry) => !left.has(entry));
}

function pathOf(activity: Activity): string | undefined {
  const call = callInput(activity);
  return call === undefined ? undefined : callPath({ ...call, step: activity.type });
}

function withoutTold(recorded: readonly Activity[], { executions }: History): Activity[] {
  const told = new Set(executions.flatMap(({ activities }) => activities.map(pathOf)));
  return recorded.filter(({ id }) => !told.has(id));
}

async function allBatches(artifacts: ArtifactStore, folder: string): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of readBatches(artifacts, folder)) batches.push(batch);
  return batches;
}
