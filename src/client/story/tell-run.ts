import type { KnowledgeCount, Prepared } from '../../domain/activities.ts';
import type { Batch } from '../../domain/changes.ts';
import { addLedgers, emptyLedger, sumEntries } from '../../domain/ledger.ts';
import type { Ledger, LedgerEntry } from '../../domain/ledger.ts';
import { QUEUES } from '../../domain/queues.ts';
import { ASKED_FOR } from '../../domain/plan-run.ts';
import type { ExecutionPlan } from '../../domain/plan.ts';
import { DEFAULT_OPTIONS, fillOptions } from '../../domain/run.ts';
import type { FilledOptions, RunInput, RunResult } from '../../domain/run.ts';
import { canonicalJson, utf8Length } from '../../domain/text.ts';
import type { Activity, Execution } from './activity.ts';
import { derivedBatches } from './facts.ts';
import { isoTime, Spending } from './steps.ts';
import type { RunStory, StoryDocument, StoryPending } from './story.ts';
import { tellRounds } from './tell-rounds.ts';

/** What a run's story is made of. */
export interface StoryMaterial {
  id: string;
  folder: string;
  /** Temporal's; `UNKNOWN` when Temporal knows the run no more. */
  status: string;
  /** Whether the run itself says that it waits. */
  waiting?: boolean;
  /** What is left of the run's history, the first execution first. */
  executions: readonly Execution[];
  /** Calls that the history does not tell of, out of the records. */
  recorded?: readonly Activity[];
  /** Every entry of the ledger, out of the records. */
  entries?: readonly LedgerEntry[];
  /** Out of the artifact store. */
  batches?: readonly Batch[];
  /** The workflow's own next step, where no worker has taken it. */
  workflowTask?: StoryPending;
  /** For a run without a history. */
  question?: string;
  gaps?: readonly string[];
  /** Milliseconds since 1970. */
  now: number;
}

/** Tells a run out of what is known of it. */
export function tellRun(material: StoryMaterial): RunStory {
  const { id, folder, status, executions, recorded = [], entries, gaps = [], now } = material;
  const activities = [...recorded, ...executions.flatMap((execution) => execution.activities)];
  const first = executions[0];
  const last = executions.at(-1);
  const open = status === 'RUNNING';
  const input = first?.input[0] as Partial<RunInput> | undefined;
  const prepared = preparedOf(activities, first);
  const options = prepared?.options ?? (input === undefined ? undefined : optionsOf(input));
  const end = last?.end;
  const result = end?.kind === 'completed' ? (end.result as RunResult) : undefined;
  const failure = end !== undefined && 'failure' in end ? end.failure : undefined;
  const until = end?.at ?? (open ? now : undefined);
  const started = first?.started;
  const toolQueues = prepared?.queues.tools ?? input?.options?.toolQueues ?? [];
  const messages = executions.flatMap((execution) => execution.messages);
  const told = tellRounds({
    activities,
    messages,
    batches: material.batches ?? derivedBatches(activities),
    telling: { spending: new Spending(entries), open },
    options,
    result,
  });
  return {
    id,
    folder,
    status,
    ...(open && material.waiting === true ? { waiting: true } : {}),
    question: input?.question ?? prepared?.run.question ?? material.question ?? '',
    documents: documentsOf(input),
    leftOut: prepared?.leftOut ?? [],
    ...(prepared === undefined ? {} : { models: prepared.models }),
    ...(prepared?.plan === undefined ? {} : { plan: prepared.plan }),
    ...(options === undefined ? {} : { options }),
    changedOptions: options === undefined ? [] : changedOptions(options, toolQueues, prepared?.plan),
    toolQueues,
    ...(started === undefined ? {} : { started: isoTime(started) }),
    ...(end === undefined ? {} : { ended: isoTime(end.at) }),
    ...(started === undefined || until === undefined ? {} : { seconds: (until - started) / 1000 }),
    executions: executions.length,
    ...told,
    ...countOf('recalled', 'graph.recall', activities),
    ...countOf('remembered', 'graph.remember', activities),
    underWay: open ? [...pendingOf(last), ...(material.workflowTask === undefined ? [] : [material.workflowTask])] : [],
    ...(result === undefined ? {} : { result }),
    ...(failure === undefined ? {} : { failure }),
    ledger: result?.ledger ?? ledgerOf(activities, first, entries),
    gaps: [...gaps],
  };
}

function preparedOf(activities: readonly Activity[], first: Execution | undefined): Prepared | undefined {
  const made = activities.find(({ type, outcome }) => type === 'run.prepare' && outcome.kind === 'result');
  if (made?.outcome.kind === 'result') return made.outcome.value as Prepared;
  return carriedOf(first)?.prepared;
}

function countOf(name: string, type: string, activities: readonly Activity[]): Record<string, KnowledgeCount> {
  const outcome = activities.findLast((activity) => activity.type === type)?.outcome;
  if (outcome?.kind !== 'result') return {};
  const { nodes, edges } = outcome.value as KnowledgeCount;
  return { [name]: { nodes, edges } };
}

/** What an execution was told of those before it. */
function carriedOf(execution: Execution | undefined): { prepared?: Prepared; spent?: Ledger } | undefined {
  return execution?.input[1] as { prepared?: Prepared; spent?: Ledger } | undefined;
}

/** What a run that was not prepared yet asked for: it may be wrong in any way. */
function optionsOf({ options }: Partial<RunInput>): FilledOptions {
  return fillOptions(typeof options === 'object' ? (options ?? {}) : {});
}

function documentsOf(input: Partial<RunInput> | undefined): StoryDocument[] {
  const documents = input?.documents;
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => ({
    name: document.name,
    mediaType: document.mediaType,
    bytes: 'text' in document ? utf8Length(document.text) : document.bytes,
  }));
}

function changedOptions(
  options: FilledOptions,
  toolQueues: readonly string[],
  plan: ExecutionPlan | undefined,
): RunStory['changedOptions'] {
  // What the strategy chose is nothing that somebody changed: the plan tells it.
  const chosen = {
    ...(plan !== undefined && plan.reasons['votes'] !== ASKED_FOR ? { votes: plan.votes.most } : {}),
    ...(plan !== undefined && plan.reasons['parses'] !== ASKED_FOR ? { finalParses: plan.parses.most } : {}),
  };
  const defaults: Record<string, unknown> = { ...DEFAULT_OPTIONS, ...chosen };
  const changed = Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    const usual = defaults[name];
    return value === undefined || canonicalJson(value) === canonicalJson(usual)
      ? []
      : [{ name, value, ...(usual === undefined ? {} : { default: usual }) }];
  });
  const otherQueues = toolQueues.length > 0 && (toolQueues.length > 1 || toolQueues[0] !== QUEUES.tools);
  return otherQueues ? [...changed, { name: 'toolQueues', value: toolQueues, default: [QUEUES.tools] }] : changed;
}

function pendingOf(execution: Execution | undefined): StoryPending[] {
  return (execution?.activities ?? [])
    .filter(({ outcome }) => outcome.kind === 'open')
    .map(({ type, summary, attempts, scheduled = 0, waiting, lastFailure }) => ({
      type,
      ...(summary === undefined ? {} : { summary }),
      attempt: Math.max(1, attempts),
      since: isoTime(scheduled),
      ...(waiting === undefined ? {} : { waiting }),
      ...(lastFailure === undefined ? {} : { lastFailure }),
    }));
}

/** The records are exact; without them, what the run itself added up last, or what its activities reported. */
function ledgerOf(
  activities: readonly Activity[],
  first: Execution | undefined,
  entries: readonly LedgerEntry[] | undefined,
): Ledger {
  if (entries !== undefined) return sumEntries(entries);
  const last = activities.at(-1);
  if (last?.type === 'run.reconcile' && last.outcome.kind === 'result') return last.outcome.value as Ledger;
  const reported = sumEntries(activities.flatMap((activity) => activity.entries));
  return addLedgers(carriedOf(first)?.spent ?? emptyLedger(), reported);
}
