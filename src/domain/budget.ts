import type { Reservation, TokenPrice } from './activities.ts';
import type { Ledger } from './ledger.ts';
import type { Budget } from './run.ts';
import type { StepRules } from './steps.ts';
import { utf8Length } from './text.ts';

/**
 * Tokens that a text takes at most. Byte-level tokenizers, which all current models have, make no more tokens than bytes;
 * letters and spaces come two to a token at least in what people and programs write (English prose has four or more),
 * but not in strings without a space such as keys, hashes and base64.
 */
export function maximumTokens(text: string): number {
  const together = text.replace(/\S{30,}/g, '').match(/[A-Za-z ]/g)?.length ?? 0;
  return Math.ceil(utf8Length(text) - together / 2);
}

/**
 * Upper bound of one request: its prompt and the most it may answer.
 *
 * @param shown tokens of what the prompt shows beside the step's fixed words
 * @param price `null` when it is unknown
 */
export function reserve(
  shown: number,
  { fixedTokens, maxOutputTokens }: Omit<StepRules, 'role'>,
  price: TokenPrice | null,
): Reservation {
  const input = fixedTokens + shown;
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

/** Tokens that a prompt may show so that one request fits into what is free; negative when nothing fits. */
export function tokensThatFit(
  free: { tokens: number; dollars: number },
  { fixedTokens, maxOutputTokens }: Omit<StepRules, 'role'>,
  price: TokenPrice | null,
): number {
  const byDollars =
    price === null || price.input <= 0 ? Infinity : (free.dollars - maxOutputTokens * price.output) / price.input;
  return Math.floor(Math.min(free.tokens - maxOutputTokens, byDollars)) - fixedTokens;
}
