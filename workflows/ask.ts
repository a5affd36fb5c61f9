import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import type { ModelStepCall, ModelStepResult } from '../src/domain/activities.ts';
import { maximumTokens, reserve } from '../src/domain/budget.ts';
import { secondCall } from '../src/domain/calls.ts';
import { LIMITS } from '../src/domain/limits.ts';
import type { ModelTier } from '../src/domain/plan.ts';
import { STEP_RULES } from '../src/domain/steps.ts';
import type { StepName } from '../src/domain/steps.ts';
import { truncate } from '../src/domain/text.ts';
import type { InputOf, OutputOf } from '../src/model/steps/index.ts';
import { callModel } from './activities.ts';
import { REQUESTS_PER_CALL, takeForLastAnswer, takeForModel } from './budget.ts';
import type { TakenForModel } from './budget.ts';
import { hedged } from './hedge.ts';
import { isLost, reasonOf } from './reason.ts';
import { takeForModelWhenRoom } from './room.ts';
import { addNote, callRound, modelOf, planOf } from './state.ts';
import type { RunState } from './state.ts';

/** Failure types after which no other call can succeed either: a wrong key, a model that does not exist. */
const FATAL = new Set(['ModelUnavailable', 'RecordingMissing', 'ArtifactMissing']);

export interface AskOptions {
  /** Which of the step's calls in the round this is. */
  sample: string;
  summary: string;
  /** Tokens of the tool output that the prompt shows, at most. */
  outputTokens?: number;
  /** True for the last answer, which may use the share that was held back for it. */
  last?: boolean;
  /** The tier that is asked. @default as the plan says, for each ask */
  tier?: ModelTier;
  /** Whether the answer still counts: what does not is not asked for again. */
  counts?: () => boolean;
  /** Asks at most, before the step counts as lost. @default as many as a step may have */
  asks?: number;
  /** Whether a slow call may be made twice. @default true, but for the last answer */
  hedge?: boolean;
}

/**
 * Asks a model for one step's answer: again with the error shown when the answer breaks its schema, then afresh.
 *
 * @returns undefined when the step is lost; the loop goes on
 * @throws {OutOfBudget} when the call does not fit
 */
export async function ask<Name extends StepName>(
  state: RunState,
  step: Name,
  stepInput: InputOf<Name>,
  {
    sample,
    summary,
    outputTokens = 0,
    last = false,
    tier: asked,
    counts = () => true,
    hedge = !last,
    asks = LIMITS.asksPerStep,
  }: AskOptions,
): Promise<OutputOf<Name> | undefined> {
  const { prepared } = state;
  const plan = planOf(state);
  const { hints } = state.wheel;
  const input = hints.length === 0 ? stepInput : { ...stepInput, hints: [...hints] };
  const rules = STEP_RULES[step];
  const { role } = rules;
  const choosesTools = step === 'chooseTools';
  const tools = choosesTools
    ? state.tools.reduce((sum, { promptTokens }) => sum + promptTokens, prepared.documentTokens)
    : 0;
  const shown =
    // Some prompts close with the question again.
    2 * maximumTokens(prepared.run.question) +
    maximumTokens(JSON.stringify(input)) +
    state.graph.viewTokens +
    outputTokens +
    tools;
  let previous: { text: string; error: string } | undefined;

  for (let askIndex = 0; askIndex < asks; askIndex += 1) {
    const withPrevious = shown + (previous === undefined ? 0 : maximumTokens(previous.text + previous.error));
    const tier = asked ?? plan.asks[askIndex]!;
    const { model, price } = modelOf(prepared, role, tier);
    const bound = reserve(withPrevious, rules, price);
    const taken = last
      ? takeForLastAnswer(state, bound)
      : (takeForModel(state, bound) ?? (await takeForModelWhenRoom(state, bound)));
    const requestAs = (
      name: string,
      { reservation, requests, release }: TakenForModel,
    ): (() => Promise<ModelStepResult>) => {
      const call: ModelStepCall = {
        run: prepared.run,
        model,
        round: callRound(state),
        sample: name,
        ask: askIndex,
        input,
        ...(choosesTools ? { toolSets: [...new Set(state.tools.map((tool) => tool.setHash))] } : {}),
        ...(previous === undefined ? {} : { previous }),
        reservation,
        ...(requests < REQUESTS_PER_CALL ? { requests } : {}),
        ...(plan.deadline === undefined ? {} : { deadline: plan.deadline }),
        ...(plan.sharedCache ? { shared: true } : {}),
      };
      const told = askIndex === 0 ? summary : `${summary} (ask ${askIndex + 1})`;
      return async () => {
        let lost = false;
        try {
          return await callModel(prepared.queues.model, step, call, name === sample ? told : `${told}, once more`);
        } catch (error) {
          // What its worker was answered is in the records alone: until they are read, all of it stays reserved.
          lost = error instanceof ActivityFailure && isLost(error);
          throw error;
        } finally {
          if (!lost) release();
        }
      };
    };
    let result;
    try {
      const mayHedge = hedge && (plan.hedge?.tier ?? tier) === tier;
      result = await hedged(mayHedge ? plan.hedge : undefined, {
        call: requestAs(sample, taken),
        again: () => {
          // A second call beside one that is slow is none that a run must have.
          const second = counts() ? takeForModel(state, bound) : undefined;
          return second === undefined ? undefined : requestAs(secondCall(sample), second);
        },
        isGood: ({ kind }) => kind === 'answer',
      });
    } catch (error) {
      if (isCancellation(error)) throw error;
      if (!(error instanceof ActivityFailure)) throw error;
      const cause = error.cause instanceof ApplicationFailure ? error.cause : undefined;
      state.lastFailure = `${step}: ${reasonOf(error)}`;
      if (cause?.type != null && FATAL.has(cause.type)) {
        throw ApplicationFailure.create({ type: cause.type, message: cause.message, nonRetryable: true, cause: error });
      }
      // What the cheap model does not answer the stronger one may.
      if (counts() && asked === undefined && tier === 'cheap' && askIndex + 1 < asks) {
        previous = undefined;
        continue;
      }
      return undefined;
    }
    if (result.kind === 'answer') return result.value as OutputOf<Name>;
    if (!counts()) return undefined;
    state.lastFailure = `${step}: the answer did not fit its schema: ${result.error}`;
    previous =
      askIndex === 0
        ? { text: truncate(result.text, LIMITS.errorCharacters), error: truncate(result.error, LIMITS.errorCharacters) }
        : undefined;
  }
  if (asks === LIMITS.asksPerStep) addNote(state, `The step ${step} was lost: its answers did not fit the schema.`);
  return undefined;
}
