import { z } from 'zod';
import type { ArtifactStore } from '../../artifacts/artifact-store.ts';
import { readCallRecords } from '../../cost/call-records.ts';
import type { RecordedAttempt } from '../../cost/call-records.ts';
import type { ModelStepResult } from '../../domain/activities.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { LIMITS } from '../../domain/limits.ts';
import { parseJson } from '../../model/parse-json.ts';
import type { Material, Step, StepInput } from '../../model/step.ts';
import { steps } from '../../model/steps/index.ts';
import type { ModelRequest } from '../../model/generate.ts';
import type { Activity } from './activity.ts';
import { callOf, parseCallPath } from './call-key.ts';

/** What the call records of a run tell. */
export interface Records {
  /** Calls of models and tools, in an order that reads like the run, as far as the records tell of them. */
  activities: Activity[];
  /** Every entry of the run's ledger. */
  entries: LedgerEntry[];
  /** As the prompts show it; absent where there are none. */
  question?: string;
}

export async function readRecords(artifacts: ArtifactStore, folder: string): Promise<Records> {
  const records: Records = { activities: [], entries: [] };
  const calls = new Map<string, Activity>();
  for await (const attempt of readCallRecords(artifacts, folder)) {
    records.entries.push(...attempt.entry);
    records.question ??= questionOf(attempt);
    const path = attempt.id.replace(/\/\d+$/, '');
    // The requests of a tool belong to its call.
    if (callOf(path) !== path) continue;
    let activity = calls.get(path);
    if (activity === undefined) {
      activity = newActivity(path, attempt);
      calls.set(path, activity);
      records.activities.push(activity);
    }
    activity.attempts += 1;
    activity.entries.push(...attempt.entry);
    if (activity.outcome.kind !== 'result') activity.outcome = outcomeOf(attempt);
  }
  return records;
}

function newActivity(path: string, { request: { kind, body } }: RecordedAttempt): Activity {
  const { round, step, sample, ask } = parseCallPath(path)!;
  const input = { round, sample, ask, input: kind === 'tool' ? body : {} };
  return { id: path, type: step, input, attempts: 0, outcome: { kind: 'open' }, entries: [] };
}

function outcomeOf({ request, response }: RecordedAttempt): Activity['outcome'] {
  if (response === undefined) return { kind: 'open' };
  if (response.kind === 'error') {
    return { kind: 'failed', failure: { type: 'Recorded', message: response.message } };
  }
  if (request.kind === 'tool') return { kind: 'result', value: response.value };
  const { text, inPrompt } = response.value as { text: string; inPrompt: boolean };
  return { kind: 'result', value: readAnswer(request.name, text, inPrompt) };
}

/** Reads an answer as its step did, but for what a step makes of it. */
function readAnswer(step: string, text: string, inPrompt: boolean): ModelStepResult {
  const parsed = schemaOf(step).safeParse(parseJson(text, inPrompt));
  return parsed.success
    ? { kind: 'answer', value: parsed.data }
    : { kind: 'invalid', text, error: z.prettifyError(parsed.error) };
}

/** The tools that could be chosen are not known any more; nor are steps of another version. */
const chosenCalls = z.object({
  calls: z.array(z.object({ tool: z.string(), input: z.record(z.string(), z.unknown()) })),
});

function schemaOf(name: string): z.ZodType {
  if (name === 'chooseTools') return chosenCalls;
  const step = Object.values(steps).find((known) => known.name === name);
  return (step as Step | undefined)?.schema(NOTHING, ANY_INPUT) ?? z.looseObject({});
}

const NOTHING: Material = { question: '', documents: '', view: () => '', toolOutput: '', toolOutputs: [], tools: [] };

/** What any input of a step may hold that its schema goes by. */
const ANY_INPUT: StepInput & { calls: string[] } = {
  revision: 0,
  calls: Array<string>(LIMITS.toolCallsPerRound).fill(''),
};

/** Votes close with the question. */
const BEFORE_QUESTION = 'Which step is next for the question: ';

function questionOf({ request: { kind, body } }: RecordedAttempt): string | undefined {
  const user = kind === 'model' ? (body as Partial<ModelRequest>).prompt?.user : undefined;
  const at = user?.lastIndexOf(BEFORE_QUESTION) ?? -1;
  return user === undefined || at < 0 ? undefined : user.slice(at + BEFORE_QUESTION.length);
}
