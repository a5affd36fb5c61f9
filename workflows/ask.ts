import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import type { Reservation } from '../src/domain/activities.ts';
import { charactersThatFit, freeBudget, reserve, timesItFits } from '../src/domain/budget.ts';
import { LIMITS } from '../src/domain/limits.ts';
import { STEP_RULES } from '../src/domain/steps.ts';
import type { StepName } from '../src/domain/steps.ts';
import { truncate } from '../src/domain/text.ts';
import type { InputOf, OutputOf } from '../src/model/steps/index.ts';
import { callModel } from './activities.ts';
import { liveLedger } from './live-ledger.ts';
import { addNote, callRound } from './state.ts';
import type { RunState } from './state.ts';

/** Thrown when the next call does not fit the budget: the run then answers with what its graph holds. */
export class OutOfBudget extends Error {
  override readonly name = 'OutOfBudget';
}

/** Requests of one call that may stay without an answer; the activity gives up after as many. */
const REQUESTS_PER_CALL = 5;

/** Failure types after which no other call can succeed either: a wrong key, a model that does not exist. */
const FATAL = new Set(['ModelUnavailable', 'RecordingMissing', 'ArtifactMissing']);

/** What calls in flight have reserved: their budget is not free. */
const reserved = { tokens: 0, dollars: 0 };

export interface AskOptions {
  /** Which of the step's calls in the round this is. */
  sample: string;
  summary: string;
  /** Characters of tool output that the prompt shows. */
  outputCharacters?: number;
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
  input: InputOf<Name>,
  { sample, summary, outputCharacters = 0, last = false }: AskOptions,
): Promise<OutputOf<Name> | undefined> {
  const { prepared } = state;
  const { role, maxOutputTokens } = STEP_RULES[step];
  const choosesTools = step === 'chooseTools';
  const shown = JSON.stringify(input).length + Math.min(outputCharacters, LIMITS.toolOutputCharacters);
  const view = (input as { viewCharacters?: number }).viewCharacters ?? state.graph.viewCharacters;
  const tools = choosesTools ? state.tools.length * CHARACTERS_PER_TOOL : 0;
  const characters = prepared.run.question.length + shown + view + tools;
  let previous: { text: string; error: string } | undefined;

  for (let askIndex = 0; askIndex < LIMITS.asksPerStep; askIndex += 1) {
    const withPrevious = characters + (previous === undefined ? 0 : previous.text.length + previous.error.length);
    const reservation = reserve(withPrevious, maxOutputTokens, prepared.prices[role]);
    const requests = takeReservation(state, reservation, last);
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
      state.lastFailure = `${step}: ${cause?.message ?? error.cause?.message ?? error.message}`;
      if (cause?.type != null && FATAL.has(cause.type)) {
        throw ApplicationFailure.create({ type: cause.type, message: cause.message, nonRetryable: true, cause: error });
      }
      return undefined;
    } finally {
      reserved.tokens -= reservation.tokens * requests;
      reserved.dollars -= (reservation.dollars ?? 0) * requests;
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

/** Characters of a tool's name, description and schema, as a prompt shows them. */
const CHARACTERS_PER_TOOL = 600;

/** @returns how many unanswered requests of the call the reservation covers */
function takeReservation(state: RunState, reservation: Reservation, last: boolean): number {
  const { budget } = state.prepared.options;
  let requests = REQUESTS_PER_CALL;
  if (budget !== undefined) {
    const free = freeForCalls(state);
    const held = last ? { tokens: 0, dollars: 0 } : heldBack(state);
    const fits = timesItFits({ tokens: free.tokens - held.tokens, dollars: free.dollars - held.dollars }, reservation);
    if (fits < 1) throw new OutOfBudget();
    // A quarter of what is free at most, so that calls side by side each find room.
    requests = Math.max(1, Math.min(REQUESTS_PER_CALL, Math.floor(fits / 4)));
  }
  reserved.tokens += reservation.tokens * requests;
  reserved.dollars += (reservation.dollars ?? 0) * requests;
  return requests;
}

function freeForCalls(state: RunState): { tokens: number; dollars: number } {
  const free = freeBudget(state.prepared.options.budget ?? {}, liveLedger());
  return { tokens: free.tokens - reserved.tokens, dollars: free.dollars - reserved.dollars };
}

/** Characters by which the graph's view may still grow before the last answer is due. */
const GROWTH = 2_000;

/** The last answer's share: one request that shows the graph as it may be by then. */
function heldBack(state: RunState): { tokens: number; dollars: number } {
  const view = Math.min(LIMITS.viewCharacters, state.graph.viewCharacters + GROWTH);
  const { tokens, dollars } = reserve(
    state.prepared.run.question.length + view,
    STEP_RULES.answerDirectly.maxOutputTokens,
    state.prepared.prices.planner,
  );
  return { tokens, dollars: dollars ?? 0 };
}

/**
 * Characters of the graph that the last answer's prompt may show within the budget; undefined when all of its view fits.
 * Negative when not even an empty one does.
 */
export function viewForLastAnswer(state: RunState): number | undefined {
  if (state.prepared.options.budget === undefined) return undefined;
  const fits =
    charactersThatFit(freeForCalls(state), STEP_RULES.answerDirectly.maxOutputTokens, state.prepared.prices.planner) -
    state.prepared.run.question.length -
    LAST_INPUT;
  return fits >= state.graph.viewCharacters ? undefined : fits;
}

/** Characters of the last answer's own input. */
const LAST_INPUT = 300;
