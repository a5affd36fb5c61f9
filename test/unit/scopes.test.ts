import { describe, expect, it } from 'vitest';
import {
  problemOfRaising,
  problemOfSetting,
  problemOfSettling,
  problemOfTake,
} from '../../src/domain/owner-messages.ts';
import { problemOfScope, problemsOfScopes, userOf } from '../../src/domain/scopes.ts';
import { validateRunInput } from '../../src/domain/validate.ts';

describe('a scope of a budget', () => {
  it.each(['batch:exam-7', 'user:ada', 'user:ada+x@example.org', 'day:2026-11-28', 'day:2028-02-29'])(
    'is %s',
    (scope) => expect(problemOfScope(scope)).toBeUndefined(),
  );

  it.each(['', 'ada', 'user:', 'user:a b', 'user:a/b', 'team:x', 'day:today', 'day:2026-02-30', 'day:2026-13-01', 7])(
    'is not %j, and what would be right is said',
    (scope) => expect(problemOfScope(scope)).toMatch(/is no scope of a budget: give batch:NAME, user:NAME .* or day:/),
  );

  it('is in a run once, and of few', () => {
    expect(problemsOfScopes(['user:ada', 'day:2026-11-28'])).toEqual([]);
    expect(problemsOfScopes('user:ada')).toEqual([expect.stringMatching(/must be an array/)]);
    expect(problemsOfScopes(['user:ada', 'user:ada'])).toEqual([expect.stringMatching(/names "user:ada" twice/)]);
    const many = Array.from({ length: 9 }, (_, number) => `batch:${number}`);
    expect(problemsOfScopes(many)).toEqual([expect.stringMatching(/has 9 names, the most is 8/)]);
  });

  it('names the user of a run', () => {
    expect(userOf(['day:2026-11-28', 'user:ada'])).toBe('ada');
    expect(userOf(['day:2026-11-28'])).toBeUndefined();
  });
});

describe('a run’s input', () => {
  it('may name scopes, and say what happens when no call fits', () => {
    const input = (options: object): object => ({ question: 'Who?', options });
    expect(validateRunInput(input({ budgetScopes: ['user:ada'], whenOutOfBudget: 'wait' }))).toEqual([]);
    expect(validateRunInput(input({ budgetScopes: ['ada'] }))).toEqual([
      expect.stringMatching(/options\.budgetScopes: "ada" is no scope/),
    ]);
    expect(validateRunInput(input({ whenOutOfBudget: 'stop' }))).toEqual([
      'options.whenOutOfBudget is "stop": give "answer" or "wait".',
    ]);
  });
});

describe('what an owner is told', () => {
  const shared = { scope: 'user:ada', limit: { dollars: 2 } };

  it('sets limits over 0 in its own units, and raises them', () => {
    expect(problemOfSetting(shared, { dollars: 1 })).toBeUndefined();
    expect(problemOfSetting(shared, {})).toMatch(/No limit was given/);
    expect(problemOfSetting(shared, { euros: 1 })).toMatch(/no budget in euros/);
    expect(problemOfSetting(shared, { dollars: 0 })).toMatch(/0 dollars are no budget: give a number over 0/);
    expect(problemOfSetting(shared, { tokens: 9 })).toBe(
      'The budget user:ada is in dollars, and stays so: give its limit in that.',
    );
    expect(problemOfRaising(shared, { dollars: 2 })).toMatch(/is 2 dollars, and 2 is not more/);
    expect(problemOfRaising(shared, { dollars: 3 })).toBeUndefined();
  });

  it('is refused where a number is none: it would spoil every sum', () => {
    const run = { id: 'x~1', workflowId: 'x', firstExecutionRunId: '1' };
    const zero = { tokens: 0, dollars: 0 };
    const take = { run, request: 1, spent: zero, least: zero, wish: zero, waits: false };
    expect(problemOfTake(take)).toBeUndefined();
    for (const wrong of [undefined, {}, { ...take, request: 0.5 }, { ...take, least: { tokens: NaN, dollars: 0 } }]) {
      expect(problemOfTake(wrong)).toMatch(/asked for with/);
    }
    expect(problemOfTake({ ...take, spent: { tokens: -1, dollars: 0 } })).toMatch(/asked for with/);
    expect(problemOfSettling({ id: 'x~1', spent: zero, request: 1 })).toBeUndefined();
    expect(problemOfSettling({ id: 'x~1', spent: { tokens: Infinity, dollars: 0 }, request: 1 })).toMatch(
      /settles with/,
    );
  });
});
