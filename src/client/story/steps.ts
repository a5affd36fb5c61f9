import type { ModelStepResult } from '../../domain/activities.ts';
import { callPath, sampleOfCall } from '../../domain/calls.ts';
import { sumEntries } from '../../domain/ledger.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { StepName } from '../../domain/steps.ts';
import type { Activity } from './activity.ts';
import { callOf } from './call-key.ts';
import type { CallState, Spent, StoryCall, StoryStep } from './story.ts';

/** What the input of every call of a model or a tool holds. */
export interface CallInput {
  round: number;
  sample: string;
  ask: number;
  input: Record<string, unknown>;
}

/** @returns undefined for an activity that is no call of a model or a tool */
export function callInput(activity: Activity): CallInput | undefined {
  if (!/^(model|tool)\./.test(activity.type)) return undefined;
  const { round = 0, sample = '', ask = 0, input = {} } = (activity.input ?? {}) as Partial<CallInput>;
  return { round, sample, ask, input };
}

/** What calls are told with. */
export interface Telling {
  spending: Spending;
  /** Whether the run goes on: what has no outcome may still have one. */
  open: boolean;
}

/** Says what calls have spent: as the records have it, where they are at hand, else as the activities reported it. */
export class Spending {
  readonly #byCall: Map<string, LedgerEntry[]> | undefined;

  constructor(recorded?: readonly LedgerEntry[]) {
    if (recorded !== undefined) this.#byCall = Map.groupBy(recorded, ({ id }) => callOf(id.replace(/\/\d+$/, '')));
  }

  entriesOf(activity: Activity): readonly LedgerEntry[] {
    const call = callInput(activity);
    if (this.#byCall === undefined || call === undefined) return activity.entries;
    const { round, sample, ask } = call;
    return this.#byCall.get(callPath({ round, step: activity.type, sample, ask })) ?? [];
  }

  of(activities: readonly Activity[]): Spent {
    const { calls, inputTokens, outputTokens, dollars, unpriced, unknown } = sumEntries(
      activities.flatMap((activity) => this.entriesOf(activity)),
    );
    return { calls, inputTokens, outputTokens, dollars: unpriced > 0 ? null : dollars, unknown };
  }
}

/** What calls of a model and a tool have in common, of all activities that made one call. */
export function toCall(activities: readonly Activity[], { spending, open }: Telling): StoryCall {
  const first = activities[0]!;
  const last = activities.at(-1)!;
  const { outcome } = last;
  const { scheduled } = first;
  const retried = activities.findLast(({ lastFailure }) => lastFailure !== undefined)?.lastFailure;
  return {
    state: outcome.kind === 'open' && !open ? 'cut-off' : STATES[outcome.kind],
    ...(scheduled === undefined ? {} : { started: isoTime(scheduled) }),
    ...(scheduled === undefined || last.ended === undefined ? {} : { seconds: (last.ended - scheduled) / 1000 }),
    attempts: Math.max(...activities.map(({ attempts }) => attempts)),
    ...(outcome.kind === 'failed' ? { failure: outcome.failure } : {}),
    ...(retried === undefined ? {} : { retried }),
    spent: spending.of(activities),
  };
}

const STATES = { result: 'done', failed: 'failed', cancelled: 'cancelled', open: 'running' } as const satisfies Record<
  string,
  CallState
>;

/** One step, of the asks that were made for it, in their order. */
export function toStep<Value>(asks: readonly Activity[], telling: Telling): StoryStep<Value> {
  const call = toCall(asks, telling);
  const results = asks.flatMap(({ outcome }) =>
    outcome.kind === 'result' ? [outcome.value as ModelStepResult<Value>] : [],
  );
  const answer = results.find((result) => result.kind === 'answer');
  const answering = asks.find(({ outcome }) => outcome.kind === 'result' && outcome.value === answer);
  const misfits = results.flatMap((result) =>
    result.kind === 'invalid' ? [{ text: result.text, error: result.error }] : [],
  );
  const { sample } = callInput(asks[0]!)!;
  const twice = new Set(asks.map((ask) => callInput(ask)!.ask)).size < asks.length;
  const told =
    answering === undefined ? call : { ...call, ...toCall([asks[0]!, answering], telling), spent: call.spent };
  const misfit = answer === undefined && results.length === asks.length && misfits.length > 0;
  return {
    step: asks[0]!.type.slice('model.'.length) as StepName,
    sample: sampleOfCall(sample),
    ...told,
    state: misfit ? (telling.open && asks.length < LIMITS.asksPerStep ? 'running' : 'lost') : told.state,
    ...(answer === undefined ? {} : { value: answer.value }),
    misfits,
    ...(twice ? { twice } : {}),
  };
}

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
