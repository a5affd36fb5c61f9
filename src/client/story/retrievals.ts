import type { GraphQueryResult } from '../../domain/activities.ts';
import { withoutDirections } from '../../domain/queries.ts';
import type { Activity } from './activity.ts';
import type { RoundActivities } from './round-activities.ts';
import type { StoryQuery, StoryRetrieval } from './story.ts';

/** A retrieval while it is told. */
interface Branch extends StoryRetrieval {
  name: string;
}

/** Tells a round's retrievals: each query is found again, by its text, in the branch that wrote it. */
export function tellRetrievals(round: RoundActivities): StoryRetrieval[] {
  const branches = new Map<string, Branch>();
  for (const item of round.inOrder()) {
    if (item.kind === 'query') addOutcome([...branches.values()], item.activity);
    else if (item.step === 'writeQuery' || item.step === 'repairQuery') addWritten(branches, round, item);
  }
  return [...branches.values()].map(({ how, queries }) => ({ how, queries }));
}

function addWritten(
  branches: Map<string, Branch>,
  round: RoundActivities,
  { step, sample, input }: { step: string; sample: string; input: Record<string, unknown> },
): void {
  const name = sample.split('.')[0]!;
  let branch = branches.get(name);
  if (branch === undefined) branches.set(name, (branch = { name, how: textOf(input['how']), queries: [] }));
  const { error } = input;
  const previous = branch.queries.at(-1);
  // A query that calculates is sent back without being run.
  if (step === 'repairQuery' && previous !== undefined && previous.outcome === undefined && error !== undefined) {
    previous.outcome = { kind: 'error', error: textOf(error) };
  }
  const written = round.step<{ query: string }>(step, sample);
  const by = step === 'repairQuery' ? 'repaired' : branch.queries.length === 0 ? 'written' : 'rewritten';
  const query = written.value?.query;
  branch.queries.push({ by, ...(query === undefined ? {} : { query }), step: written });
}

function addOutcome(branches: readonly Branch[], activity: Activity): void {
  const { query } = activity.input as { query: string };
  const entry = findAsked(branches, query) ?? findWidened(branches, query);
  if (entry === undefined) return;
  const { outcome, scheduled, ended } = activity;
  if (outcome.kind === 'result') {
    const result = outcome.value as GraphQueryResult;
    entry.outcome =
      result.kind === 'rows'
        ? { kind: 'rows', rowCount: result.rowCount, text: result.text }
        : { kind: 'error', error: result.error };
  } else if (outcome.kind === 'failed') entry.outcome = { kind: 'error', error: outcome.failure.message };
  if (scheduled !== undefined && ended !== undefined) entry.seconds = (ended - scheduled) / 1000;
}

/** The newest query of a branch that has no outcome yet. */
function findAsked(branches: readonly Branch[], query: string): StoryQuery | undefined {
  return branches
    .map(({ queries }) => queries.at(-1))
    .find((last) => last !== undefined && last.query === query && last.outcome === undefined);
}

/** A query that gave no rows is asked again in any direction. */
function findWidened(branches: readonly Branch[], query: string): StoryQuery | undefined {
  for (const { queries } of branches) {
    const last = queries.at(-1);
    const empty = last?.outcome?.kind === 'rows' && last.outcome.rowCount === 0 && last.by !== 'widened';
    if (!empty || last.query === undefined || withoutDirections(last.query) !== query) continue;
    const widened: StoryQuery = { by: 'widened', query };
    queries.push(widened);
    return widened;
  }
  return undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
