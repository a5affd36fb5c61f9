import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { majority, nextStage } from '../../src/domain/votes.ts';
import { SEEDED } from '../support/property.ts';

/** A vote for one of a few values, or one that was lost. */
type Cast = number | 'lost';

/** Sends votes stage by stage, as a round does. @param cast what the votes come back as, in the order they are sent */
function holdVote(votes: number, cast: readonly Cast[]): { stages: number[]; counts: number[] } {
  const counts = [0, 0, 0];
  const stages: number[] = [];
  let sent = 0;
  for (;;) {
    const stage = nextStage(votes, counts, sent);
    if (stage === 0) return { stages, counts };
    stages.push(stage);
    for (const value of cast.slice(sent, sent + stage)) if (value !== 'lost') counts[value]! += 1;
    sent += stage;
    if (stages.length > votes) throw new Error('The stages do not end.');
  }
}

const vote = fc.integer({ min: 1, max: 25 }).chain((votes) =>
  fc.record({
    votes: fc.constant(votes),
    cast: fc.array(fc.constantFrom<Cast>(0, 1, 2, 'lost'), { minLength: votes, maxLength: votes }),
  }),
);

const sumOf = (numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0);

describe('nextStage', () => {
  it('ends, and never sends more votes than there are, whatever comes back', () => {
    fc.assert(
      fc.property(vote, ({ votes, cast }) => {
        const { stages } = holdVote(votes, cast);
        expect(sumOf(stages)).toBeLessThanOrEqual(votes);
        expect(stages.every((stage) => stage > 0)).toBe(true);
      }),
      { ...SEEDED, numRuns: 2_000 },
    );
  });

  it('stops as soon as a value has a strict majority, and no sooner unless none can have one', () => {
    fc.assert(
      fc.property(vote, ({ votes, cast }) => {
        const { stages, counts } = holdVote(votes, cast);
        const leading = Math.max(...counts);
        const left = votes - sumOf(stages);
        if (leading < majority(votes)) expect(leading + left).toBeLessThan(majority(votes));
        const before = holdVote(votes, cast.slice(0, sumOf(stages.slice(0, -1))));
        expect(Math.max(...before.counts)).toBeLessThan(majority(votes));
      }),
      { ...SEEDED, numRuns: 2_000 },
    );
  });

  it('decides as all votes together would', () => {
    fc.assert(
      fc.property(vote, ({ votes, cast }) => {
        const all = [0, 1, 2].map((value) => cast.filter((one) => one === value).length);
        const winnerOf = (counts: number[]): number => counts.findIndex((count) => count >= majority(votes));
        expect(winnerOf(holdVote(votes, cast).counts)).toBe(winnerOf(all));
      }),
      { ...SEEDED, numRuns: 2_000 },
    );
  });

  it.each([
    ['one of 1', 1, [0], [1]],
    ['three of 5 that agree', 5, [0, 0, 0, 1, 1], [3]],
    ['two stages for 2 to 1', 5, [0, 1, 0, 0, 1], [3, 1]],
    ['three stages for a narrow vote', 5, [0, 1, 0, 1, 0], [3, 1, 1]],
    ['none once two of 3 were lost', 3, ['lost', 'lost', 0], [2]],
    ['both of 2', 2, [0, 1], [2]],
  ] as [string, number, Cast[], number[]][])('sends %s', (_, votes, cast, stages) => {
    expect(holdVote(votes, cast).stages).toEqual(stages);
  });
});

describe('majority', () => {
  it('is more than half, and no more than needed', () => {
    for (let votes = 1; votes <= 100; votes += 1) {
      expect(majority(votes)).toBeGreaterThan(votes / 2);
      expect(majority(votes) - 1).toBeLessThanOrEqual(votes / 2);
    }
  });
});
