import { describe, expect, it } from 'vitest';
import { decideNextStep } from '../../src/model/steps/decide-next-step.ts';
import type { Vote } from '../../src/model/steps/decide-next-step.ts';
import type { Material } from '../../src/model/step.ts';

const material: Material = {
  question: 'How many square kilometres do the countries that border Andorra have together?',
  documents: '',
  view: () =>
    '(:Country {name: "France", area: 551695})\n(:Country {name: "Spain", area: 505992})\n("Andorra")-[:BORDERS]->("France")',
  toolOutput: '',
  toolOutputs: [],
  tools: [],
};
const check = (next: Vote['next'], ...facts: [fact: string, value: string][]): string[] =>
  decideNextStep.check!({ facts: facts.map(([fact, value]) => ({ fact, value })), next, how: '' }, material).facts.map(
    ({ value }) => value,
  );

describe('a vote’s values', () => {
  it('stay where the shown graph holds them, with or without separators', () => {
    expect(check('SOLVE', ['area of France', '551,695 square kilometres'], ['neighbours', 'France, Spain'])).toEqual([
      '551,695 square kilometres',
      'France, Spain',
    ]);
  });

  it('count as missing where the model made them up', () => {
    expect(
      check('SOLVE', ['neighbours', 'France, Spain'], ['area of France', '671382'], ['area of Spain', '?']),
    ).toEqual(['France, Spain', '?', '?']);
    expect(check('ENHANCE', ['leader', 'Ada Vega'])).toEqual(['?']);
  });

  it('leave out a result that was calculated from those before, however often it is said', () => {
    const areas: [string, string][] = [
      ['area of France', '551695'],
      ['area of Spain', '505992'],
    ];
    expect(check('SOLVE', ...areas, ['total', '1057687'])).toEqual(['551695', '505992']);
    expect(check('SOLVE', ...areas, ['total', '1057687'], ['Total', '1057687'])).toEqual(['551695', '505992']);
    expect(check('ENHANCE', ...areas, ['total', '1057687'])).toEqual(['551695', '505992', '?']);
  });
});
