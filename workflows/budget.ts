import type { Reservation } from '../src/domain/activities.ts';
import { freeBudget, maximumTokens, reserve, timesItFits, tokensThatFit } from '../src/domain/budget.ts';
import type { Budget } from '../src/domain/run.ts';
import type { Amount } from '../src/domain/shares.ts';
import { STEP_RULES } from '../src/domain/steps.ts';
import type { ToolSummary } from '../src/domain/tools.ts';
import { liveLedger } from './live-ledger.ts';
import { limitOf } from './shares.ts';
import type { RunState } from './state.ts';

/** Thrown when the next call does not fit the budget: the run then answers with what its graph holds. */
export class OutOfBudget extends Error {
  override readonly name = 'OutOfBudget';
}

/** Requests of one call that may stay without an answer; the activity gives up after as many. */
export const REQUESTS_PER_CALL = 5;

/** What calls in flight have reserved: their budget is not free. */
const reserved: Amount = { tokens: 0, dollars: 0 };

export function reservedNow(): Amount {
  return { ...reserved };
}

export interface TakenForModel {
  reservation: Reservation;
  /** How many requests may stay without an answer. */
  requests: number;
  /** To be called when the call has ended. */
  release: () => void;
}

/**
 * Reserves a model call.
 *
 * @returns undefined when it does not fit
 */
export function takeForModel(state: RunState, reservation: Reservation): TakenForModel | undefined {
  let requests = REQUESTS_PER_CALL;
  const limit = limitOf(state);
  if (limit !== undefined) {
    const fits = timesItFits(roomWithin(state, limit), reservation);
    if (fits < 1) return undefined;
    // A quarter of what is free at most, so that calls side by side each find room.
    requests = Math.max(1, Math.min(REQUESTS_PER_CALL, Math.floor(fits / 4)));
  }
  return takeRequests(reservation, requests);
}

/**
 * Reserves the last answer, which may use the share that was held back for it, and shows as much of the graph as fits.
 *
 * @throws {OutOfBudget} when not even an empty graph fits
 */
export function takeForLastAnswer(state: RunState, bound: Reservation): TakenForModel {
  const rules = STEP_RULES.answerDirectly;
  const price = state.prepared.prices[rules.role];
  const free = freeForCalls(limitOf(state));
  if (timesItFits(free, bound) >= 1) return takeRequests(bound, 1);
  const shown = tokensThatFit(free, rules, price);
  if (shown < maximumTokens(state.prepared.run.question) + LAST_INPUT) throw new OutOfBudget();
  return takeRequests(reserve(shown, rules, price), 1);
}

/** Tokens of the last answer's own input. */
const LAST_INPUT = 150;

function takeRequests(reservation: Reservation, requests: number): TakenForModel {
  const tokens = reservation.tokens * requests;
  return { reservation, requests, release: take({ tokens, dollars: (reservation.dollars ?? 0) * requests }) };
}

/**
 * Reserves a tool call: its price for each attempt, and a share of what is free for the model calls that it may make.
 *
 * @returns why it cannot be made, or what one attempt may spend on model calls; without a budget as much as it likes
 */
export function takeForTool(
  state: RunState,
  { price, attempts }: ToolSummary,
): { refused: string } | { refused?: never; allowance?: Partial<Amount>; release: () => void } {
  const budget = limitOf(state);
  if (budget === undefined) return { release: () => undefined };
  if (price === null && budget.dollars !== undefined) {
    return { refused: 'its price is unknown, and the budget is in dollars' };
  }
  const { tokens, dollars } = roomWithin(state, budget);
  const prices = (price ?? 0) * attempts;
  if (prices > 0 && prices > dollars) return { refused: `its price of $${price} does not fit into the budget` };
  const share = { tokens: Math.max(0, tokens / 4), dollars: Math.max(0, (dollars - prices) / 4) };
  return {
    allowance: {
      ...(budget.tokens === undefined ? {} : { tokens: Math.floor(share.tokens / attempts) }),
      ...(budget.dollars === undefined ? {} : { dollars: share.dollars / attempts }),
    },
    release: take({
      tokens: budget.tokens === undefined ? 0 : share.tokens,
      dollars: prices + (budget.dollars === undefined ? 0 : share.dollars),
    }),
  };
}

function take({ tokens, dollars }: Amount): () => void {
  reserved.tokens += tokens;
  reserved.dollars += dollars;
  return () => {
    reserved.tokens -= tokens;
    reserved.dollars -= dollars;
  };
}

/** What of a budget is free and not held back for the last answer. */
export function roomWithin(state: RunState, budget: Budget | undefined): Amount {
  const free = freeForCalls(budget);
  const held = heldBack(state);
  return { tokens: free.tokens - held.tokens, dollars: free.dollars - held.dollars };
}

function freeForCalls(budget: Budget | undefined): Amount {
  const free = freeBudget(budget ?? {}, liveLedger());
  return { tokens: free.tokens - reserved.tokens, dollars: free.dollars - reserved.dollars };
}

/** Tokens by which the graph's view may still grow before the last answer is due. */
const GROWTH = 1_000;

/** The last answer's share: one request that shows the graph as it may be by then. */
export function heldBack(state: RunState): Amount {
  const rules = STEP_RULES.answerDirectly;
  const shown = maximumTokens(state.prepared.run.question) + state.graph.viewTokens + GROWTH;
  const { tokens, dollars } = reserve(shown, rules, state.prepared.prices[rules.role]);
  return { tokens, dollars: dollars ?? 0 };
}
