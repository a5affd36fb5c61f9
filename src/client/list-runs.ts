import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { quote, visibilityQuery } from './visibility.ts';
import type { RunFilter } from './visibility.ts';

/** A run as Temporal lists it. */
export interface ListedRun {
  id: string;
  question: string;
  /** `running`, `waiting` for a person or for its budget, or why it ended: `solved`, `forced`, `out-of-budget`, `cancelled`, `failed`, `terminated`, `timed_out`. */
  status: string;
  /** `provider:name` of the planner; `null` before it is known. */
  model: string | null;
  rounds: number | null;
  /** US dollars; `null` while a price is unknown. */
  dollars: number | null;
  /** Of its first execution, where it was carried on by continue-as-new. */
  started: string;
  ended: string | null;
}

export interface ListedRuns {
  runs: ListedRun[];
  /** True when there are older ones besides. */
  more: boolean;
}

/** Runs that are asked for at once. */
const PAGE = 100;
/** The first stretch of time that is looked through, and by how much each is longer than the one before. */
const FIRST_STRETCH = 60_000;
const GROWTH = 4;

/**
 * The newest runs that fit a filter, the newest first.
 *
 * @param limit how many at most
 * @throws {ServiceError} of Temporal's client, for one when `query` is wrong
 */
export async function listRuns(client: Client, filter: RunFilter = {}, limit = 50): Promise<ListedRuns> {
  const query = visibilityQuery(filter);
  const first = await readRuns(client, query, limit + 1);
  const found = first.length <= limit ? first : await readNewest(client, query, limit + 1);
  const newest = found.sort((a, b) => startOf(b) - startOf(a));
  return { runs: newest.slice(0, limit).map(rowOf), more: newest.length > limit };
}

/**
 * At least so many of the newest. Servers list what is open first, then what ended last, and not all of them sort: so
 * stretches of time are looked through, from now on back.
 */
async function readNewest(client: Client, query: string, count: number): Promise<WorkflowExecutionInfo[]> {
  const found: WorkflowExecutionInfo[] = [];
  let until = Infinity;
  let stretch = FIRST_STRETCH;
  let from = Date.now() - stretch;
  const enough = (): boolean => found.filter((run) => startOf(run) > until).length >= count;
  while (!enough() && until > 0) {
    const after = from > 0 ? ` AND StartTime > ${timeText(from)}` : '';
    const before = until === Infinity ? '' : ` AND StartTime <= ${timeText(until)}`;
    found.push(...(await readRuns(client, `${query}${after}${before}`)));
    until = from;
    stretch *= GROWTH;
    from -= stretch;
  }
  return found;
}

function timeText(milliseconds: number): string {
  return quote(new Date(milliseconds).toISOString());
}

async function readRuns(client: Client, query: string, limit = Infinity): Promise<WorkflowExecutionInfo[]> {
  const runs: WorkflowExecutionInfo[] = [];
  for await (const run of client.workflow.list({ query, pageSize: Math.min(PAGE, limit) })) {
    runs.push(run);
    if (runs.length >= limit) break;
  }
  return runs;
}

/** Continue-as-new carries the memo over; a run that a plain client started has none. */
function startOf({ memo, startTime }: WorkflowExecutionInfo): number {
  const first = Date.parse((memo?.['started'] as string | undefined) ?? '');
  return Math.min(startTime.getTime(), Number.isNaN(first) ? Infinity : first);
}

function rowOf(run: WorkflowExecutionInfo): ListedRun {
  const attributes = new Map<string, unknown>(
    run.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
  );
  const status = run.status.name;
  return {
    id: run.workflowId,
    question: (run.memo?.['question'] as string | undefined) ?? '',
    status:
      status === 'COMPLETED'
        ? ((attributes.get('KgotStatus') as string | undefined) ?? 'completed')
        : status.toLowerCase(),
    model: (attributes.get('KgotModel') as string | undefined) ?? null,
    rounds: (attributes.get('KgotRounds') as number | undefined) ?? null,
    dollars: (attributes.get('KgotDollars') as number | undefined) ?? null,
    started: new Date(startOf(run)).toISOString(),
    ended: run.closeTime?.toISOString() ?? null,
  };
}
