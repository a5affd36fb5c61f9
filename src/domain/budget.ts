import type { Reservation, TokenPrice } from './activities.ts';
import type { Ledger } from './ledger.ts';
import type { Budget } from './run.ts';

/** Characters of a step's fixed words and schema, at most. */
const FIXED_CHARACTERS = 2_400;

/** Tokens that text of so many characters takes at most: two characters a token. English prose has four or more. */
export function maximumTokens(characters: number): number {
  return Math.ceil(characters / 2);
}

/**
 * Upper bound of one request: its prompt and the most it may answer.
 *
 * @param characters what the prompt shows beside its fixed words
 * @param price `null` when it is unknown
 */
export function reserve(characters: number, maxOutputTokens: number, price: TokenPrice | null): Reservation {
  const input = maximumTokens(FIXED_CHARACTERS + characters);
  return {
    tokens: input + maxOutputTokens,
    dollars: price === null ? null : input * price.input + maxOutputTokens * price.output,
  };
}

/** What of a budget is free, counting unknown requests with what was reserved for them. Infinite where not limited. */
export function freeBudget(budget: Budget, ledger: Ledger): { tokens: number; dollars: number } {
  return {
    tokens: (budget.tokens ?? Infinity) - ledger.inputTokens - ledger.outputTokens - ledger.unknownTokens,
    dollars: (budget.dollars ?? Infinity) - ledger.dollars - ledger.unknownDollars,
  };
}

/** How many times `reservation` fits into what is free. */
export function timesItFits(free: { tokens: number; dollars: number }, reservation: Reservation): number {
  const ratio = (room: number, size: number): number => (size <= 0 ? (room < 0 ? 0 : Infinity) : room / size);
  return Math.max(
    0,
    Math.floor(Math.min(ratio(free.tokens, reservation.tokens), ratio(free.dollars, reservation.dollars ?? 0))),
  );
}

/** Characters that a prompt may show so that one request fits into what is free; negative when nothing fits. */
export function charactersThatFit(
  free: { tokens: number; dollars: number },
  maxOutputTokens: number,
  price: TokenPrice | null,
): number {
  const byDollars =
    price === null || price.input <= 0 ? Infinity : (free.dollars - maxOutputTokens * price.output) / price.input;
  const inputTokens = Math.min(free.tokens - maxOutputTokens, byDollars);
  return Math.floor(inputTokens * 2) - FIXED_CHARACTERS;
}
