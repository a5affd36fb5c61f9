import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeAnswer, scoreAnswer } from '../../cli/eval/score.ts';
import { SEEDED } from '../support/property.ts';

describe('normalizeAnswer', () => {
  it.each([
    ['The Los Angeles Dodgers.', 'los angeles dodgers'],
    ['  a   cat, an owl & the dog ', 'cat owl dog'],
    ['U.S.', 'us'],
    ['Theodore', 'theodore'],
    ['Señora á la Á', 'señora á la á'],
    ['éthe theé', 'éthe theé'],
    ['1,234', '1234'],
    ['the', ''],
    ['', ''],
  ])('makes of %j %j', (answer, normalized) => {
    expect(normalizeAnswer(answer)).toBe(normalized);
  });
});

describe('scoreAnswer', () => {
  it.each([
    ['the same in another spelling', 'the los angeles dodgers!', ['Los Angeles Dodgers'], true, 1],
    ['one of several that are accepted', 'LAD', ['Los Angeles Dodgers', 'LAD'], true, 1],
    ['a part', 'Dodgers', ['Los Angeles Dodgers'], false, 0.5],
    ['more than was asked', 'the Los Angeles Dodgers of 2018', ['Los Angeles Dodgers'], false, 0.75],
    ['the best over all accepted', 'Dodgers', ['Los Angeles Dodgers', 'Dodgers team'], false, 2 / 3],
    ['something else', 'Houston Astros', ['Los Angeles Dodgers'], false, 0],
    ['nothing', '', ['Los Angeles Dodgers'], false, 0],
    ['a word twice that is asked for once', 'peru peru', ['Peru'], false, 2 / 3],
    ['nothing where nothing is accepted', 'Peru', [], false, 0],
  ] as [string, string, string[], boolean, number][])('scores %s', (_, answer, accepted, exactMatch, f1) => {
    const score = scoreAnswer(answer, accepted);
    expect(score.exactMatch).toBe(exactMatch);
    expect(score.f1).toBeCloseTo(f1, 10);
  });

  it('is from 0 to 1, and 1 for an exact match, whatever was answered', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string(), { maxLength: 4 }), (answer, accepted) => {
        const { exactMatch, f1 } = scoreAnswer(answer, accepted);
        expect(f1).toBeGreaterThanOrEqual(0);
        expect(f1).toBeLessThanOrEqual(1);
        if (exactMatch) expect(f1).toBe(1);
        expect(scoreAnswer(answer, [...accepted, answer])).toEqual({ exactMatch: true, f1: 1 });
      }),
      SEEDED,
    );
  });
});
