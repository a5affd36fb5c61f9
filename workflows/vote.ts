import { truncate } from '../src/domain/text.ts';
import { missingFacts } from '../src/domain/votes.ts';
import type { Vote } from '../src/model/steps/decide-next-step.ts';
import { ask } from './ask.ts';
import { takeSamples } from './samples.ts';
import type { SampleCall } from './samples.ts';
import { addSaving, madeLines, planOf } from './state.ts';
import type { RunState } from './state.ts';

export type Decision =
  | { next: 'SOLVE'; hows: string[] }
  | { next: 'ENHANCE'; missing: string[] }
  /** No vote came back with an answer. */
  | { next: 'LOST' };

/** Votes on the next step: SOLVE needs a strict majority of all votes that a round may send. */
export async function voteOnNextStep(state: RunState): Promise<Decision> {
  const { votes, unsure } = planOf(state);
  state.status = 'voting';
  state.votes = { enhance: 0, solve: 0 };
  const solves = (answer: Vote): boolean => votesToSolve(state, answer);
  const answers = await takeSamples({
    plan: votes,
    unsure,
    one: (call) => vote(state, call),
    valueOf: (answer) => String(solves(answer)),
    onDecided: (notSent) => addSaving(state, 'samplesNotSent', notSent),
    onAnswer: (counted) => {
      const toSolve = counted.filter(solves).length;
      state.votes = { enhance: counted.length - toSolve, solve: toSolve };
    },
  });
  const solve = answers.filter(solves);
  const enhance = answers.filter((answer) => !solves(answer));
  if (solve.length > votes.most / 2) return { next: 'SOLVE', hows: distinct(solve.map((answer) => answer.how)) };
  const missing = distinct(enhance.flatMap((answer) => missingFacts(answer)));
  if (missing.length > 0) return { next: 'ENHANCE', missing: missing.slice(0, MOST_MISSING) };
  if (enhance.length > 0) return { next: 'ENHANCE', missing: [state.prepared.run.question] };
  if (solve.length > 0) return { next: 'ENHANCE', missing: [state.prepared.run.question] };
  return { next: 'LOST' };
}

/** A vote with a fact that the graph does not show is none for SOLVE, whatever it says; nor can an empty graph be solved. */
function votesToSolve(state: RunState, vote: Vote): boolean {
  return vote.next === 'SOLVE' && missingFacts(vote).length === 0 && state.graph.nodes > 0;
}

/** Missing facts that one round looks for; the rest comes up again in the next. */
const MOST_MISSING = 8;

function vote(state: RunState, { index, ...call }: SampleCall): Promise<Vote | undefined> {
  return ask(
    state,
    'decideNextStep',
    { revision: state.graph.revision, made: madeLines(state), notes: state.notes },
    { sample: String(index), summary: `round ${state.round}, vote ${index + 1}`, ...call },
  );
}

/** Trimmed texts without empty ones and repeats, in their order. */
export function distinct(texts: string[]): string[] {
  const byName = new Map<string, string>();
  for (const text of texts) {
    const trimmed = truncate(text.trim(), 400);
    if (trimmed !== '' && !byName.has(trimmed.toLowerCase())) byName.set(trimmed.toLowerCase(), trimmed);
  }
  return [...byName.values()];
}
