import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { maximumTokens, reserve } from '../src/domain/budget.ts';
import { LIMITS } from '../src/domain/limits.ts';
import { STEP_RULES } from '../src/domain/steps.ts';
import type { StepName } from '../src/domain/steps.ts';
import { truncate } from '../src/domain/text.ts';
import type { InputOf, OutputOf } from '../src/model/steps/index.ts';
import { callModel } from './activities.ts';
import { REQUESTS_PER_CALL, takeForLastAnswer, takeForModel } from './budget.ts';
import { reasonOf } from './reason.ts';
import { takeForModelWhenRoom } from './room.ts';
import { addNote, callRound } from './state.ts';
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
  { sample, summary, outputTokens = 0, last = false }: AskOptions,
): Promise<OutputOf<Name> | undefined> {
  const { prepared } = state;
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

  for (let askIndex = 0; askIndex < LIMITS.asksPerStep; askIndex += 1) {
    const withPrevious = shown + (previous === undefined ? 0 : maximumTokens(previous.text + previous.error));
    const bound = reserve(withPrevious, rules, prepared.prices[role]);
    const { reservation, requests, release } = last
      ? takeForLastAnswer(state, bound)
      : (takeForModel(state, bound) ?? (await takeForModelWhenRoom(state, bound)));
    let result;
    try {
      result = await callModel(
        prepared.queues.model,
        step,
        {
          run: prepared.run,
          model: prepared.models[role],
          round: callRound(state),
          sample,
          ask: askIndex,
          input,
          ...(choosesTools ? { toolSets: [...new Set(state.tools.map((tool) => tool.setHash))] } : {}),
          ...(previous === undefined ? {} : { previous }),
          reservation,
          ...(requests < REQUESTS_PER_CALL ? { requests } : {}),
        },
        askIndex === 0 ? summary : `${summary} (ask ${askIndex + 1})`,
      );
    } catch (error) {
      if (isCancellation(error)) throw error;
      if (!(error instanceof ActivityFailure)) throw error;
      const cause = error.cause instanceof ApplicationFailure ? error.cause : undefined;
      state.lastFailure = `${step}: ${reasonOf(error)}`;
      if (cause?.type != null && FATAL.has(cause.type)) {
        throw ApplicationFailure.create({ type: cause.type, message: cause.message, nonRetryable: true, cause: error });
      }
      return undefined;
    } finally {
      release();
    }
    if (result.kind === 'answer') return result.value as OutputOf<Name>;
    state.lastFailure = `${step}: the answer did not fit its schema: ${result.error}`;
    previous =
      askIndex === 0
        ? { text: truncate(result.text, LIMITS.errorCharacters), error: truncate(result.error, LIMITS.errorCharacters) }
        : undefined;
  }
  addNote(state, `The step ${step} was lost: its answers did not fit the schema.`);
  return undefined;
}
