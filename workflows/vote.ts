import { truncate } from '../src/domain/text.ts';
import { missingFacts, nextStage } from '../src/domain/votes.ts';
import type { Vote } from '../src/model/steps/decide-next-step.ts';
import { all } from './all.ts';
import { ask } from './ask.ts';
import { madeLines } from './state.ts';
import type { RunState } from './state.ts';

export type Decision =
  | { next: 'SOLVE'; hows: string[] }
  | { next: 'ENHANCE'; missing: string[] }
  /** No vote came back with an answer. */
  | { next: 'LOST' };

/** Votes on the next step in stages: SOLVE needs a strict majority of all votes that a round may send. */
export async function voteOnNextStep(state: RunState): Promise<Decision> {
  const { votes } = state.prepared.options;
  const solve: Vote[] = [];
  const enhance: Vote[] = [];
  state.status = 'voting';
  state.votes = { enhance: 0, solve: 0 };
  let sent = 0;
  for (;;) {
    const stage = nextStage(votes, [solve.length, enhance.length], sent);
    if (stage === 0) break;
    const samples = Array.from({ length: stage }, (_, index) => sent + index);
    sent += stage;
    const answers = await all(samples.map((sample) => vote(state, sample)));
    for (const answer of answers) {
      if (answer !== undefined) (votesToSolve(state, answer) ? solve : enhance).push(answer);
    }
    state.votes = { enhance: enhance.length, solve: solve.length };
  }
  if (solve.length > votes / 2) return { next: 'SOLVE', hows: distinct(solve.map((answer) => answer.how)) };
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

function vote(state: RunState, sample: number): Promise<Vote | undefined> {
  return ask(
    state,
    'decideNextStep',
    { revision: state.graph.revision, made: madeLines(state), notes: state.notes },
    { sample: String(sample), summary: `round ${state.round}, vote ${sample + 1}` },
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
