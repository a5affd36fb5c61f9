import { InvalidArgumentError } from 'commander';
import { expect, it } from 'vitest';
import { parseRange } from '../../cli/commands/graph.ts';
import { oneOf } from '../../cli/options.ts';
import { GRAPH_FORMATS } from '../../src/graph/export.ts';

it.each([
  ['2..5', { from: 2, to: 5 }],
  ['0..1', { from: 0, to: 1 }],
  ['3..3', { from: 3, to: 3 }],
  ['2..', { from: 2 }],
  ['..5', { from: 0, to: 5 }],
  ['5', { from: 4, to: 5 }],
])('%s are revisions to compare', (text, range) => {
  expect(parseRange(text)).toEqual(range);
});

it.each([
  ['5..2', 'That goes backwards: give 2..5.'],
  ['..', 'Give two revisions as 2..5, or one as 5 for what it brought.'],
  ['0', 'Give two revisions as 2..5'],
  ['', 'Give two revisions as 2..5'],
  ['1-2', 'Give two revisions as 2..5'],
  ['a..b', 'Give two revisions as 2..5'],
  ['1..2..3', 'Give two revisions as 2..5'],
])('%j are none: %s', (text, message) => {
  expect(() => parseRange(text)).toThrow(InvalidArgumentError);
  expect(() => parseRange(text)).toThrow(message);
});

it('names the formats there are', () => {
  expect(oneOf(GRAPH_FORMATS)('cypher')).toBe('cypher');
  expect(() => oneOf(GRAPH_FORMATS)('graphml')).toThrow('Give svg, json, cypher, or dot.');
});
