import type { StepInput } from '../../model/step.ts';
import type { Vote } from '../../model/steps/decide-next-step.ts';
import { missingFacts } from '../../domain/votes.ts';
import type { RoundActivities } from './round-activities.ts';
import type { StoryDecision, StoryRound, StoryVote } from './story.ts';

export function tellVotes(round: RoundActivities): StoryVote[] {
  return round.samplesOf('decideNextStep').map((sample) => {
    const vote = round.step<Vote>('decideNextStep', sample);
    const { revision } = round.inputOf('decideNextStep', sample) as Partial<StepInput>;
    return { ...vote, ...(vote.value === undefined ? {} : { counts: countsFor(vote.value, revision) }) };
  });
}

/** One with a fact that the graph does not show is none for SOLVE, nor can an empty graph be solved. */
function countsFor(vote: Vote, revision: number | undefined): 'ENHANCE' | 'SOLVE' {
  return vote.next === 'SOLVE' && missingFacts(vote).length === 0 && revision !== 0 ? 'SOLVE' : 'ENHANCE';
}

/** What a round decided, by what followed; undefined where nothing did yet. */
export function tellDecision(
  round: RoundActivities,
  votes: readonly StoryVote[],
  { retrievals, parses }: Pick<StoryRound, 'retrievals' | 'parses'>,
): StoryDecision | undefined {
  const [choice] = round.samplesOf('chooseTools');
  if (choice !== undefined) {
    const { missing } = round.inputOf('chooseTools', choice) as { missing?: string[] };
    const lacking = votes.flatMap(({ value }) => (value === undefined ? [] : missingFacts(value)));
    return { next: 'ENHANCE', missing: missing ?? [...new Set(lacking)] };
  }
  if (votes.length === 0) return undefined;
  if (retrievals.length > 0 || parses.some(({ last }) => !last)) return { next: 'SOLVE', missing: [] };
  const ended = votes.every(({ state }) => state === 'lost' || state === 'failed');
  return ended ? { next: 'LOST', missing: [] } : undefined;
}
