import { Command } from 'commander';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { UserError } from '../../cli/errors.ts';
import { addRunOptions, modelsOf, runOptionsOf, share, wholeNumber } from '../../cli/options.ts';
import type { RunFlags } from '../../cli/options.ts';

function flagsOf(...words: string[]): RunFlags {
  const command = addRunOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parse(words, { from: 'user' }).opts<RunFlags>();
}

describe('a budget', () => {
  it.each([
    ['0.05', { dollars: 0.05 }],
    ['$0.05', { dollars: 0.05 }],
    ['.5', { dollars: 0.5 }],
    ['2', { dollars: 2 }],
    [' $3 ', { dollars: 3 }],
    ['20000tokens', { tokens: 20_000 }],
    ['20000 tokens', { tokens: 20_000 }],
    ['1token', { tokens: 1 }],
  ])('is read from %j', (text, budget) => {
    expect(flagsOf('--budget', text).budget).toEqual(budget);
  });

  it.each([
    '',
    '0',
    '$0',
    '0tokens',
    '-1',
    '1.5tokens',
    '5€',
    'cheap',
    '1e3',
    '1,5',
    '$',
    '5 dollars',
    'Infinity',
    'tokens',
  ])('is not %j, and what would be right is said', (text) => {
    expect(() => flagsOf(`--budget=${text}`)).toThrow('Give dollars as 0.05 or $0.05, or tokens as 20000tokens.');
  });
});

describe('numbers', () => {
  it.each(['x', '1.5', '0', '-1', 'NaN', 'Infinity'])('%j is no whole number from 1', (text) => {
    expect(() => wholeNumber(1)(text)).toThrow('Give a whole number from 1.');
  });

  it('that are whole, or a share, are read', () => {
    expect([wholeNumber(1)('7'), wholeNumber(0)('0'), share('0'), share('0.25'), share('1')]).toEqual([
      7, 0, 0, 0.25, 1,
    ]);
  });

  it.each(['-0.1', '1.1', '10%', 'all'])('%j is no share', (text) => {
    expect(() => share(text)).toThrow('Give a number from 0 to 1.');
  });
});

describe('the options of a run', () => {
  it('are read from the command line, and what is repeated adds up', () => {
    const words =
      '--rounds 3 --votes 1 --repairs 0 --retrieval direct --budget 500tokens --tool-queue a --tool-queue b';
    const flags = flagsOf(...words.split(' '));
    expect(flags.toolQueue).toEqual(['a', 'b']);
    const options = { rounds: 3, votes: 1, repairs: 0, retrieval: 'direct', budget: { tokens: 500 } };
    expect(runOptionsOf(flags)).toEqual(options);
  });

  it('say nothing where nothing was given', () => {
    expect(Object.values(runOptionsOf(flagsOf())).every((value) => value === undefined)).toBe(true);
  });

  it.each([
    [['--rounds', '0'], /Give a whole number from 1/],
    [['--retrieval', 'sparql'], /Give query, code or direct/],
    [['--budget', 'cheap'], /Give dollars as 0\.05/],
    [['--round', '3'], /unknown option '--round'/],
  ])('%j are refused', (words, message) => {
    expect(() => flagsOf(...words)).toThrow(message);
  });
});

describe('the models of a run', () => {
  it('that cannot be understood are an error of the command', () => {
    for (const variable of ['KGOT_MODEL', 'KGOT_PLANNER', 'KGOT_EXECUTOR', 'KGOT_MODEL_URL']) vi.stubEnv(variable, '');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(modelsOf({})).toBeUndefined();
    const read = (): unknown => modelsOf({ model: 'mistral:large' });
    expect(read).toThrow(UserError);
    expect(read).toThrow(/no provider "mistral"/);
  });
});
