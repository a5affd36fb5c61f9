import { tokenPrice } from '../../src/cost/prices.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import type { StepName } from '../../src/domain/steps.ts';
import type { Outcome } from './load.ts';

/**
 * The calls of the reference implementation for a question of one round and one tool, by the step of ours that has the same
 * work to do (read off the implementation itself, which is not in this repository): five votes and the merging of their
 * reasons, the choice of tools, the changes of one output; five votes again, each with a query; for each of the five
 * solutions whether it needs a calculation, and three parses; the choice of the best. 34 in all.
 */
const SOLVED = { decideNextStep: 11, chooseTools: 1, extractChanges: 1, parseAnswer: 20, chooseAnswer: 1 } as const;
/** Those of each round more: all before the second votes. */
const ROUND = { decideNextStep: 6, chooseTools: 1, extractChanges: 1, parseAnswer: 0, chooseAnswer: 0 } as const;

/**
 * Dollars of a correct answer as the reference would ask: its calls by step, each at the mean tokens that an outcome
 * measured for that step, at the price of the strong model, over the outcome's correct answers.
 */
export function referenceDollars({ rows, entries, right }: Outcome): number {
  const price = tokenPrice({ provider: 'openai', name: 'gpt-4o' })!;
  const dollarsOf = (step: StepName): number => {
    const own = entries.filter(
      ({ name, known, failed, kind }) => kind === 'model' && name === step && known && failed !== true,
    );
    if (own.length === 0) return 0;
    const sum = own.reduce(
      (all, { inputTokens, outputTokens }) => all + inputTokens * price.input + outputTokens * price.output,
      0,
    );
    return sum / own.length;
  };
  const steps = Object.keys(SOLVED) as (keyof typeof SOLVED)[];
  const cost = Object.fromEntries(steps.map((step) => [step, dollarsOf(step)]));
  // Where no output was read by itself, no less than its part of those that were read together.
  cost['extractChanges'] ||= dollarsOf('extractChangesTogether') / LIMITS.toolCallsPerRound;
  const sumOf = (calls: Record<keyof typeof SOLVED, number>): number =>
    steps.reduce((all, step) => all + calls[step] * cost[step]!, 0);
  // Our last round is the one that solves.
  const more = rows.reduce((all, { rounds = 2 }) => all + Math.max(0, rounds - 2), 0);
  return (rows.length * sumOf(SOLVED) + more * sumOf(ROUND)) / right;
}
